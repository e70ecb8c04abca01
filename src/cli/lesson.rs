//! `padgrad lesson`: the page from a tiny study of its own, for those who want to see PPP before they run one.

use std::path::PathBuf;

use clap::Args;

use super::common::Common;
use super::config::RunConfig;
use super::feasible::load_checked;
use super::output::{RunFolder, print_json};
use super::run::{Plan, Run, Share, tell};
use super::shard::Shard;
use crate::error::Result;

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
    let config = config();
    let paddings = config.validate()?;
    let prepared = load_checked(Plan::Study, &config, &paddings)?;
    let folder = RunFolder::create(args.out.as_deref(), "lesson")?;
    let run = Run {
        plan: Plan::Study,
        config: &config,
        paddings: &paddings,
        data: &prepared.data,
        folder: &folder,
    };
    let results = run.carry_out_anew(Share {
        shard: Shard::WHOLE,
        first: 0,
        jobs: prepared.jobs(None, paddings.len())?,
        quiet: args.common.quiet,
    })?;
    if args.common.json {
        return print_json(&results);
    }
    tell(&results, folder.path())
}

/// Small enough for half a minute on two cores, and large enough that the pattern is seen to form; with fewer
/// pixels the network without padding would have nothing left at its last layer.
fn config() -> RunConfig {
    let mut config = RunConfig {
        padding: ["zeros", "reflect", "circular", "valid"]
            .map(String::from)
            .into(),
        images: 200,
        ..RunConfig::default()
    };
    config.data.size = Some(24);
    config.data.train_images = Some(1500);
    config.data.test_images = Some(300);
    config.train.epochs = 2;
    config
}
