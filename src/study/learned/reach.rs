//! How far into a network the photographs' surroundings reach.

use crate::data::Survey;
use crate::error::Result;
use crate::nn::Model;
use crate::ppp::Taps;

/// The layers that can be measured with true surroundings.
pub(super) enum Reach {
    /// Those that are asked for.
    All,
    /// Those of these names, which need fewer pixels around the images than the whole network.
    UpTo {
        layers: Vec<String>,
        /// What had to give way, in words.
        note: String,
    },
}

impl Reach {
    /// All of `taps` where `count` photographs, or half of them, show what `model` needs around its images; else those
    /// for which that suffices which this many show.
    ///
    /// # Errors
    /// Where a tap is no layer, or the layers of the network do not fit together.
    pub fn of(model: &Model<f32>, taps: &Taps, survey: &Survey, count: usize) -> Result<Reach> {
        let asked = taps.select(model)?;
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
        let names = asked.into_iter().map(|layer| layer.name);
        let reached = names.filter(|name| within.iter().any(|layer| layer.name == *name));
        let layers: Vec<String> = reached.collect();
        let (true, Some(last)) = (margin < needed, layers.last()) else {
            // Where not even the first layer is reached, cutting windows says what is missing.
            return Ok(Reach::All);
        };
        let note = format!(
            "measured up to {last}: the network sees {needed} pixels around its images, and the photographs show {margin}"
        );
        Ok(Reach::UpTo { layers, note })
    }

    /// The model as far as it is measured.
    ///
    /// # Errors
    /// Where it has not these layers.
    pub fn part_of(&self, model: Model<f32>) -> Result<Model<f32>> {
        match self {
            Reach::All => Ok(model),
            Reach::UpTo { layers, .. } => model.ending_at(layers),
        }
    }

    /// Those of `taps` that are measured.
    pub fn taps(&self, taps: Taps) -> Taps {
        match self {
            Reach::All => taps,
            Reach::UpTo { layers, .. } => Taps::Named(layers.clone()),
        }
    }

    /// Whether the network's own output is measured.
    pub fn has_output(&self) -> bool {
        matches!(self, Reach::All)
    }

    /// What had to give way, in words.
    pub fn note(&self) -> Option<&str> {
        match self {
            Reach::All => None,
            Reach::UpTo { note, .. } => Some(note),
        }
    }
}
