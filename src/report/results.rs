//! What a study leaves behind: rows of numbers, patterns, and the facts needed to reproduce them.

use serde::{Deserialize, Serialize};

/// One measured number: a metric of a layer, for one scheme, seed and stage of training.
///
/// `lo` and `hi` bound its 95% interval. A number that does not exist (the decibels of a ratio that
/// is not positive) is `None` and is written as `null` in JSON and as an empty field in CSV.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Padding scheme, for example `reflect`; `valid` is the control without padding.
    pub scheme: String,
    /// Seed of the network's weights and of the order of its training data.
    pub seed: u64,
    /// `init`, `epoch-3` or `final`.
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
    pub value: Option<f64>,
    pub lo: Option<f64>,
    pub hi: Option<f64>,
}

/// A tapped layer of the network: its dotted name and the shape [C, h, w] of its features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub scheme: String,
    pub name: String,
    pub shape: [usize; 3],
}

/// One epoch of training of one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    pub scheme: String,
    pub seed: u64,
    pub epoch: usize,
    pub step: u64,
    pub lr: f64,
    pub train_loss: f64,
    pub train_accuracy: f64,
    pub test_loss: f64,
    pub test_accuracy: f64,
    pub seconds: f64,
}

/// The pattern P of one layer, a [C, h, w] map in feature units.
///
/// The numbers stay in their `.npy` file; results name it by its path inside the run folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatternFile {
    pub scheme: String,
    pub seed: u64,
    pub stage: String,
    pub epoch: usize,
    pub layer: String,
    pub shape: [usize; 3],
    pub npy: String,
    pub png: String,
}

/// Everything in `results.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Version of padgrad that wrote the file.
    pub version: String,
    /// The command line that reproduces the run.
    pub command: String,
    /// Images on which the metrics were measured.
    pub images: usize,
    pub layers: Vec<Layer>,
    pub rows: Vec<Row>,
    pub epochs: Vec<EpochRow>,
    pub patterns: Vec<PatternFile>,
}
