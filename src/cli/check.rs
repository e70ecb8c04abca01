//! `padgrad check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::common::Common;
use super::output::{print_json, say};
use super::subject::SubjectFlags;
use crate::error::Result;
use crate::files::write_atomic;
use crate::report::check::{page, text};
use crate::study::check::{CheckConfig, Limits, check};

/// The exit code of a network that exceeds its limits.
const EXCEEDED: u8 = 3;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    subject: SubjectFlags,
    /// Folder of photographs: PNG, JPEG, WebP, of any sizes
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Windows to cut from them, several of each where there are fewer [default: one of each, 500 at most]
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// A border is wrong where it differs by this share of the content's spread
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    tau: f64,
    /// Another padding to compare with the network's own, such as reflect; limits hold for its own
    #[arg(long, value_name = "SCHEME")]
    padding: Option<String>,
    /// Which surroundings are asked of the photographs
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = SurroundingsFlag::True)]
    surroundings: SurroundingsFlag,
    /// Range of values of an image-to-image network's output, for PSNR [default: the one that is found]
    #[arg(long, value_name = "VALUE")]
    range: Option<f64>,
    /// Seed of the windows' places
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// FAIL where padding spoils more rings of a stage; with any limit also where a part is not measured
    #[arg(long, value_name = "N")]
    max_rings: Option<usize>,
    /// FAIL where more pixels of context are needed
    #[arg(long, value_name = "PIXELS")]
    max_halo: Option<f64>,
    /// FAIL where a larger share of the first output's predictions changes, from 0 to 1
    #[arg(long, value_name = "SHARE")]
    max_changed: Option<f64>,
    /// Page to write, one HTML file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq)]
enum SurroundingsFlag {
    /// All that the network can see; windows shrink where photographs are too small
    True,
    /// As much as the photographs show; padding stands in for the rest, and half as much is measured too
    Available,
}

/// Checks the network; the exit code says whether it keeps to its limits.
pub fn run(args: &CheckArgs) -> Result<ExitCode> {
    let subject = args.subject.open()?;
    let checked = args
        .common
        .watch(|progress| check(subject, &args.config(), progress))?;
    if let Some(out) = &args.out {
        write_atomic(out, page(&checked)?.as_bytes())?;
    }
    match args.common.json {
        true => print_json(&checked.check)?,
        false => say(text(&checked.check))?,
    }
    if let (Some(out), false) = (&args.out, args.common.json) {
        say(format!("\npage  {}", out.display()))?;
    }
    Ok(match checked.check.verdict.passes() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(EXCEEDED),
    })
}

impl CheckArgs {
    fn config(&self) -> CheckConfig {
        CheckConfig {
            images: self.images.clone(),
            count: self.count,
            tau: self.tau,
            padding: self.padding.clone(),
            size_given: self.subject.size.is_some(),
            available: self.surroundings == SurroundingsFlag::Available,
            range: self.range,
            seed: self.seed,
            limits: Limits {
                max_rings: self.max_rings,
                max_halo: self.max_halo,
                max_changed: self.max_changed,
            },
        }
    }
}
