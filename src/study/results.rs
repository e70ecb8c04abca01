//! What a study leaves behind: rows of values, patterns, and the facts needed to reproduce them.

use serde::{Deserialize, Serialize};

use super::growth::GrowthRow;

/// One measured value: a metric of a layer, for one scheme, seed and stage of training.
///
/// `lo` and `hi` bound its 95% interval. A value that does not exist (the decibels of a ratio that
/// is not positive) is `None` and is written as `null` in JSON and as an empty field in CSV.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Padding scheme, for example `reflect`; `valid` is the control without padding.
    pub scheme: String,
    /// What the network runs under: a scheme of a swap, `optimal` for true surroundings, or, where there
    /// is nothing here, the scheme that it was trained under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// Seed of the network's weights and of the order of its training data.
    pub seed: u64,
    /// `init`, `step-8`, `epoch-3` or `final`.
    pub stage: String,
    /// Epochs trained so far; 0 at initialisation.
    pub epoch: usize,
    /// Optimiser steps taken so far.
    pub step: u64,
    /// Dotted name of the tapped layer, for example `features.14`; `output` for the logits, `model`
    /// for what belongs to no layer, such as `test_accuracy`.
    pub layer: String,
    /// Name of the metric as in the README's table, for example `mae_ppp`.
    pub metric: String,
    /// The value.
    pub value: Option<f64>,
    /// The lower end of its interval.
    pub lo: Option<f64>,
    /// The upper end.
    pub hi: Option<f64>,
}

/// A tapped layer of the network: its dotted name and the shape [C, h, w] of its features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Padding scheme.
    pub scheme: String,
    /// Dotted name.
    pub name: String,
    /// [C, h, w].
    pub shape: [usize; 3],
}

/// One epoch of training of one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// Padding scheme.
    pub scheme: String,
    /// Seed of the network.
    pub seed: u64,
    /// Epochs trained, this one included.
    pub epoch: usize,
    /// Steps taken by its end.
    pub step: u64,
    /// Learning rate of its last step.
    pub lr: f64,
    /// Mean loss over its training batches.
    pub train_loss: f64,
    /// Share of them that was right.
    pub train_accuracy: f64,
    /// Mean loss over the test set.
    pub test_loss: f64,
    /// Share of it that is right.
    pub test_accuracy: f64,
    /// How long it took.
    pub seconds: f64,
}

/// The pattern P of one layer, a [C, h, w] map in feature units.
///
/// The values stay in their `.npy` file; results name it by its path inside the run folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatternFile {
    /// Padding scheme.
    pub scheme: String,
    /// Seed of the network.
    pub seed: u64,
    /// Stage of training, as of [`Row::stage`].
    pub stage: String,
    /// Epochs trained so far.
    pub epoch: usize,
    /// Dotted name of the layer.
    pub layer: String,
    /// [C, h, w].
    pub shape: [usize; 3],
    /// Over how many images the mean is, where these are not all of them: a frame of its convergence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<usize>,
    /// The file.
    pub npy: String,
    /// Empty where no picture was made.
    pub png: String,
}

impl PatternFile {
    /// Whether this is a layer's pattern, and not a frame of its convergence.
    pub fn is_of_all_images(&self) -> bool {
        self.images.is_none()
    }
}

/// Everything in `results.json`, whichever command wrote it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The command that measured: `study`, `measure`, `swap`, `surgery`, `probe location`,
    /// `probe posenet` or `reliability`.
    #[serde(default = "study")]
    pub kind: String,
    /// Version of padgrad that wrote the file.
    pub version: String,
    /// The command line that reproduces the run.
    pub command: String,
    /// Images on which the metrics were measured.
    pub images: usize,
    /// The measured layers of every scheme.
    pub layers: Vec<Layer>,
    /// Everything that was measured.
    pub rows: Vec<Row>,
    /// How training went.
    pub epochs: Vec<EpochRow>,
    /// Where the patterns lie.
    pub patterns: Vec<PatternFile>,
    /// How the pattern of each scheme changed from initialisation to the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<GrowthRow>,
}

/// What folders hold that were written before `kind` was.
fn study() -> String {
    "study".into()
}

impl Results {
    /// Results of `kind` that `command` reproduces, still empty.
    pub fn new(kind: &str, command: impl Into<String>, images: usize) -> Results {
        Results {
            kind: kind.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            command: command.into(),
            images,
            ..Results::default()
        }
    }
}
