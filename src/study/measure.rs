//! PPP of one trained network.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::feasible::{check_margin, check_measuring};
use super::folder::{RunFolder, file_part};
use super::moments::FINAL;
use super::networks::load_data;
use super::progress::{Event, Progress, phase};
use super::record::{Moment, check_finite, measuring_seed, write_results};
use super::results::{Results, RunKind};
use crate::data::{DataConfig, Dataset, load};
use crate::error::{Error, Result};
use crate::nn::{Model, models};
use crate::npy;
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Measurement, Taps, check_images, measure_images};
use crate::rng::Seed;
use crate::train::checkpoint::Checkpoint;

/// The widest margin that makes sense to ask for: that of the largest image beyond itself.
const WIDEST_MARGIN: usize = 4096;

/// The settings of a measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeasureConfig {
    /// The architecture, for a checkpoint that does not say it.
    pub arch: Option<String>,
    /// The padding to measure under; where nothing is said, that of training.
    pub padding: Option<String>,
    /// Images.
    pub images: usize,
    /// Layers: `conv`, `all`, or names separated by commas.
    pub layers: String,
    /// Pixels of true surroundings around each image; where nothing is said, as many as the network needs.
    pub margin: Option<usize>,
    /// Seed of the draws of random paddings; where nothing is said, that of training.
    pub seed: Option<u64>,
    /// The mean by which images were normalised, for a checkpoint that does not say it.
    pub mean: Option<Vec<f32>>,
    /// The deviation by which they were.
    pub std: Option<Vec<f32>>,
    /// The data; where nothing is said, those that the network was trained on.
    pub data: Option<DataConfig>,
}

impl Default for MeasureConfig {
    fn default() -> MeasureConfig {
        MeasureConfig {
            arch: None,
            padding: None,
            images: 500,
            layers: "conv".into(),
            margin: None,
            seed: None,
            mean: None,
            std: None,
            data: None,
        }
    }
}

/// A network that can be measured.
pub struct Subject {
    /// The padding to measure under.
    pub padding: Padding,
    /// The images.
    pub data: Dataset,
    arch: String,
    model: Model<f32>,
    margin: usize,
    moment: Moment,
    options: MeasureOptions,
}

impl Subject {
    /// Takes the network of a checkpoint, which was read from `path`, checks the settings and loads the data.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of a file that cannot be read.
    pub fn prepare(
        checkpoint: &Checkpoint,
        path: &Path,
        config: &MeasureConfig,
    ) -> Result<Subject> {
        let data = open_data(config, checkpoint, path)?;
        let (arch, model, padding) = open_model(config, checkpoint, path, &data)?;
        let taps = Taps::parse(&config.layers);
        let layers = taps.select(&model)?;
        check_images(config.images, &data)?;
        let margin = margin(config.margin, model.needed_margin()?)?;
        check_measuring(&model, padding, &layers, margin)?;
        check_margin(&data, margin)?;
        let moment = moment(checkpoint, padding);
        let options = MeasureOptions {
            images: config.images,
            taps,
            seed: measuring_seed(config.seed.unwrap_or(moment.seed)),
            ..MeasureOptions::default()
        };
        Ok(Subject {
            padding,
            data,
            arch,
            model,
            margin,
            moment,
            options,
        })
    }

    /// Measures it.
    ///
    /// # Errors
    /// Where an image cannot be read or the features are not finite.
    pub fn measure(&self, progress: &Progress) -> Result<Measurement> {
        phase(progress, "measuring", self.options.images, "images");
        let wide = |range| Ok(self.data.wide(range, self.margin)?.images);
        let mut at = |done| progress(Event::At(done));
        let found = measure_images(&self.model, wide, self.margin, &self.options, &mut at)?;
        check_finite(&found)?;
        Ok(found)
    }

    /// The results of the measurement, in the form of a study's; `command` says what reproduces them.
    pub fn results(&self, command: &str, found: &Measurement) -> Results {
        let layers = found.layers.iter().map(|layer| self.moment.measured(layer));
        Results {
            layers: layers.collect(),
            rows: self.moment.all_rows(found),
            ..Results::new(RunKind::Measure, command, found.images).on(&self.arch, &self.data.name)
        }
    }

    /// Writes patterns and results into a folder, the names of the patterns into the results too.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write(
        &self,
        folder: &RunFolder,
        results: &mut Results,
        found: &Measurement,
    ) -> Result<()> {
        for layer in &found.layers {
            let stem = format!("patterns/{}", file_part(&layer.name));
            let written = self.moment.write_pattern(folder, &stem, layer, true)?;
            results.patterns.push(written);
        }
        let kept =
            (self.moment).write_example(folder, "patterns/example", &self.data, self.margin)?;
        results.patterns.extend(kept);
        write_results(folder, results)
    }

    /// Writes the images with their surroundings, normalised, as `images.npy` [N, C, H + 2m, W + 2m].
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write_images(&self, folder: &RunFolder) -> Result<()> {
        let images = self.data.wide(0..self.options.images, self.margin)?.images;
        folder.write("images.npy", &npy::to_bytes(&images))
    }
}

/// The margin that was asked for, or the one that is needed.
fn margin(asked: Option<usize>, needed: usize) -> Result<usize> {
    let margin = asked.unwrap_or(needed);
    if margin > needed.max(WIDEST_MARGIN) {
        return Err(Error::usage(
            "margin",
            format!("{margin} pixels are more than any image shows"),
            format!("leave it out; this network needs a margin of {needed}"),
        ));
    }
    Ok(margin)
}

/// The data of the settings, or those of the checkpoint, normalised as the network was trained.
fn open_data(config: &MeasureConfig, checkpoint: &Checkpoint, path: &Path) -> Result<Dataset> {
    let trained_on = checkpoint.description.as_ref();
    let data = match (&config.data, trained_on) {
        (Some(named), _) => named.clone(),
        (None, Some(described)) => described.data.clone(),
        (None, None) => DataConfig::default(),
    };
    match (trained_on, &config.mean, &config.std) {
        (Some(described), ..) => load_data(&data, described),
        (None, Some(mean), Some(std)) => {
            let data = load(&data)?;
            let normalised = data.normalise(mean.clone(), std.clone());
            normalised.map_err(Error::into_usage)
        }
        (None, ..) => Err(Error::usage(
            "mean",
            format!(
                "{} does not say by which mean and deviation its images were normalised",
                path.display()
            ),
            "give both; torchvision's networks have .485,.456,.406 and .229,.224,.225",
        )),
    }
}

fn open_model(
    config: &MeasureConfig,
    checkpoint: &Checkpoint,
    path: &Path,
    data: &Dataset,
) -> Result<(String, Model<f32>, Padding)> {
    let described = checkpoint.description.as_ref();
    let arch = config.arch.as_ref().or(described.map(|d| &d.arch));
    let padding = config.padding.as_ref().or(described.map(|d| &d.padding));
    let (Some(arch), Some(padding)) = (arch, padding) else {
        return Err(Error::usage(
            "checkpoint",
            format!("{} does not say which network it holds", path.display()),
            "name its architecture, padding and data",
        ));
    };
    let padding = Padding::parse(padding)?;
    let classes = described.map_or(data.classes.len(), |d| d.classes.len());
    let input = [data.channels, data.height, data.width];
    let has = |tensor: &str| checkpoint.tensors.contains_key(tensor);
    let mut model = models::for_weights(arch, has)?
        .build(input, classes, padding, Seed(0))
        .map_err(Error::into_usage)?;
    checkpoint.fill(&mut model, path)?;
    Ok((arch.clone(), model, padding))
}

/// Which network is measured, and when in its training, as far as the checkpoint knows.
fn moment(checkpoint: &Checkpoint, padding: Padding) -> Moment {
    let described = checkpoint.description.as_ref();
    Moment {
        scheme: padding.to_string(),
        seed: described.map_or(0, |d| d.seed),
        stage: FINAL.into(),
        epoch: described.map_or(0, |d| d.epoch),
        step: described.map_or(0, |d| d.step),
    }
}
