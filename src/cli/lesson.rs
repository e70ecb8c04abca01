//! `padgrad lesson`: the page that computes, for those who want to see PPP form with their own hands.

use std::path::PathBuf;

use clap::Args;

use super::output::say;
use crate::error::Result;
use crate::files::write_atomic;
use crate::report;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct LessonArgs {
    /// The page to write
    #[arg(long, value_name = "FILE", default_value = "lesson.html")]
    out: PathBuf,
}

/// Writes the page.
pub fn run(args: &LessonArgs) -> Result<()> {
    write_atomic(&args.out, report::lesson().as_bytes())?;
    say(format!("lesson  {}", args.out.display()))
}
