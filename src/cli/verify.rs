//! `padgrad verify`: whether a run folder is as it was written.

use std::path::PathBuf;

use clap::Args;

use super::output::say;
use crate::error::{Error, Result};
use crate::study::verify::{Fault, verify};

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// The folder of a run, finished or interrupted
    #[arg(value_name = "RUN")]
    run: PathBuf,
}

/// Reads every file and says what is wrong.
pub fn run(args: &VerifyArgs) -> Result<()> {
    let found = verify(&args.run)?;
    for file in &found.unfinished {
        say(format!("unfinished  {file}: a resumed run goes on from it"))?;
    }
    for finding in &found.findings {
        let (fault, file, remedy) = (finding.fault.name(), &finding.file, &finding.remedy);
        say(format!("{fault:<10}  {file}: {remedy}"))?;
    }
    say(format!("sound       {} files", found.sound))?;
    if found.findings.is_empty() {
        return Ok(());
    }
    let count = |fault| found.findings.iter().filter(|f| f.fault == fault).count();
    let counts = [Fault::Missing, Fault::Damaged, Fault::Foreign]
        .map(|fault| (count(fault), fault.name()))
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"));
    Err(Error::file(
        &args.run,
        format!("of its files, {}", counts.collect::<Vec<_>>().join(", ")),
        "each line says how to make a file again",
    ))
}
