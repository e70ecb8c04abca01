//! The accuracy of a trained network on a folder of pictures, one folder to a class.

use std::path::PathBuf;

use serde::Serialize;

use super::check::Interval;
use super::progress::{Event, Progress, phase};
use super::subject::Subject;
use crate::data::{ClassFolders, prefetch};
use crate::error::{Error, Result};
use crate::nn::models;
use crate::ppp::aware::Accuracy;

/// Images per pass.
const BATCH: usize = 50;

/// On what a network is evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluateConfig {
    /// A folder with a folder for each class.
    pub images: PathBuf,
    /// The pixels to which a picture's shorter side is shrunk; where nothing is said, the side of an image, and 8/7 of
    /// it for networks made for ImageNet, as in their own evaluation.
    pub resize: Option<usize>,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Pictures.
    pub images: usize,
    /// The share of pictures whose largest logit is their folder's.
    pub accuracy: Interval,
}

/// Counts right predictions.
///
/// # Errors
/// Where the folders are more than the network has classes, or a picture cannot be read or is too small.
pub fn evaluate(
    subject: &Subject,
    config: &EvaluateConfig,
    progress: &Progress,
) -> Result<Evaluation> {
    if let Some(left_out) = &subject.left_out {
        let remedy = "predictions need all of a network";
        return Err(Error::invalid(&subject.name, left_out, remedy));
    }
    if !subject.outputs.first().is_some_and(|output| output.classes) {
        let problem = "its first output is not one value for each class";
        let remedy = "only classifiers can be evaluated, or a node of one that gives its logits";
        return Err(Error::invalid(&subject.name, problem, remedy));
    }
    let preprocessing = subject.preprocessing()?;
    let folders = ClassFolders::of(&config.images)?;
    let [_, side, width] = subject.model.input();
    if side != width {
        let problem = format!("{side}×{width} pixels");
        return Err(Error::usage(
            "size",
            problem,
            "only square images are cut from pictures",
        ));
    }
    let for_imagenet = models::find(&subject.arch).is_ok_and(|a| a.side > 32);
    let resize = config
        .resize
        .unwrap_or(if for_imagenet { side * 8 / 7 } else { side });
    if resize < side {
        let problem = format!("{resize} pixels do not hold the network's {side}×{side}");
        return Err(Error::usage("resize", problem, "use as many or more"));
    }
    let images = folders.len();
    phase(progress, "evaluating", images, "images");
    let mut accuracy = Accuracy::default();
    let batches = (0..images)
        .step_by(BATCH)
        .map(|start| start..(start + BATCH).min(images));
    let prepare = |range: std::ops::Range<usize>| {
        let pictures = folders.pictures(range.clone(), resize, side)?;
        Ok::<_, Error>((range, preprocessing.apply(&pictures)))
    };
    prefetch(batches, prepare, |prepared| {
        let (range, images) = prepared?;
        let logits = subject.model.logits(images)?;
        let classes = logits.len() / range.len();
        let logits = logits.reshape(&[range.len(), classes]);
        if folders.classes() > classes {
            let problem = format!("{} folders for {classes} classes", folders.classes());
            return Err(Error::usage(
                "images",
                problem,
                "give one folder for each class of the network",
            ));
        }
        let labels: Vec<Option<usize>> = range.clone().map(|i| Some(folders.label(i))).collect();
        accuracy.add(&logits, &labels);
        progress(Event::At(range.end));
        Ok(())
    })?;
    Ok(Evaluation {
        images,
        accuracy: accuracy
            .measured()
            .as_ref()
            .map(Interval::from)
            .unwrap_or_default(),
    })
}
