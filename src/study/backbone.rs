//! The networks that PosENet reads: from checkpoints, or trained here as a study trains them.

use std::path::PathBuf;

use super::config::RunConfig;
use super::moments::{FINAL, INIT};
use super::networks::{Network, checkpoint_files};
use super::progress::{Event, Progress, phase};
use super::record::Moment;
use crate::data::{DataConfig, Dataset, load};
use crate::error::{Error, Result};
use crate::nn::{Model, models};
use crate::padding::Padding;
use crate::rng::Seed;
use crate::train::{Trainer, calibrate};

/// A network and when in its training it is.
pub struct Backbone {
    /// Which network it is.
    pub moment: Moment,
    /// The network.
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
    progress: &Progress,
) -> Result<Backbone> {
    let start = untrained(config, padding, data, seed)?;
    let order = Seed(seed).child("train");
    let mut trainer = Trainer::new(start.model, data, config.train.clone(), order)?;
    for epoch in 1..=config.train.epochs {
        let name = format!(
            "{padding}, seed {seed}: epoch {epoch}/{}",
            config.train.epochs
        );
        phase(progress, &name, trainer.steps_per_epoch(), "steps");
        let before = trainer.step();
        trainer.run_epoch(&mut |_, step| {
            progress(Event::At((step.step - before) as usize));
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

/// A network of a checkpoint.
pub struct Stored(Network);

/// The networks that `paths` name: files, or run folders with final ones.
///
/// # Errors
/// Where a file is no checkpoint of padgrad, or a folder holds none.
pub fn stored(paths: &[PathBuf]) -> Result<Vec<Stored>> {
    let files = paths.iter().map(|path| checkpoint_files(path));
    let files = files.collect::<Result<Vec<_>>>()?.into_iter().flatten();
    files.map(|file| Ok(Stored(Network::load(file)?))).collect()
}

impl Stored {
    /// The data that the network was trained on.
    pub fn data_config(&self) -> &DataConfig {
        &self.0.description.data
    }

    /// Loads the data, normalised as the network was trained.
    ///
    /// # Errors
    /// Where the data cannot be read or do not fit the network.
    pub fn data(&self) -> Result<Dataset> {
        let mut data = load(self.data_config())?;
        let found = [data.channels, data.height, data.width];
        let described = &self.0.description;
        if found != described.input {
            let problem = format!(
                "it takes images of {:?} and {} has {found:?} [C, H, W]",
                described.input, data.name
            );
            let remedy = "use the data that it was trained on";
            return Err(Error::file(&self.0.path, problem, remedy));
        }
        data.mean.clone_from(&described.mean);
        data.std.clone_from(&described.std);
        Ok(data)
    }

    /// The network before its training and as it is stored.
    ///
    /// # Errors
    /// Where the file's tensors do not fit its description.
    pub fn backbones(&self, data: &Dataset) -> Result<[Backbone; 2]> {
        let described = &self.0.description;
        let config = RunConfig {
            arch: described.arch.clone(),
            train: described.train.clone(),
            ..RunConfig::default()
        };
        let before = untrained(&config, self.0.padding, data, described.seed)?;
        let moment = self.0.moment();
        let model = self.0.checkpoint.model(&self.0.path)?;
        Ok([before, Backbone { moment, model }])
    }
}
