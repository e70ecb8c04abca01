//! A study from its settings to its results: one grid of cells, or, where the architecture or the data are lists,
//! one for each of their combinations, in folders of their own inside the study's.

use std::path::Path;
use std::time::Duration;

use super::config::{CONFIG, Plan, RunConfig};
use super::effort::Effort;
use super::folder::{CHECKPOINTS, Ended, RunFolder, is_hardly_begun};
use super::grid::run::Grid;
use super::lock::Wait;
use super::progress::Progress;
use super::results::Results;
pub use super::shard::RunOptions;
use super::shard::Shard;
use super::stop::Stop;
use crate::error::{Error, Result};

/// How long a run that is gone on with waits for the process before it: batch systems that stop one give it half a
/// minute to save.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A study that can be carried out.
pub struct Study {
    config: RunConfig,
    grids: Vec<Grid>,
    shard: Shard,
    stop: Stop,
}

impl Study {
    /// Checks everything that can be checked before any work is done, and loads the data.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of a file that cannot be read.
    pub fn prepare(config: RunConfig, options: RunOptions) -> Result<Study> {
        let grid = |(name, config)| Grid::prepare(Plan::Study, name, config, options);
        let grids = config.workloads()?.into_iter().map(grid);
        Ok(Study {
            grids: grids.collect::<Result<_>>()?,
            config,
            shard: options.shard,
            stop: Stop::default(),
        })
    }

    /// The same for networks of one architecture on one data set that are trained, one after the other, and kept
    /// after every epoch, but not measured.
    ///
    /// # Errors
    /// As [`Study::prepare`].
    pub fn prepare_training(config: RunConfig) -> Result<Study> {
        let one_by_one = RunOptions {
            jobs: Some(1),
            ..RunOptions::default()
        };
        let grid = Grid::prepare(Plan::Train, None, config.clone(), one_by_one)?;
        Ok(Study {
            config,
            grids: vec![grid],
            shard: Shard::WHOLE,
            stop: Stop::default(),
        })
    }

    /// The same study, which ends early when `stop` asks for it: every network at work is kept at its next step,
    /// and can be gone on with.
    pub fn until(mut self, stop: &Stop) -> Study {
        self.stop = stop.clone();
        self
    }

    /// Its grids.
    pub fn grids(&self) -> &[Grid] {
        &self.grids
    }

    /// Makes its folder, `out` or the next free `runs/NAME-001`, with its configuration in it.
    ///
    /// # Errors
    /// Where the folder exists already or cannot be written.
    pub fn create(&self, out: Option<&Path>, name: &str) -> Result<RunFolder> {
        let folder = RunFolder::create(out, name)?;
        folder.or_discard(self.write_configs(&folder))?;
        Ok(folder)
    }

    /// The folder `out` of a run that was interrupted, however early; where there is none, a new one. A process that
    /// is at work in it, as one that was asked to stop and still saves, is waited for, after a line to `tell`.
    ///
    /// # Errors
    /// Where it holds something that is no run, another process stays at work in it, or it cannot be written.
    pub fn resume(&self, out: &Path, tell: &dyn Fn(&str)) -> Result<RunFolder> {
        if !out.exists() {
            return self.create(Some(out), "");
        }
        if !out.join(CONFIG).exists() && !is_hardly_begun(out)? {
            return Err(Error::usage(
                out.display().to_string(),
                format!("there is no {CONFIG} in it, so it is no run"),
                "choose another folder",
            ));
        }
        let most = LONGEST_WAIT;
        let folder = RunFolder::resume_after(out, Some(Wait { most, tell }))?;
        if !out.join(CONFIG).exists() || self.keeps_otherwise(out)? {
            self.write_configs(&folder)?;
        }
        Ok(folder)
    }

    /// Whether the run of a folder differs from this one in nothing but which checkpoints it keeps; that may change
    /// when it is gone on with, and counts for the networks that are not finished.
    fn keeps_otherwise(&self, out: &Path) -> Result<bool> {
        let begun = RunConfig::read(&out.join(CONFIG))?;
        Ok(begun.keep != self.config.keep && begun.difference(&self.config).is_none())
    }

    /// Writes the configuration of every grid, and that of the whole last: where it is, all are.
    fn write_configs(&self, folder: &RunFolder) -> Result<()> {
        for grid in self.grids.iter().filter(|grid| grid.name.is_some()) {
            let own = folder.of_grid(grid.name.as_deref())?;
            own.write(CONFIG, grid.config.to_toml()?.as_bytes())?;
        }
        folder.write(CONFIG, self.config.to_toml()?.as_bytes())
    }

    /// Works on every cell that is not finished, grid by grid, and gives the results of each grid.
    ///
    /// # Errors
    /// As [`Study::run_each`].
    pub fn run(&self, folder: &RunFolder, progress: &Progress) -> Result<Vec<Results>> {
        let mut all = Vec::new();
        self.run_each(folder, progress, &mut |ended| {
            all.push(ended.results.clone());
            Ok(())
        })?;
        Ok(all)
    }

    /// The same, but `ended` is called with each grid when it has ended.
    ///
    /// # Errors
    /// Where every training of a grid diverges, a stop was asked for, or the folder cannot be written; what was
    /// finished is on disk all the same. Of a new run that failed before it kept a network nothing remains.
    pub fn run_each(
        &self,
        folder: &RunFolder,
        progress: &Progress,
        ended: &mut dyn FnMut(Ended) -> Result<()>,
    ) -> Result<()> {
        let own = |grid: &Grid| folder.of_grid(grid.name.as_deref());
        for grid in &self.grids {
            grid.check(&own(grid)?)?;
        }
        let (mut first, mut images) = (0, 0);
        for grid in &self.grids {
            images += grid.images_to_do(&own(grid)?, self.shard, first);
            first += grid.cells().len();
        }
        let effort = Effort::new(progress, images);
        first = 0;
        for grid in &self.grids {
            let own = own(grid)?;
            let results = match grid.run(&own, self.shard, first, &effort, &self.stop) {
                Ok(results) => results,
                Err(interrupted @ Error::Interrupted { .. }) => return Err(interrupted),
                Err(error) if self.has_kept_a_network(folder) => return Err(error),
                Err(error) => return folder.or_discard(Err(error)),
            };
            first += grid.cells().len();
            ended(Ended {
                grid: grid.name.as_deref(),
                folder: &own,
                results: &results,
            })?;
        }
        match self.grids.iter().any(|grid| grid.name.is_some()) {
            true => folder.write_checksums(),
            false => Ok(()),
        }
    }

    /// Whether a checkpoint was written in any grid.
    fn has_kept_a_network(&self, folder: &RunFolder) -> bool {
        let names = self.grids.iter().map(|grid| grid.name.as_deref());
        let mut own = names.map(|name| folder.path().join(name.unwrap_or_default()));
        own.any(|own| own.join(CHECKPOINTS).exists())
    }
}
