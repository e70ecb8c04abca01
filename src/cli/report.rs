//! `padgrad report`: the page of finished runs, made again or made of several.

use std::path::PathBuf;

use clap::Args;

use super::output::say;
use crate::error::Result;
use crate::files::write_atomic;
use crate::report;
use crate::study::checksums::add_to_list;
use crate::study::finished::Run;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct ReportArgs {
    /// Folders of finished runs; the first study leads, the others are set beside it
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// The page to write [default: report.html in the first folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the page.
pub fn run(args: &ReportArgs) -> Result<()> {
    let runs: Vec<Run> = args.runs.iter().map(Run::read).collect::<Result<_>>()?;
    runs.iter().try_for_each(Run::check_patterns)?;
    let page = report::of_runs(&runs)?;
    let out = match (&args.out, args.runs.first()) {
        (Some(out), _) => out.clone(),
        (None, Some(first)) => first.join("report.html"),
        (None, None) => PathBuf::from("report.html"),
    };
    write_atomic(&out, page.as_bytes())?;
    args.runs
        .iter()
        .try_for_each(|run| add_to_list(run, &out))?;
    say(format!("report  {}", out.display()))
}
