//! The settings of a check.

use std::path::PathBuf;

/// How a network is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckConfig {
    /// The folder of photographs.
    pub images: PathBuf,
    /// Windows on them; where nothing is said, one of each, at most 500.
    pub count: Option<usize>,
    /// A border is wrong where √(mean D²) is at least this share of the content's standard deviation.
    pub tau: f64,
    /// Another padding, which is compared with the network's own.
    pub padding: Option<String>,
    /// Whether the size of the images was asked for, so that it must not change.
    pub size_given: bool,
    /// Whether what surroundings there are will do, where the network reaches further.
    pub available: bool,
    /// The range of values of an image-to-image network's output; where nothing is said, the one that is found.
    pub range: Option<f64>,
    /// Where windows are drawn from.
    pub seed: u64,
    /// What the network must keep to.
    pub limits: Limits,
}

/// What a network must keep to; where nothing is said, anything passes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// The most rings of a stage that padding may spoil.
    pub max_rings: Option<usize>,
    /// The largest halo in pixels of the image.
    pub max_halo: Option<f64>,
    /// The largest share of changed predictions, from 0 to 1.
    pub max_changed: Option<f64>,
}
