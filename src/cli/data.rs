//! `padgrad data`.

use clap::Args;
use serde_json::json;

use super::output::{print_json, say};
use crate::data::{Installed, installed};
use crate::error::Result;

/// Flags of the command.
#[derive(Args)]
pub struct DataArgs {
    /// Machine-readable results on stdout
    #[arg(long)]
    json: bool,
}

/// Says what is there and how to get what is not.
pub fn run(args: &DataArgs) -> Result<()> {
    let sets = installed();
    if args.json {
        let entry = |s: &Installed| {
            let found = s.found.as_ref().map(|path| path.display().to_string());
            json!({"name": s.name, "found": found, "how": s.how})
        };
        return print_json(&sets.iter().map(entry).collect::<Vec<_>>());
    }
    for set in sets {
        let state = match &set.found {
            Some(path) => format!("found in {}", path.display()),
            None if set.name.starts_with("canvas") => "built in".to_string(),
            None if set.name.starts_with("folder:") => "your own pictures".to_string(),
            None => "missing".to_string(),
        };
        say(format!(
            "{:<14} {state}\n               {}",
            set.name, set.how
        ))?;
    }
    Ok(())
}
