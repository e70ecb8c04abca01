//! `padgrad lint`.

use clap::Args;

use super::output::{print_json, say};
use super::subject::SubjectFlags;
use crate::error::Result;
use crate::report::check::lint_text;
use crate::study::check::lint;
use crate::study::networks::one_network;
use crate::study::subject::{About, Subject};

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct LintArgs {
    #[command(flatten)]
    subject: SubjectFlags,
    /// Padding of its layers [default: that of its training, else zeros]
    #[arg(long, value_name = "SCHEME")]
    padding: Option<String>,
    /// Machine-readable results on stdout
    #[arg(long)]
    json: bool,
}

/// Looks at a network without data; MODEL may also be the name of an architecture.
pub fn run(args: &LintArgs) -> Result<()> {
    let about = About {
        padding: args.padding.clone(),
        ..args.subject.about()
    };
    let name = args.subject.model.to_string_lossy();
    // What looks like no file is an architecture, whose error names the nearest.
    let subject = match !args.subject.model.exists() && !name.contains(['.', '/', '\\']) {
        true => Subject::untrained(&name, &about)?,
        false => Subject::open(one_network(&args.subject.model)?, &about)?,
    };
    let found = lint(&subject)?;
    match args.json {
        true => print_json(&found),
        false => say(lint_text(&found)),
    }
}
