//! How a network is trained, as a configuration file says it.

use serde::{Deserialize, Serialize};

use crate::data::Augment;
use crate::error::{Error, Result};
use crate::optim::{Decay, OptimizerConfig, ParamGroup, Schedule, SgdConfig};

/// The largest random shift of a crop: the side of the largest image.
const LARGEST_CROP: usize = 4096;

/// The settings of a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training set.
    pub epochs: usize,
    /// Images per step.
    pub batch_size: usize,
    /// Full learning rate, before the schedule.
    pub lr: f64,
    /// Share of the target that is spread over all classes.
    pub label_smoothing: f64,
    /// The most that any element of a gradient may be; larger ones are cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_value: Option<f64>,
    /// The largest norm of all gradients together; larger ones are scaled down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// How parameters move.
    pub optimizer: OptimizerConfig,
    /// Counted in steps.
    pub schedule: Schedule,
    /// Random changes of the training images.
    pub augment: Augment,
    /// Parameters with settings of their own; the first group that matches counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<ParamGroup>,
}

impl Default for TrainConfig {
    /// 3 epochs in batches of 64; SGD with momentum 0.9 and weight decay 5e-4, at a rate that falls from 0.1 to 0 along a
    /// cosine.
    fn default() -> TrainConfig {
        let sgd = SgdConfig {
            momentum: 0.9,
            weight_decay: 5e-4,
            ..SgdConfig::default()
        };
        TrainConfig {
            epochs: 3,
            batch_size: 64,
            lr: 0.1,
            label_smoothing: 0.0,
            clip_value: None,
            clip_norm: None,
            groups: Vec::new(),
            optimizer: OptimizerConfig::Sgd(sgd),
            schedule: Schedule {
                warmup: 0,
                decay: Decay::Cosine { end: 0.0 },
            },
            augment: Augment::default(),
        }
    }
}

impl TrainConfig {
    /// Checks what a configuration can get wrong.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn validate(&self) -> Result<()> {
        let refuse = |what: &str, value: String, remedy: &str| {
            Err(Error::usage(
                what,
                format!("{value} cannot be used"),
                remedy,
            ))
        };
        if self.batch_size < 2 {
            let value = self.batch_size.to_string();
            return refuse(
                "batch size",
                value,
                "use at least 2, which batch norm needs",
            );
        }
        if !(self.lr.is_finite() && self.lr > 0.0) {
            return refuse(
                "learning rate",
                self.lr.to_string(),
                "use a positive number",
            );
        }
        if !(0.0..1.0).contains(&self.label_smoothing) {
            let value = self.label_smoothing.to_string();
            return refuse("label smoothing", value, "use a number from 0 to below 1");
        }
        for (what, most) in [
            ("clip value", self.clip_value),
            ("clip norm", self.clip_norm),
        ] {
            if let Some(most) = most.filter(|most| !(*most > 0.0 && most.is_finite())) {
                return refuse(what, most.to_string(), "use a positive number");
            }
        }
        if self.augment.crop > LARGEST_CROP {
            let remedy = format!("use a number of pixels up to {LARGEST_CROP}");
            return refuse("crop", self.augment.crop.to_string(), &remedy);
        }
        self.optimizer.validate()?;
        self.schedule.validate()
    }
}
