//! `padgrad evaluate`.

use std::path::PathBuf;

use clap::Args;

use super::common::Common;
use super::output::{print_json, say};
use super::subject::SubjectFlags;
use crate::error::Result;
use crate::study::evaluate::{EvaluateConfig, evaluate};

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct EvaluateArgs {
    #[command(flatten)]
    subject: SubjectFlags,
    /// Folder with a folder of pictures for each class: named by its number, or counted in order of the names
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Pixels to which a picture's shorter side is shrunk before its middle is cut [default: the image's side, and
    /// 8/7 of it for networks made for ImageNet]
    #[arg(long, value_name = "PIXELS")]
    resize: Option<usize>,
    #[command(flatten)]
    pub common: Common,
}

/// Counts right predictions.
pub fn run(args: &EvaluateArgs) -> Result<()> {
    let subject = args.subject.open()?;
    let config = EvaluateConfig {
        images: args.images.clone(),
        resize: args.resize,
    };
    let found = args
        .common
        .watch(|progress| evaluate(&subject, &config, progress))?;
    if args.common.json {
        return print_json(&found);
    }
    let [value, lo, hi] = [found.accuracy.value, found.accuracy.lo, found.accuracy.hi]
        .map(|share| 100.0 * share.unwrap_or(f64::NAN));
    say(format!(
        "{} under {}: {value:.2}% of {} pictures are right (95% interval {lo:.2} to {hi:.2}%).",
        subject.name, subject.padding, found.images
    ))
}
