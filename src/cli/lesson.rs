//! `padgrad lesson`: the page from a tiny study of its own, for those who want to see PPP before they run one.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, typed};
use super::pages::{DRAWING, print_study};
use crate::error::Result;
use crate::study::config::RunConfig;
use crate::study::experiment::{RunOptions, Study};
use crate::study::folder::Ended;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct LessonArgs {
    /// Folder to write; it must not exist [default: the next free runs/lesson-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

/// Runs the study and writes the page.
pub fn run(args: &LessonArgs) -> Result<()> {
    let study = Study::prepare(RunConfig::lesson(), RunOptions::default())?;
    let folder = study.create(args.out.as_deref(), "lesson")?;
    let folder = folder.drawn_by(DRAWING).made_by(typed());
    let print = &mut |ended: Ended| print_study(ended, args.common.json);
    args.common
        .watch(|progress| study.run_each(&folder, progress, print))
}
