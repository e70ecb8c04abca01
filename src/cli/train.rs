//! `padgrad train`.

use clap::Args;
use serde_json::json;

use super::common::{Common, RunFlags};
use super::config::RunConfig;
use super::feasible::load_checked;
use super::output::{RunFolder, print_json, say};
use super::progress::Progress;
use super::run::{Plan, Run};
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
    common: Common,
}

/// Trains one network.
pub fn run(args: &TrainArgs) -> Result<()> {
    args.common.apply()?;
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
    let data = load_checked(Plan::Train, &config, &paddings)?;
    let folder = RunFolder::create(args.run.out.as_deref(), "train")?;
    let progress = Progress::new(args.common.quiet);
    let run = Run::carry_out(Plan::Train, config, folder, progress, &paddings, &data)?;
    let Some(checkpoint) = run.last_checkpoint() else {
        let remedy = "this is a bug; report it";
        return Err(Error::invalid(
            "training",
            "no checkpoint was written",
            remedy,
        ));
    };
    let last = run.epochs().last();
    if args.common.json {
        let checkpoint = checkpoint.display().to_string();
        return print_json(&json!({ "checkpoint": checkpoint, "epochs": run.epochs() }));
    }
    if let Some(epoch) = last {
        let accuracy = 100.0 * epoch.test_accuracy;
        let images = data.test.len();
        say(format!("test accuracy  {accuracy:.2}% on {images} images"))?;
    }
    say(format!("checkpoint     {}", checkpoint.display()))
}
