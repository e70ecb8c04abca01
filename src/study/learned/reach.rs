//! How far into a network the photographs' surroundings reach.

use crate::data::Survey;
use crate::error::Result;
use crate::nn::{Model, Surroundings};
use crate::ppp::Taps;

/// The layers that can be measured with true surroundings, and what of these that takes.
pub(super) struct Reach {
    pub taps: Taps,
    /// Pixels around a window.
    pub margin: usize,
    /// Whether those are all that the whole network needs.
    pub surroundings: Surroundings,
    /// What had to give way, in words.
    pub note: Option<String>,
}

impl Reach {
    /// All of `taps` where `count` photographs, or half of them, show what `model` needs around its images; else those
    /// for which the margin suffices that this many show. The features of these are exact.
    ///
    /// # Errors
    /// Where a tap is no layer, or the layers of the network do not fit together.
    pub fn of(model: &Model<f32>, taps: Taps, survey: &Survey, count: usize) -> Result<Reach> {
        let layers = taps.select(model)?;
        let needed = model.needed_margin()?;
        let [_, height, width] = model.input();
        let wanted = count.min(survey.pictures.len().div_ceil(2));
        let shown = |margin: &usize| {
            let size = [height, width].map(|side| side + 2 * margin);
            survey.at_least(size) >= wanted
        };
        let margin = (0..=needed).rev().find(shown).unwrap_or(needed);
        let beyond = model.first_layer_beyond(margin)?;
        let mut within = model.layers()?;
        if let Some(end) = within.iter().position(|layer| layer.name == beyond) {
            within.truncate(end);
        }
        let names = layers.into_iter().map(|layer| layer.name);
        let reached = names.filter(|name| within.iter().any(|layer| layer.name == *name));
        let reached: Vec<String> = reached.collect();
        let (true, Some(last)) = (margin < needed, reached.last()) else {
            // Where not even the first layer is reached, cutting windows says what is missing.
            return Ok(Reach {
                taps,
                margin: needed,
                surroundings: Surroundings::True,
                note: None,
            });
        };
        let note = format!(
            "measured up to {last}: the network sees {needed} pixels around its images, and the photographs show {margin}"
        );
        Ok(Reach {
            taps: Taps::Named(reached),
            margin,
            surroundings: Surroundings::Available,
            note: Some(note),
        })
    }
}
