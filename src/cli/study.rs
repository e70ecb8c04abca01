//! `padgrad study`: train under each scheme, measure as the networks learn, write the run.
//!
//! A study is one grid of cells (scheme × seed), or, where the architecture or the data are lists, one grid
//! for each of their combinations, in folders of their own inside the study's.

use std::path::Path;

use clap::Args;

use super::common::{Common, RunFlags};
use super::config::{CONFIG, RunConfig};
use super::feasible::{Prepared, load_checked};
use super::moments::Measure;
use super::output::{RunFolder, print_json, say};
use super::run::{Plan, Run, Share, places, tell};
use super::shard::Shard;
use crate::error::{Error, Result};
use crate::padding::Padding;

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
    measure: Option<Measure>,
    /// Of the epochs, measure only every so many [default: 1]
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
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    pub common: Common,
}

/// A grid that can be carried out.
struct Grid {
    folder: Option<String>,
    config: RunConfig,
    paddings: Vec<Padding>,
    prepared: Prepared,
    jobs: usize,
}

impl StudyArgs {
    fn resolve(&self, defaults: RunConfig) -> Result<RunConfig> {
        let mut config = self.run.resolve_over(defaults)?;
        if let Some(list) = &self.padding {
            config.padding = split_schemes(list);
        }
        config.seeds = self.seeds.unwrap_or(config.seeds);
        config.images = self.images.unwrap_or(config.images);
        config.step_images = self.step_images.unwrap_or(config.step_images);
        config.measure = self.measure.unwrap_or(config.measure);
        config.measure_every = self.measure_every.unwrap_or(config.measure_every);
        if let Some(layers) = &self.layers {
            config.layers.clone_from(layers);
        }
        Ok(config)
    }

    /// The folder of an earlier run that is to go on, if there is one.
    fn begun(&self) -> Option<&Path> {
        let out = self.run.out.as_deref().filter(|_| self.resume);
        out.filter(|out| out.join(CONFIG).exists())
    }

    /// The configuration: that of the flags, which must be the one that the run was begun with.
    fn config(&self) -> Result<RunConfig> {
        let Some(out) = self.begun() else {
            return self.resolve(RunConfig::default());
        };
        let begun = RunConfig::read(&out.join(CONFIG))?;
        match begun.difference(&self.resolve(begun.clone())?) {
            None => Ok(begun),
            Some(difference) => Err(Error::usage(
                format!("--resume {}", out.display()),
                format!("{difference} now"),
                "leave the flag out to go on, or choose another --out",
            )),
        }
    }

    fn grids(&self, config: &RunConfig) -> Result<Vec<Grid>> {
        let mut grids = Vec::new();
        for (folder, config) in config.workloads() {
            let paddings = config.validate()?;
            let prepared = load_checked(Plan::Study, &config, &paddings)?;
            let jobs = prepared.jobs(self.jobs, places(&config, &paddings).len())?;
            grids.push(Grid {
                folder,
                config,
                paddings,
                prepared,
                jobs,
            });
        }
        Ok(grids)
    }

    /// The folder to write, with its configuration in it.
    fn open(&self, config: &RunConfig, grids: &[Grid]) -> Result<RunFolder> {
        if let Some(out) = self.begun() {
            return RunFolder::resume(out);
        }
        let folder = RunFolder::create(self.run.out.as_deref(), "study")?;
        let written = folder.write(CONFIG, config.to_toml()?.as_bytes());
        let inner = grids.iter().filter(|grid| grid.folder.is_some());
        let written = inner.fold(written, |written, grid| {
            written?;
            let text = grid.config.to_toml()?;
            let own = folder.of_grid(grid.folder.as_deref());
            own.write(CONFIG, text.as_bytes())
        });
        match written {
            Ok(()) => Ok(folder),
            Err(error) => {
                folder.discard();
                Err(error)
            }
        }
    }
}

/// Splits a list of paddings at its commas, but not inside the four numbers of an extent.
pub fn split_schemes(list: &str) -> Vec<String> {
    let mut schemes: Vec<String> = Vec::new();
    for part in list.split(',') {
        let number = part.trim().parse::<usize>().is_ok();
        match schemes.last_mut() {
            Some(last) if number && last.contains('@') => *last += &format!(",{}", part.trim()),
            _ => schemes.push(part.trim().to_string()),
        }
    }
    schemes
}

/// Runs the study.
pub fn run(args: &StudyArgs) -> Result<()> {
    let config = args.config()?;
    let grids = args.grids(&config)?;
    let folder = args.open(&config, &grids)?;
    let mut first = 0;
    for grid in &grids {
        let own = folder.of_grid(grid.folder.as_deref());
        let run = Run {
            plan: Plan::Study,
            config: &grid.config,
            paddings: &grid.paddings,
            data: &grid.prepared.data,
            folder: &own,
        };
        let share = Share {
            shard: args.shard.unwrap_or(Shard::WHOLE),
            first,
            jobs: grid.jobs,
            quiet: args.common.quiet,
        };
        let results = match run.carry_out(share) {
            Ok(results) => results,
            Err(error) => {
                // A new run that kept no network at all leaves no folder either.
                if args.begun().is_none_or(|_| !args.resume) && !holds_a_network(&folder, &grids) {
                    folder.discard();
                }
                return Err(error);
            }
        };
        first += places(&grid.config, &grid.paddings).len();
        if args.common.json {
            print_json(&results)?;
            continue;
        }
        if let Some(name) = &grid.folder {
            say(format!("== {name}\n"))?;
        }
        tell(&results, own.path())?;
    }
    Ok(())
}

/// Whether a checkpoint was written in any grid of the study.
fn holds_a_network(folder: &RunFolder, grids: &[Grid]) -> bool {
    let mut own = grids.iter().map(|grid| match &grid.folder {
        Some(name) => folder.path().join(name),
        None => folder.path().to_path_buf(),
    });
    own.any(|path| path.join("checkpoints").exists())
}

#[cfg(test)]
mod tests {
    use super::split_schemes;

    #[test]
    fn a_list_keeps_the_numbers_of_an_extent_together() {
        let schemes = split_schemes("zeros@1,2,0,3,reflect, constant:1,valid");
        assert_eq!(schemes, ["zeros@1,2,0,3", "reflect", "constant:1", "valid"]);
    }
}
