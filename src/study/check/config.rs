//! The settings of a check.

use std::path::PathBuf;

use super::outputs::is_picture;
use crate::error::{Error, Result};
use crate::study::subject::Subject;

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

impl CheckConfig {
    /// Whether the settings make sense, for this network too.
    ///
    /// # Errors
    /// Names the setting, its value and what to give.
    pub(super) fn validate(&self, subject: &Subject) -> Result<()> {
        let above_0 = |value: f64| value > 0.0 && value.is_finite();
        if !above_0(self.tau) {
            let problem = format!("{} is no share of a spread", self.tau);
            let remedy = "use a value above 0, such as 0.1";
            return Err(Error::usage("tau", problem, remedy));
        }
        if let Some(range) = self.range {
            let problem = match above_0(range) {
                false => format!("{range} is no range of values"),
                true if !gives_pictures(subject)? => {
                    format!("{range} is given, and no output is an image as large as the input")
                }
                true => String::new(),
            };
            if !problem.is_empty() {
                let remedy = "give the largest value less the smallest, such as 1 or 255, for networks that give images, or \
                              leave it out";
                return Err(Error::usage("range", problem, remedy));
            }
        }
        self.limits.validate(subject)
    }
}

/// Whether an output is a picture.
fn gives_pictures(subject: &Subject) -> Result<bool> {
    let layers = subject.model.layers()?;
    let picture = |name: &str| {
        let layer = layers.iter().find(|layer| layer.name == name);
        layer.is_some_and(|layer| is_picture(layer.shape, subject.model.input()))
    };
    let mut outputs = subject.outputs.iter();
    Ok(outputs.any(|output| output.predicting.is_none() && picture(&output.layer)))
}

/// What a network must keep to; where nothing is said, anything passes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// The most rings of a stage that padding may spoil.
    pub max_rings: Option<usize>,
    /// The largest halo in pixels of the image.
    pub max_halo: Option<f64>,
    /// The largest share of changed predictions of the first output, from 0 to 1.
    pub max_changed: Option<f64>,
}

impl Limits {
    fn validate(&self, subject: &Subject) -> Result<()> {
        if let Some(halo) = self.max_halo.filter(|halo| halo.is_nan() || *halo < 0.0) {
            let problem = format!("{halo} is no number of pixels");
            return Err(Error::usage(
                "max_halo",
                problem,
                "give 0 or more, such as 16",
            ));
        }
        let Some(changed) = self.max_changed else {
            return Ok(());
        };
        if !(0.0..=1.0).contains(&changed) {
            let problem = format!("{changed} is no share");
            let remedy = "give a value from 0 to 1, such as 0.05 for 5%";
            return Err(Error::usage("max_changed", problem, remedy));
        }
        let first = subject.outputs.first();
        if first.is_some_and(|first| first.classes || first.predicting.is_some()) {
            return Ok(());
        }
        let name = first.map_or("", |first| first.name.as_str());
        let problem = format!(
            "the network's first output, {name}, is not one value for each class, here or at every position"
        );
        let remedy = "leave it out: there is no prediction that could change";
        Err(Error::usage("max_changed", problem, remedy))
    }

    /// Whether there is one.
    pub fn is_any(&self) -> bool {
        *self != Limits::default()
    }
}
