//! Which windows the photographs can show with their surroundings.

use crate::data::Survey;
use crate::error::{Error, Result};
use crate::nn::Surroundings;
use crate::statistics::BLOCKS;
use crate::study::subject::Subject;

use super::config::CheckConfig;
use super::stages::stages;

/// Windows of this many positions to a side of the last map, at least, can be told border from middle.
const FEWEST_POSITIONS: usize = 4;

/// The windows of a check.
pub(super) struct Windows {
    /// The network for windows of their size.
    pub subject: Subject,
    /// Pixels around a window.
    pub margin: usize,
    /// Whether those are all that the network needs.
    pub surroundings: Surroundings,
    /// What had to give way, in words.
    pub note: Option<String>,
}

/// Windows of the network's own size where the photographs hold them with all their surroundings, else smaller ones,
/// else, where that is allowed, those with what surroundings there are.
pub(super) fn choose(subject: Subject, survey: &Survey, config: &CheckConfig) -> Result<Windows> {
    let margin = subject.model.needed_margin()?;
    let size = size_of(&subject);
    if enough(survey, with_margin(size, margin), config) {
        return Ok(Windows {
            subject,
            margin,
            surroundings: Surroundings::True,
            note: None,
        });
    }
    let usual = survey.usual_side();
    if config.available {
        return with_what_there_is(subject, usual);
    }
    let too_few = Error::usage(
        "surroundings",
        format!(
            "the network sees {margin} pixels around its {} images, {} in all, and most photographs have {usual} to \
             their shorter side",
            text(size),
            text(with_margin(size, margin))
        ),
        "give larger photographs, or let what surroundings there are do (available)",
    );
    if config.size_given {
        return Err(too_few);
    }
    match shrunk(subject, survey, config)? {
        Some((subject, margin)) => Ok(Windows {
            margin,
            surroundings: Surroundings::True,
            note: Some(format!(
                "Windows of {} pixels instead of {}: the network sees {margin} pixels around them, and most photographs \
                 have {usual} to their shorter side.",
                text(size_of(&subject)),
                text(size),
            )),
            subject,
        }),
        None => Err(too_few),
    }
}

fn size_of(subject: &Subject) -> [usize; 2] {
    let [_, h, w] = subject.model.input();
    [h, w]
}

fn with_margin(size: [usize; 2], margin: usize) -> [usize; 2] {
    size.map(|side| side + 2 * margin)
}

fn text([h, w]: [usize; 2]) -> String {
    format!("{h}×{w}")
}

/// Whether enough photographs are so large.
fn enough(survey: &Survey, whole: [usize; 2], config: &CheckConfig) -> bool {
    let large = survey.at_least(whole);
    let asked = config.count.unwrap_or(usize::MAX);
    large >= BLOCKS && (2 * large >= survey.pictures.len() || large >= asked)
}

/// Windows as large as the usual photograph allows with some surroundings.
fn with_what_there_is(subject: Subject, usual: usize) -> Result<Windows> {
    let needed = subject.model.needed_margin()?;
    let [h, w] = size_of(&subject);
    let stride = total_stride(&subject)?;
    // Half of it must be a whole number of strides as well, as it is measured with half of it again.
    let margin = (usual.saturating_sub(h.max(w)) / 2).min(needed.next_multiple_of(2 * stride));
    let margin = margin - margin % (2 * stride);
    if margin == 0 {
        return Err(Error::usage(
            "size",
            format!(
                "most photographs have {usual} pixels to their shorter side, which leaves {h}×{w} too few around: {} on \
                 each side",
                2 * stride
            ),
            "give larger photographs or smaller images",
        ));
    }
    let note = format!(
        "The network sees {needed} pixels around its images, and the photographs show {margin}: beyond those, padding \
         stands in for what is not known."
    );
    Ok(Windows {
        subject,
        margin,
        surroundings: Surroundings::Available,
        note: Some(note),
    })
}

/// The network for the largest windows, in steps of its stride, that enough photographs hold, and their margin.
fn shrunk(
    subject: Subject,
    survey: &Survey,
    config: &CheckConfig,
) -> Result<Option<(Subject, usize)>> {
    let stride = total_stride(&subject)?;
    let usual = survey.usual_side();
    let mut size = size_of(&subject).map(|side| side.min(usual) / stride * stride);
    let mut subject = subject;
    while size.iter().all(|&side| side >= FEWEST_POSITIONS * stride) {
        subject = match subject.resized(size) {
            Ok(subject) => subject,
            // A linear layer that takes one size of map alone.
            Err(_) => return Ok(None),
        };
        let margin = subject.model.needed_margin()?;
        if enough(survey, with_margin(size, margin), config) {
            return Ok(Some((subject, margin)));
        }
        size = size.map(|side| side - stride);
    }
    Ok(None)
}

/// By how many pixels of the image the windows of the last map move.
fn total_stride(subject: &Subject) -> Result<usize> {
    let strides = stages(subject)?.into_iter().map(|s| s.field.stride[0]);
    Ok((strides.fold(1.0, f64::max) as usize).max(1))
}
