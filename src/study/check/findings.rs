//! What a check finds, as values that can be printed, drawn and read by machines.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::data::Preprocessing;
use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::statistics::Measured;
use crate::tensor::Tensor;

/// The longest file of a check that is read.
const LARGEST: u64 = 1 << 28;

/// A value with its 95% interval; absent ends do not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate.
    pub value: Option<f64>,
    /// Lower end.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
}

impl From<&Measured> for Interval {
    fn from(measured: &Measured) -> Interval {
        Interval {
            value: measured.value,
            lo: measured.lo,
            hi: measured.hi,
        }
    }
}

impl Interval {
    /// The same values times a factor above 0.
    pub fn times(self, factor: f64) -> Interval {
        let [value, lo, hi] = [self.value, self.lo, self.hi].map(|v| v.map(|v| v * factor));
        Interval { value, lo, hi }
    }
}

/// Everything that is found of a network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The name of its file.
    pub network: String,
    /// Its architecture.
    pub arch: String,
    /// What of its file is left out, in words.
    pub left_out: Option<String>,
    /// What lies behind a layer that mixes all positions, where nothing can be measured, in words.
    #[serde(default)]
    pub behind: Option<String>,
    /// How pictures became its input.
    #[serde(default)]
    pub preprocessing: Option<Preprocessing>,
    /// Where windows were drawn from.
    #[serde(default)]
    pub seed: u64,
    /// The version of padgrad.
    #[serde(default)]
    pub version: String,
    /// Rows and columns of the windows, in pixels.
    pub size: [usize; 2],
    /// The true pixels around each.
    pub margin: usize,
    /// The true pixels around a window that would be needed for all that the network can see.
    pub needed_margin: usize,
    /// Whether the surroundings end before the network's reach does, so that padding stands in for the rest.
    pub partial: bool,
    /// Why windows are not of the size that the network was made for.
    pub note: Option<String>,
    /// Windows.
    pub images: usize,
    /// Photographs that they were cut from.
    pub photographs: usize,
    /// Photographs that were too small.
    pub too_small: usize,
    /// Files that could not be read, with what is wrong.
    pub unreadable: Vec<String>,
    /// τ.
    pub tau: f64,
    /// Under the network's own padding.
    pub own: Findings,
    /// Under the padding that was asked for.
    pub repadded: Option<Findings>,
    /// With half the surroundings, where they are partial.
    pub halved: Option<Halved>,
    /// Its theoretical reach.
    pub reach: Reach,
    /// Rows and columns of windows whose middle no padding can reach, where the network takes them and these are too small
    /// to have a halo.
    #[serde(default)]
    pub larger: Option<[usize; 2]>,
    /// The layers that padding acts on unevenly.
    pub uneven: Vec<Uneven>,
    /// The nearest rows, and the nearest columns, of images at which no layer is uneven: the next below and above.
    pub even_sizes: [[Option<usize>; 2]; 2],
    /// Whether it keeps to the limits.
    pub verdict: Verdict,
}

impl Check {
    /// What of the network is not measured, in words.
    pub fn not_measured(&self) -> Vec<&str> {
        let parts = [&self.left_out, &self.behind];
        parts.into_iter().flatten().map(String::as_str).collect()
    }

    /// The share of a window's area within `halo` pixels of its border, from 0 to 1.
    pub fn spoiled_share(&self, halo: f64) -> f64 {
        let left = |side: usize| (side as f64 - 2.0 * halo).max(0.0) / side as f64;
        1.0 - left(self.size[0]) * left(self.size[1])
    }

    /// Reads what a check printed as JSON.
    ///
    /// # Errors
    /// Where the file cannot be read, or is something else.
    pub fn read(path: impl AsRef<Path>) -> Result<Check> {
        let path = path.as_ref();
        let bytes = read_up_to(path, LARGEST)?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let problem = format!("not what a check prints as JSON: {error}");
            Error::file(
                path,
                problem,
                "name the folder of a run, or the JSON of a check",
            )
        })
    }
}

/// What is found under one padding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Findings {
    /// The padding.
    pub padding: String,
    /// In the order in which they run.
    pub stages: Vec<Stage>,
    /// From how many pixels off the border on every stage is right: the largest of the stages' halos; no value
    /// where a stage is nowhere right.
    pub halo: Interval,
    /// What becomes of its outputs, in their order.
    pub outputs: Vec<OutputFindings>,
    /// The mean over channels of the last stage's pattern [h, w], in shares of the content's standard deviation: for
    /// a picture, and in no file.
    #[serde(skip)]
    pub pattern: Option<Tensor<f32>>,
}

impl Findings {
    /// How many rings of all stages padding spoils, and how many there are.
    pub fn rings(&self) -> [usize; 2] {
        let spoiled = self.stages.iter().map(Stage::spoiled_rings).sum();
        [spoiled, self.stages.iter().map(|stage| stage.rings).sum()]
    }

    /// The range of values and the rings of the border that PSNR of an output was measured with.
    pub(super) fn picture(&self, name: &str) -> Option<(f64, usize)> {
        let mut outputs = self.outputs.iter();
        match outputs.find(|output| output.name == name)?.effect {
            Effect::Image { range, rings, .. } => Some((range, rings)),
            _ => None,
        }
    }
}

/// The last layer before the maps change their size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stage {
    /// Dotted name.
    pub name: String,
    /// Channels, rows and columns of its output.
    pub shape: [usize; 3],
    /// Pixels of the image per position of its output.
    pub stride: f64,
    /// Rings of positions around its middle.
    pub rings: usize,
    /// How many of the outer ones padding spoils: they differ by more than τ of the content's spread.
    pub spoiled: Interval,
    /// √(mean D²) over the content's standard deviation, ring by ring from the border on.
    pub profile: Vec<Interval>,
    /// The share of padding's effect that is the same for every image.
    pub coherence: Interval,
    /// The pattern against the content's spread (nRMS).
    pub nrms: Interval,
    /// Whether there is a pattern at all, by Holm's correction over the stages.
    pub pattern: bool,
}

impl Stage {
    /// How many of the outer rings padding spoils; all of them where it spoils even the innermost.
    pub fn spoiled_rings(&self) -> usize {
        self.spoiled
            .value
            .map_or(self.rings, |rings| rings as usize)
    }

    /// How many pixels of the image those rings are.
    pub fn spoiled_pixels(&self) -> f64 {
        self.spoiled_rings() as f64 * self.stride
    }
}

/// What becomes of an output.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutputFindings {
    /// Its name.
    pub name: String,
    /// What is found.
    #[serde(flatten)]
    pub effect: Effect,
}

/// What padding does to an output.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Effect {
    /// One value for each class.
    Classes {
        /// The share of images whose prediction changes.
        changed: Interval,
        /// The mean absolute change of a logit.
        logit_shift: Interval,
    },
    /// An image as large as the input or larger: how near the outputs under padding and under true surroundings are, in
    /// dB of PSNR = 10·log₁₀(range² / mean D²); no value where they do not differ.
    Image {
        /// The range of values that PSNR is against.
        range: f64,
        /// How many rings of pixels are taken as the border.
        rings: usize,
        /// In the rings that padding spoils, or the outermost.
        border: Interval,
        /// In the others.
        interior: Interval,
    },
    /// A map, such as a detector's or a segmentation's: √(mean D²) over the content's standard deviation.
    Map {
        /// In the outermost ring.
        border: Interval,
        /// In the innermost.
        middle: Interval,
        /// The stage that it is.
        stage: String,
        /// Where its channels are classes, how often predictions change.
        predictions: Option<Predictions>,
    },
    /// Values without rows and columns: √(mean D²) over the content's standard deviation.
    Values {
        /// Of all of them.
        difference: Interval,
        /// Where they are one value for each class at every step, how often predictions change.
        predictions: Option<Predictions>,
    },
}

/// Predictions at every position of an output.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Predictions {
    /// The classes.
    pub classes: usize,
    /// The share of all positions at which the prediction changes.
    pub changed: Interval,
    /// Of those of a map's outermost ring.
    pub border: Option<Interval>,
}

impl Effect {
    /// The share of predictions that change, where the output is some.
    pub fn changed(&self) -> Option<&Interval> {
        match self {
            Effect::Classes { changed, .. } => Some(changed),
            Effect::Map { predictions, .. } | Effect::Values { predictions, .. } => {
                predictions.as_ref().map(|predictions| &predictions.changed)
            }
            Effect::Image { .. } => None,
        }
    }
}

/// What a network can see, whatever its weights.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reach {
    /// Pixels around an image that its last map depends on.
    pub pixels: usize,
    /// The side of what a position of the last map sees.
    pub receptive_field: f64,
    /// Whether a stage lies behind a layer that looks at the whole image, so that a border reaches everywhere.
    pub global: bool,
}

/// A layer on whose two ends padding acts unevenly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Uneven {
    /// Dotted name.
    pub name: String,
    /// Padded rows that are read above and below.
    pub rows: [usize; 2],
    /// Padded columns that are read left and right.
    pub columns: [usize; 2],
    /// Rows and columns of its map that nothing reads.
    pub never_read: [usize; 2],
}

/// What is found with half the surroundings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Halved {
    /// The true pixels around a window then.
    pub margin: usize,
    /// What is found.
    pub findings: Findings,
    /// The largest change of a ring's √(mean D²), in shares of the content's standard deviation.
    pub largest_change: f64,
}

/// Whether a network keeps to its limits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The padding that was held against the limits: the network's own.
    #[serde(default)]
    pub padding: String,
    /// What was asked, with what was found; empty without limits.
    pub kept: Vec<String>,
    /// The limits that it exceeds, with what was found.
    pub exceeded: Vec<String>,
}

impl Verdict {
    /// Whether no limit is exceeded.
    pub fn passes(&self) -> bool {
        self.exceeded.is_empty()
    }

    /// Whether a limit was set.
    pub fn was_asked(&self) -> bool {
        !self.kept.is_empty() || !self.exceeded.is_empty()
    }
}
