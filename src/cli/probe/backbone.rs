//! The networks that PosENet reads: from checkpoints, or trained here as a study trains them.

use std::path::{Path, PathBuf};

use crate::cli::config::RunConfig;
use crate::cli::progress::Progress;
use crate::cli::record::Moment;
use crate::data::{DataConfig, Dataset, load};
use crate::error::{Error, Result};
use crate::nn::{Model, models};
use crate::padding::Padding;
use crate::report::summary::{FINAL, INIT};
use crate::rng::Seed;
use crate::train::checkpoint::{Checkpoint, Description};
use crate::train::{Trainer, calibrate};

/// A network and when in its training it is.
pub struct Backbone {
    pub moment: Moment,
    pub model: Model<f32>,
}

/// The network as a study begins: fresh weights, calibrated statistics.
///
/// # Errors
/// Where the images are too small for the network.
pub fn untrained(
    config: &RunConfig,
    padding: Padding,
    data: &Dataset,
    seed: u64,
) -> Result<Backbone> {
    let input = [data.channels, data.height, data.width];
    let weights = Seed(seed).child("weights");
    let architecture = models::find(&config.arch)?;
    let mut model = architecture.build(input, data.classes.len(), padding, weights)?;
    let order = Seed(seed).child("calibration");
    calibrate(&mut model, data, config.train.batch_size, order)?;
    let moment = Moment {
        scheme: padding.to_string(),
        seed,
        stage: INIT.into(),
        epoch: 0,
        step: 0,
    };
    Ok(Backbone { moment, model })
}

/// The network after its training, as a study trains it.
///
/// # Errors
/// Where training diverges.
pub fn trained(
    config: &RunConfig,
    padding: Padding,
    data: &Dataset,
    seed: u64,
    progress: &mut Progress,
) -> Result<Backbone> {
    let start = untrained(config, padding, data, seed)?;
    let order = Seed(seed).child("train");
    let mut trainer = Trainer::new(start.model, data, config.train.clone(), order)?;
    for epoch in 1..=config.train.epochs {
        let name = format!(
            "{padding}, seed {seed}: epoch {epoch}/{}",
            config.train.epochs
        );
        progress.phase(&name, trainer.steps_per_epoch(), "steps");
        let before = trainer.step();
        trainer.run_epoch(&mut |_, step| {
            progress.at((step.step - before) as usize);
            Ok(())
        })?;
    }
    let moment = Moment {
        stage: FINAL.into(),
        epoch: trainer.epoch(),
        step: trainer.step(),
        ..start.moment
    };
    Ok(Backbone {
        moment,
        model: trainer.model,
    })
}

/// A checkpoint with what it says of itself.
pub struct Stored {
    path: PathBuf,
    checkpoint: Checkpoint,
    description: Description,
}

/// The checkpoints that `paths` name: files, or run folders with final ones.
///
/// # Errors
/// Where a file is no checkpoint of padgrad, or a folder holds none.
pub fn stored(paths: &[PathBuf]) -> Result<Vec<Stored>> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => files.extend(final_ones(path)?),
            false => files.push(path.clone()),
        }
    }
    files.iter().map(|path| open(path)).collect()
}

fn final_ones(folder: &Path) -> Result<Vec<PathBuf>> {
    let inner = folder.join("checkpoints");
    let entries = std::fs::read_dir(&inner).map_err(|e| Error::io(&inner, "open", e))?;
    let is_final = |path: &PathBuf| path.to_string_lossy().ends_with("-final.safetensors");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> = paths.filter(is_final).collect();
    found.sort();
    if found.is_empty() {
        let problem = "it holds no final checkpoint";
        let remedy = "give the folder of a finished study or training, or name files";
        return Err(Error::file(&inner, problem, remedy));
    }
    Ok(found)
}

fn open(path: &Path) -> Result<Stored> {
    let checkpoint = Checkpoint::load(path)?;
    let Some(description) = checkpoint.description.clone() else {
        let problem = "it does not say which network it holds";
        let remedy = "give a file that padgrad train or study has written";
        return Err(Error::file(path, problem, remedy));
    };
    Ok(Stored {
        path: path.to_path_buf(),
        checkpoint,
        description,
    })
}

impl Stored {
    /// The data that the network was trained on.
    pub fn data_config(&self) -> &DataConfig {
        &self.description.data
    }

    /// Loads the data, normalised as the network was trained.
    ///
    /// # Errors
    /// Where the data cannot be read or do not fit the network.
    pub fn data(&self) -> Result<Dataset> {
        let mut data = load(self.data_config())?;
        let found = [data.channels, data.height, data.width];
        if found != self.description.input {
            let problem = format!(
                "it takes images of {:?} and {} has {found:?} [C, H, W]",
                self.description.input, data.name
            );
            let remedy = "use the data that it was trained on";
            return Err(Error::file(&self.path, problem, remedy));
        }
        data.mean.clone_from(&self.description.mean);
        data.std.clone_from(&self.description.std);
        Ok(data)
    }

    /// The network before its training and as it is stored.
    ///
    /// # Errors
    /// Where the file's tensors do not fit its description.
    pub fn backbones(&self, data: &Dataset) -> Result<[Backbone; 2]> {
        let described = &self.description;
        let config = RunConfig {
            arch: described.arch.clone(),
            train: described.train.clone(),
            ..RunConfig::default()
        };
        let padding = Padding::parse(&described.padding)?;
        let before = untrained(&config, padding, data, described.seed)?;
        let moment = Moment {
            scheme: before.moment.scheme.clone(),
            seed: described.seed,
            stage: FINAL.into(),
            epoch: described.epoch,
            step: described.step,
        };
        let model = self.checkpoint.model(&self.path)?;
        Ok([before, Backbone { moment, model }])
    }
}
