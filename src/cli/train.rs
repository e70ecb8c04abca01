//! `padgrad train`.

use clap::Args;
use serde_json::json;

use super::common::{Common, RunFlags, typed};
use super::output::{print_json, say};
use super::signals;
use crate::error::{Error, Result};
use crate::study::config::RunConfig;
use crate::study::experiment::Study;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct TrainArgs {
    /// Padding scheme [default: zeros]
    #[arg(long, value_name = "SCHEME")]
    padding: Option<String>,
    /// Go on with the run in --out from its last checkpoint, bit for bit
    #[arg(long, requires = "out")]
    resume: bool,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    pub common: Common,
}

/// The configuration of one network.
fn resolve(args: &TrainArgs, defaults: RunConfig) -> Result<RunConfig> {
    let mut config = args.run.resolve_over(defaults)?;
    let padding = match (&args.padding, config.padding.as_slice()) {
        (Some(named), _) => named.clone(),
        (None, [one]) => one.clone(),
        // The schemes of a study are no choice of the user's for a single network.
        (None, schemes) if *schemes == RunConfig::default().padding => "zeros".into(),
        (None, schemes) => {
            return Err(Error::usage(
                "padding",
                format!(
                    "the configuration names {} schemes, one network takes one",
                    schemes.len()
                ),
                "choose it with --padding",
            ));
        }
    };
    config.padding = vec![padding];
    config.seeds = 1;
    Ok(config)
}

/// Trains one network.
pub fn run(args: &TrainArgs) -> Result<()> {
    let resumed = args.run.resumed(args.resume);
    let config = args
        .run
        .config_of(resumed, |defaults| resolve(args, defaults))?;
    let study = Study::prepare_training(config)?;
    let folder = args.run.folder(&study, "train", resumed)?;
    let folder = folder.made_by(typed());
    let study = study.until(&signals::watch(args.common.quiet));
    let outcome = args.common.watch(|progress| study.run(&folder, progress));
    let results = outcome.map_err(|e| signals::interrupted(e, "padgrad train", folder.path()))?;
    let (Some(grid), Some(results)) = (study.grids().first(), results.first()) else {
        return Ok(());
    };
    let checkpoint = grid.last_checkpoint(&folder)?;
    if args.common.json {
        let checkpoint = checkpoint.display().to_string();
        return print_json(&json!({ "checkpoint": checkpoint, "epochs": results.epochs }));
    }
    if let Some(epoch) = results.epochs.last() {
        let accuracy = 100.0 * epoch.test_accuracy;
        let images = grid.data.test.len();
        say(format!("test accuracy  {accuracy:.2}% on {images} images"))?;
    }
    say(format!("checkpoint     {}", checkpoint.display()))
}
