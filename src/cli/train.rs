//! `padgrad train`.

use clap::Args;
use serde_json::json;

use super::common::{Common, RunFlags};
use super::config::RunConfig;
use super::feasible::load_checked;
use super::output::{RunFolder, print_json, say};
use super::run::{Plan, Run, Share};
use super::shard::Shard;
use crate::error::{Error, Result};

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct TrainArgs {
    /// Padding scheme [default: zeros]
    #[arg(long, value_name = "SCHEME")]
    padding: Option<String>,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    pub common: Common,
}

/// Trains one network.
pub fn run(args: &TrainArgs) -> Result<()> {
    let mut config = args.run.resolve()?;
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
    let paddings = config.validate()?;
    let data = load_checked(Plan::Train, &config, &paddings)?.data;
    let folder = RunFolder::create(args.run.out.as_deref(), "train")?;
    let run = Run {
        plan: Plan::Train,
        config: &config,
        paddings: &paddings,
        data: &data,
        folder: &folder,
    };
    let share = Share {
        shard: Shard::WHOLE,
        first: 0,
        jobs: 1,
        quiet: args.common.quiet,
    };
    let results = run.carry_out_anew(share)?;
    let checkpoint = run.last_checkpoint()?;
    if args.common.json {
        let checkpoint = checkpoint.display().to_string();
        return print_json(&json!({ "checkpoint": checkpoint, "epochs": results.epochs }));
    }
    if let Some(epoch) = results.epochs.last() {
        let accuracy = 100.0 * epoch.test_accuracy;
        let images = data.test.len();
        say(format!("test accuracy  {accuracy:.2}% on {images} images"))?;
    }
    say(format!("checkpoint     {}", checkpoint.display()))
}
