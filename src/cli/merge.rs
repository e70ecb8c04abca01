//! `padgrad merge`: one run from the folders of a study that was shared out.

use std::path::PathBuf;

use clap::Args;

use super::common::typed;
use super::pages::{DRAWING, print_study};
use crate::error::Result;
use crate::study::merge::Merge;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct MergeArgs {
    /// Run folders, each with some of the cells
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Folder to write; it must not exist [default: the next free runs/study-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Let networks stand together that were made with different instruction sets; values differ in the last digits
    #[arg(long)]
    any_isa: bool,
    /// Machine-readable results on stdout
    #[arg(long)]
    json: bool,
}

/// Joins the folders.
pub fn run(args: &MergeArgs) -> Result<()> {
    let merge = Merge::prepare(&args.runs, args.any_isa)?;
    let folder = merge.folder(args.out.as_deref())?;
    let folder = folder.drawn_by(DRAWING).made_by(typed());
    merge.run(&folder, &mut |ended| print_study(ended, args.json))
}
