//! Which windows the photographs can show with their surroundings.

use crate::data::Survey;
use crate::error::{Error, Result};
use crate::nn::Surroundings;
use crate::statistics::BLOCKS;
use crate::study::subject::Subject;

use super::config::CheckConfig;
use super::stages::stages;

/// The fewest positions along a side of the last map with which its border can be told from its middle.
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
    if config.available {
        return with_what_there_is(subject, survey, config);
    }
    let usual = survey.usual_side();
    let too_few = Error::usage(
        "surroundings",
        format!(
            "the network sees {margin} pixels around its {} images, {} in all, and three quarters of the photographs have \
             {usual} to their shorter side",
            text(size),
            text(with_margin(size, margin))
        ),
        "give larger photographs, or take what surroundings there are (available)",
    );
    if config.size_given {
        return Err(too_few);
    }
    match shrunk(subject, survey, config)? {
        Some((subject, margin)) => Ok(Windows {
            margin,
            surroundings: Surroundings::True,
            note: Some(format!(
                "Windows of {} pixels instead of {}: the network sees {margin} pixels around them, and three quarters of \
                 the photographs have {usual} to their shorter side.",
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

/// Windows of the network's own size, or smaller ones where it may be another, with what surroundings there are.
fn with_what_there_is(subject: Subject, survey: &Survey, config: &CheckConfig) -> Result<Windows> {
    let stride = total_stride(&subject)?;
    let own = size_of(&subject);
    let mut size = own;
    let mut subject = subject;
    loop {
        let needed = subject.model.needed_margin()?;
        if let Some(margin) = margin_there_is(size, needed, stride, survey, config) {
            let smaller = match size == own {
                true => String::new(),
                false => format!(
                    "Windows of {} pixels instead of {}. ",
                    text(size),
                    text(own)
                ),
            };
            let note = format!(
                "{smaller}The network sees {needed} pixels around its images, and the photographs show {margin}: beyond \
                 those, padding stands in for what is not known."
            );
            return Ok(Windows {
                subject,
                margin,
                surroundings: Surroundings::Available,
                note: Some(note),
            });
        }
        size = size.map(|side| side.saturating_sub(stride));
        let too_small = size.iter().any(|&side| side < FEWEST_POSITIONS * stride);
        let refused = || Error::usage("size", lacking(own, stride, survey), LARGER);
        if config.size_given || too_small {
            return Err(refused());
        }
        subject = subject.resized(size).map_err(|_| refused())?;
    }
}

const LARGER: &str = "give larger photographs or smaller images";

/// What the photographs lack for windows of this size.
fn lacking(size: [usize; 2], stride: usize, survey: &Survey) -> String {
    let least = 2 * stride;
    format!(
        "a position of its last map is {stride} pixels of the image, so that its {} images need at least {least} around them, \
         {} in all, and three quarters of the photographs have {} to their shorter side",
        text(size),
        text(with_margin(size, least)),
        survey.usual_side()
    )
}

/// The pixels that the usual photograph shows around a window, or the fewest that do where half of them show those.
///
/// It is measured with half of them again, which must be a whole number of positions as well.
fn margin_there_is(
    size: [usize; 2],
    needed: usize,
    stride: usize,
    survey: &Survey,
    config: &CheckConfig,
) -> Option<usize> {
    let least = 2 * stride;
    let around = survey.usual_side().saturating_sub(size[0].max(size[1])) / 2;
    match around.min(needed.next_multiple_of(least)) / least * least {
        0 => enough(survey, with_margin(size, least), config).then_some(least),
        margin => Some(margin),
    }
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
