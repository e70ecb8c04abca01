//! What a study leaves behind: rows of values, patterns, and the facts needed to reproduce them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::growth::GrowthRow;
use super::provenance;
use crate::error::Error;
use crate::ppp::Region;
use crate::train::checkpoint::Binding;

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
    /// Name of the metric as in the README's table, for example `rms_ppp`.
    pub metric: String,
    /// The part of the layer's map that it is about.
    #[serde(flatten)]
    pub region: Region,
    /// Over how many images it is, where these are not those of the results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<usize>,
    /// The value.
    pub value: Option<f64>,
    /// The lower end of its interval.
    pub lo: Option<f64>,
    /// The upper end.
    pub hi: Option<f64>,
}

impl Row {
    /// Whether it is of a metric of the whole map, not of a part.
    pub fn is_of(&self, metric: &str) -> bool {
        self.metric == metric && self.region == Region::Whole
    }
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
    /// Of an example, an image with its true surroundings in values from 0 to 1: how many of its outer pixels those are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<usize>,
    /// The file.
    pub npy: String,
    /// Empty where no picture was made.
    pub png: String,
    /// SHA-256 of the file.
    #[serde(default)]
    pub sha256: String,
    /// The digest of its network's [`Binding`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub binding: String,
}

impl PatternFile {
    /// Whether this is a layer's pattern, and not a frame of its convergence.
    pub fn is_of_all_images(&self) -> bool {
        self.images.is_none()
    }

    /// Over how many images it is the mean, where it is a frame of a pattern's convergence.
    pub fn frame(&self) -> Option<usize> {
        self.images.filter(|_| self.margin.is_none())
    }
}

/// A network whose training diverged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diverged {
    /// Padding scheme.
    pub scheme: String,
    /// Seed of the network.
    pub seed: u64,
    /// When, as `training at step 12`.
    pub what: String,
    /// What stopped being finite.
    pub problem: String,
    /// What may help, and the last good checkpoint.
    pub remedy: String,
}

impl Diverged {
    /// The error that it was.
    pub fn error(&self) -> Error {
        Error::diverged(&self.what, &self.problem, &self.remedy)
    }
}

/// The command that measured; folders that do not name it were written by `study`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// `padgrad study`.
    #[default]
    Study,
    /// `padgrad measure`.
    Measure,
    /// `padgrad swap`.
    Swap,
    /// `padgrad surgery`.
    Surgery,
    /// `padgrad learned`.
    Learned,
    /// `padgrad probe location`.
    #[serde(rename = "probe location")]
    Location,
    /// `padgrad probe posenet`.
    #[serde(rename = "probe posenet")]
    PosENet,
    /// `padgrad probe shift`.
    #[serde(rename = "probe shift")]
    Shift,
    /// `padgrad reliability`.
    Reliability,
}

impl fmt::Display for RunKind {
    /// As in `results.json`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Everything in `results.json`, whichever command wrote it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The command that measured.
    #[serde(default)]
    pub kind: RunKind,
    /// Version of padgrad that wrote the file.
    pub version: String,
    /// The commit that it was built from: see [`provenance::COMMIT`].
    #[serde(default)]
    pub commit: String,
    /// When, UTC.
    #[serde(default)]
    pub date: String,
    /// The processor on which it was measured; of cells from several machines each of theirs.
    #[serde(default)]
    pub cpu: String,
    /// The instruction set, likewise.
    #[serde(default)]
    pub isa: String,
    /// Threads of the process that wrote the file; no value depends on them.
    #[serde(default)]
    pub threads: usize,
    /// The command line that made the run; empty where a program did.
    pub command: String,
    /// What the values of its networks depend on; where it is a run of several, with a digest of all their settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// The settings of the command; of a study those of its `config.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<toml::Table>,
    /// The architecture of the networks.
    #[serde(default)]
    pub arch: String,
    /// The data that they were trained and measured on.
    #[serde(default)]
    pub data: String,
    /// Images on which the metrics were measured.
    pub images: usize,
    /// The measured layers of every scheme.
    pub layers: Vec<Layer>,
    /// Everything that was measured, or, of a study with millions of rows, what its page shows.
    pub rows: Vec<Row>,
    /// How many rows `results.csv` has beyond these.
    #[serde(default, skip_serializing_if = "is_none")]
    pub rows_left_out: usize,
    /// How training went.
    pub epochs: Vec<EpochRow>,
    /// Where the patterns lie.
    pub patterns: Vec<PatternFile>,
    /// The networks whose training diverged; nothing above is theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverged: Vec<Diverged>,
    /// How the pattern of each scheme changed from initialisation to the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<GrowthRow>,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Results {
    /// Results of `kind` that `command` made here and now, still empty.
    pub fn new(kind: RunKind, command: impl Into<String>, images: usize) -> Results {
        Results {
            kind,
            version: provenance::VERSION.into(),
            commit: provenance::COMMIT.into(),
            date: provenance::now(),
            cpu: provenance::cpu(),
            isa: provenance::isa().into(),
            threads: rayon::current_num_threads(),
            command: command.into(),
            images,
            ..Results::default()
        }
    }

    /// The same of networks of this architecture on this data.
    pub fn on(self, arch: &str, data: &str) -> Results {
        Results {
            arch: arch.into(),
            data: data.into(),
            ..self
        }
    }
}
