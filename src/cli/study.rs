//! `padgrad study`: train under each scheme, measure as the networks learn, write the run.
//!
//! A study is one grid of cells (scheme × seed), or, where the architecture or the data are lists, one grid
//! for each of their combinations, in folders of their own inside the study's.

use clap::Args;

use super::common::{Common, MeasureFlag, RunFlags, typed};
use super::pages::{DRAWING, print_study};
use super::signals;
use crate::error::Result;
use crate::study::config::{RunConfig, split_schemes};
use crate::study::experiment::{RunOptions, Study};
use crate::study::folder::Ended;
use crate::study::shard::Shard;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct StudyArgs {
    /// Padding schemes, separated by commas [default: zeros,reflect,replicate,circular,randn,valid]
    #[arg(long, value_name = "LIST")]
    padding: Option<String>,
    /// Networks per scheme, each with a seed of its own [default: 1]
    #[arg(long, value_name = "N")]
    seeds: Option<usize>,
    /// Images on which PPP is measured [default: 500]
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Images on which PPP is measured at steps inside an epoch, at most --images [default: 100]
    #[arg(long, value_name = "N")]
    step_images: Option<usize>,
    /// Layers to measure: conv, all, or names separated by commas [default: conv]
    #[arg(long, value_name = "LIST")]
    layers: Option<String>,
    /// When to measure, besides the beginning and the end [default: steps]
    #[arg(long, value_enum, value_name = "WHEN")]
    measure: Option<MeasureFlag>,
    /// Measure only every N-th epoch [default: 1]
    #[arg(long, value_name = "EPOCHS")]
    measure_every: Option<usize>,
    /// Go on with the run in --out: finished cells are kept, all others are run
    #[arg(long, requires = "out")]
    resume: bool,
    /// Run only every n-th cell from the i-th on, to share a study out; join with padgrad merge
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Cells to run at a time; one per thread by default. Results do not depend on it
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Let networks stand together that were made with different instruction sets; values differ in the last digits
    #[arg(long)]
    any_isa: bool,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    pub common: Common,
}

impl StudyArgs {
    fn resolve(&self, defaults: RunConfig) -> Result<RunConfig> {
        let mut config = self.run.resolve_over(defaults)?;
        if let Some(list) = &self.padding {
            config.padding = split_schemes(list);
        }
        config.seeds = self.seeds.unwrap_or(config.seeds);
        config.images = self.images.unwrap_or(config.images);
        config.step_images = self.step_images.or(config.step_images);
        config.measure = self.measure.map_or(config.measure, MeasureFlag::moments);
        config.measure_every = self.measure_every.unwrap_or(config.measure_every);
        if let Some(layers) = &self.layers {
            config.layers.clone_from(layers);
        }
        Ok(config)
    }
}

/// Runs the study.
pub fn run(args: &StudyArgs) -> Result<()> {
    let options = RunOptions {
        shard: args.shard.unwrap_or_default(),
        jobs: args.jobs,
        any_isa: args.any_isa,
    };
    let resumed = args.run.resumed(args.resume);
    let config = args
        .run
        .config_of(resumed, |defaults| args.resolve(defaults))?;
    let study = Study::prepare(config, options)?;
    let folder = args.run.folder(&study, "study", resumed)?;
    let folder = folder.drawn_by(DRAWING).made_by(typed());
    let study = study.until(&signals::watch(args.common.quiet));
    let print = &mut |ended: Ended| print_study(ended, args.common.json);
    let outcome = args
        .common
        .watch(|progress| study.run_each(&folder, progress, print));
    outcome.map_err(|e| {
        let shard = args.shard.map(|shard| format!(" --shard {shard}"));
        let command = format!("padgrad study{}", shard.unwrap_or_default());
        signals::interrupted(e, &command, folder.path())
    })
}
