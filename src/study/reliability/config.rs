//! The settings by which measures are compared.

use serde::{Deserialize, Serialize};

use crate::data::DataConfig;
use crate::error::{Error, Result};
use crate::study::config::RunConfig;
use crate::study::feasible::check_count;

/// The padding of a network in which there is no position but what is planted.
pub(super) const WITHOUT: &str = "valid";
/// The padding of networks in which there is position.
const TYPICAL: &str = "zeros";

/// Training images of the networks where the settings say nothing.
const TRAIN_IMAGES: usize = 3000;

/// What is trained, and what is read off it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReliabilityConfig {
    /// The architecture of the networks that PPP and PosENet read; the location test has one of its own.
    pub arch: String,
    /// The padding of the networks in which a signal is planted. Where it pads, a signal adds to what it leaves itself,
    /// and such networks are no nulls.
    pub base: String,
    /// What they are trained on, 3,000 images where nothing is said, and read with: images whose content has no position.
    pub data: DataConfig,
    /// The first seed.
    pub seed: u64,
    /// Networks of every kind, each with a seed of its own.
    pub seeds: usize,
    /// Strengths of the planted signal, in standard deviations of the content.
    pub strengths: Vec<f64>,
    /// Test images, for PPP and for the readouts.
    pub images: usize,
    /// Random signs of D for each layer and network that are nulls of PPP.
    pub flips: usize,
    /// Passes of the networks over their training images.
    pub epochs: usize,
    /// Training images of PosENet's readouts.
    pub readout_images: usize,
    /// Passes of the readouts over them.
    pub readout_epochs: usize,
    /// Training images of the location test, and test images.
    pub location_images: usize,
    /// Passes of the location test, at most.
    pub location_epochs: usize,
}

impl Default for ReliabilityConfig {
    fn default() -> ReliabilityConfig {
        ReliabilityConfig {
            arch: "small".into(),
            base: WITHOUT.into(),
            data: DataConfig::default(),
            seed: 0,
            seeds: 3,
            strengths: vec![0.01, 0.03, 0.1, 0.3, 1.0],
            images: 400,
            flips: 350,
            epochs: 2,
            readout_images: 1000,
            readout_epochs: 15,
            location_images: 1000,
            location_epochs: 12,
        }
    }
}

impl ReliabilityConfig {
    /// Checks what no other layer checks, and gives the strengths in ascending order.
    pub(super) fn validate(&self) -> Result<Vec<f64>> {
        check_count("readout_epochs", self.readout_epochs, 1, 100_000)?;
        check_count("location_epochs", self.location_epochs, 1, 100_000)?;
        check_count("location_images", self.location_images, 20, 1_000_000)?;
        check_count("flips", self.flips, 1, 1_000_000)?;
        let mut strengths: Vec<f64> = Vec::new();
        for &strength in &self.strengths {
            if !(strength > 0.0 && strength <= 1e6) || strengths.contains(&strength) {
                return Err(no_strength(&strength.to_string()));
            }
            strengths.push(strength);
        }
        strengths.sort_unstable_by(f64::total_cmp);
        Ok(strengths)
    }

    /// The settings of the networks that PPP and PosENet read.
    pub(super) fn networks(&self) -> RunConfig {
        let mut config = RunConfig {
            arch: self.arch.clone(),
            padding: [self.base.as_str(), TYPICAL].map(String::from).into(),
            data: self.data.clone(),
            seed: self.seed,
            seeds: self.seeds,
            images: self.images,
            ..RunConfig::default()
        };
        config.train.epochs = self.epochs;
        config.data.train_images.get_or_insert(TRAIN_IMAGES);
        config.data.test_images.get_or_insert(self.images);
        config
    }
}

/// The strengths of a list such as `0.01,0.1,1`.
///
/// # Errors
/// A usage error that names what is no number.
pub fn split_strengths(list: &str) -> Result<Vec<f64>> {
    let one = |text: &str| text.parse().map_err(|_| no_strength(text));
    list.split(',').map(|text| one(text.trim())).collect()
}

fn no_strength(text: &str) -> Error {
    let problem = format!("`{text}` is no strength");
    let remedy = "use different positive numbers, for example 0.01,0.1,1";
    Error::usage("strengths", problem, remedy)
}
