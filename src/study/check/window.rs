//! Which windows the photographs can show with their surroundings.

use crate::data::Survey;
use crate::error::{Error, Result};
use crate::nn::{Model, Surroundings};
use crate::statistics::BLOCKS;

use super::config::CheckConfig;
use super::stages::stages;

/// Windows of this many positions to a side of the last map, at least, can be told border from middle.
const FEWEST_POSITIONS: usize = 4;

/// The windows of a check.
pub(super) struct Windows {
    /// The network for windows of their side.
    pub model: Model<f32>,
    /// Pixels around a window.
    pub margin: usize,
    /// Whether those are all that the network needs.
    pub surroundings: Surroundings,
    /// What had to give way, in words.
    pub note: Option<String>,
}

/// Windows of the network's own size where the photographs hold them with all their surroundings, else smaller ones,
/// else, where that is allowed, those with what surroundings there are.
pub(super) fn choose(model: Model<f32>, survey: &Survey, config: &CheckConfig) -> Result<Windows> {
    let side = square(&model)?;
    let margin = model.needed_margin()?;
    if enough(survey, side + 2 * margin, config) {
        return Ok(Windows {
            model,
            margin,
            surroundings: Surroundings::True,
            note: None,
        });
    }
    let usual = survey.usual_side();
    if config.available {
        return with_what_there_is(model, side, usual);
    }
    let too_few = Error::usage(
        "surroundings",
        format!(
            "the network sees {margin} pixels around its {side}×{side} images, {} in all, and most photographs have \
             {usual} to their shorter side",
            side + 2 * margin
        ),
        "give larger photographs, or let what surroundings there are do (available)",
    );
    if config.size_given {
        return Err(too_few);
    }
    match shrunk(model, usual)? {
        Some((model, smaller, margin)) => Ok(Windows {
            model,
            margin,
            surroundings: Surroundings::True,
            note: Some(format!(
                "Windows of {smaller}×{smaller} pixels instead of {side}×{side}: the network sees {margin} pixels \
                 around them, and most photographs have {usual} to their shorter side."
            )),
        }),
        None => Err(too_few),
    }
}

fn square(model: &Model<f32>) -> Result<usize> {
    match model.input() {
        [_, h, w] if h == w => Ok(h),
        [_, h, w] => Err(Error::usage(
            "size",
            format!("the network's images are {h}×{w}"),
            "only square windows are cut from photographs; give one side for both",
        )),
    }
}

/// Whether enough photographs are so large.
fn enough(survey: &Survey, whole: usize, config: &CheckConfig) -> bool {
    let large = survey.at_least(whole);
    let asked = config.count.unwrap_or(usize::MAX);
    large >= BLOCKS && (2 * large >= survey.pictures.len() || large >= asked)
}

/// Windows as large as the usual photograph allows with some surroundings.
fn with_what_there_is(model: Model<f32>, side: usize, usual: usize) -> Result<Windows> {
    let needed = model.needed_margin()?;
    let stride = total_stride(&model)?;
    // Half of it must be a whole number of strides as well, as it is measured with half of it again.
    let margin = (usual.saturating_sub(side) / 2).min(needed.next_multiple_of(2 * stride));
    let margin = margin - margin % (2 * stride);
    if margin == 0 {
        return Err(Error::usage(
            "size",
            format!(
                "most photographs have {usual} pixels to their shorter side, which leaves {side}×{side} nothing around"
            ),
            "give larger photographs or smaller images",
        ));
    }
    let note = format!(
        "The network sees {needed} pixels around its images, and the photographs show {margin}: beyond those, padding \
         stands in for what is not known."
    );
    Ok(Windows {
        model,
        margin,
        surroundings: Surroundings::Available,
        note: Some(note),
    })
}

/// The network for the largest windows, in steps of its stride, that photographs of the usual size hold.
fn shrunk(model: Model<f32>, usual: usize) -> Result<Option<(Model<f32>, usize, usize)>> {
    let stride = total_stride(&model)?;
    let mut side = square(&model)?.min(usual) / stride * stride;
    let mut model = model;
    while side >= FEWEST_POSITIONS * stride {
        model = match model.resized([side; 2]) {
            Ok(model) => model,
            // A linear layer that takes one size of map alone.
            Err(_) => return Ok(None),
        };
        let margin = model.needed_margin()?;
        if side + 2 * margin <= usual {
            return Ok(Some((model, side, margin)));
        }
        side -= stride;
    }
    Ok(None)
}

/// By how many pixels of the image the windows of the last map move.
fn total_stride(model: &Model<f32>) -> Result<usize> {
    let strides = stages(model)?.into_iter().map(|s| s.field.stride[0]);
    Ok((strides.fold(1.0, f64::max) as usize).max(1))
}
