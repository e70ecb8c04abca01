//! A grid that can be carried out, and the results of its cells.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::assemble::{assemble, write_assembled};
use super::cell::{Cell, cells, check_no_others};
use super::work::Work;
use super::workers::in_parallel;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::padding::Padding;
use crate::study::binding::{Made, fingerprint};
use crate::study::config::{Plan, RunConfig};
use crate::study::csv::epochs_csv;
use crate::study::effort::{Effort, Share, images_after};
use crate::study::feasible::load_checked;
use crate::study::folder::RunFolder;
use crate::study::progress::{Event, Progress};
use crate::study::results::{Results, RunKind};
use crate::study::shard::{RunOptions, Shard};
use crate::study::stop::Stop;

/// Cells with their numbers in their grid.
type Numbered = Vec<(usize, Cell)>;

/// A grid whose settings have been checked and whose data are loaded.
pub struct Grid {
    /// The name of its folder inside the study's; the only grid of a study has the study's own.
    pub name: Option<String>,
    /// Its settings, with one architecture and one data set.
    pub config: RunConfig,
    /// Its data.
    pub data: Dataset,
    plan: Plan,
    paddings: Vec<Padding>,
    jobs: usize,
    fingerprint: String,
    any_isa: bool,
}

impl Grid {
    /// Checks everything that can be checked before any work is done, and loads the data. `jobs` of them are
    /// worked on side by side; without a number one per thread, as far as memory allows.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of a file that cannot be read.
    pub fn prepare(
        plan: Plan,
        name: Option<String>,
        config: RunConfig,
        options: RunOptions,
    ) -> Result<Grid> {
        let paddings = config.validate()?;
        let prepared = load_checked(plan, &config, &paddings)?;
        let jobs = prepared.jobs(options.jobs, cells(&config, &paddings).len())?;
        Ok(Grid {
            name,
            config,
            fingerprint: fingerprint(&prepared.data)?,
            data: prepared.data,
            plan,
            paddings,
            jobs,
            any_isa: options.any_isa,
        })
    }

    /// Whether everything that an earlier run has left in the folder belongs to this one.
    ///
    /// # Errors
    /// A usage error that names the setting, or whatever else differs; that of a damaged file.
    pub fn check(&self, folder: &RunFolder) -> Result<()> {
        let (run, cells) = (folder.path(), self.cells());
        for cell in &cells {
            cell.check(run, &self.made(cell)?, self.any_isa)?;
        }
        check_no_others(run, &cells)
    }

    /// How a cell is made here.
    fn made(&self, cell: &Cell) -> Result<Made> {
        Made::here(cell.settings(&self.config), &self.fingerprint)
    }

    /// Its cells: every scheme with every seed.
    pub fn cells(&self) -> Vec<Cell> {
        cells(&self.config, &self.paddings)
    }

    /// The cells of `shard` with their numbers in the grid: those that are finished in the folder, and all others.
    fn parts(&self, folder: &RunFolder, shard: Shard, first: usize) -> (Numbered, Numbered) {
        let all = self.cells().into_iter().enumerate();
        let of_shard = all.filter(|(number, _)| shard.has(first + number));
        of_shard.partition(|(_, cell)| cell.is_finished(folder.path()))
    }

    /// The images that pass through the networks of the cells of `shard` that are not finished.
    pub fn images_to_do(&self, folder: &RunFolder, shard: Shard, first: usize) -> u64 {
        let (_, todo) = self.parts(folder, shard, first);
        todo.len() as u64 * self.images_of_a_cell()
    }

    fn images_of_a_cell(&self) -> u64 {
        images_after(0, self.plan, &self.config, &self.data)
    }

    /// Works on every cell of `shard` that is not finished, and puts together what all finished ones found. The
    /// grid's first cell is the one of number `first` of all that are sharded together.
    ///
    /// # Errors
    /// Where the training of every network diverges, `stop` asks for an end, or the folder cannot be written; what
    /// was finished is on disk all the same.
    pub fn run(
        &self,
        folder: &RunFolder,
        shard: Shard,
        first: usize,
        effort: &Effort,
        stop: &Stop,
    ) -> Result<Results> {
        let cells = self.cells();
        let (finished, todo) = self.parts(folder, shard, first);
        finished
            .iter()
            .try_for_each(|(_, cell)| cell.forget_begun(folder))?;
        if !finished.is_empty() {
            let (finished, all) = (finished.len(), finished.len() + todo.len());
            (effort.progress)(Event::Line(&format!(
                "{finished} of {all} cells are finished already"
            )));
        }
        let mixed = |event: Event| {
            if !matches!(event, Event::Phase { .. } | Event::At(_)) {
                (effort.progress)(event);
            }
        };
        let own: &Progress = if self.jobs == 1 {
            effort.progress
        } else {
            &mixed
        };
        let upkeep = Mutex::new(Upkeep::default());
        let worked = in_parallel(todo.len(), self.jobs, &|i| {
            let (number, cell) = todo[i];
            let name = format!("[{}/{}]", number + 1, cells.len());
            let share = effort.share(self.images_of_a_cell());
            self.work(folder, cell, &name, (own, &share), stop)?;
            match upkeep.lock() {
                Ok(mut upkeep) => upkeep.bring_up_to_date(self, folder, &cells),
                // Another cell has panicked, which is reported elsewhere.
                Err(_) => Ok(()),
            }
        });
        if let Err(interrupted @ Error::Interrupted { .. }) = worked {
            return Err(interrupted);
        }
        if cells.iter().all(|cell| !cell.is_finished(folder.path())) {
            // Nothing to put together; an empty shard gives empty results.
            worked?;
            return Ok(Results::new(RunKind::Study, "", self.config.images));
        }
        let results = assemble(folder, &cells, &self.config)?;
        if let (true, Some(first)) = (results.rows.is_empty(), results.diverged.first()) {
            return Err(first.error());
        }
        if self.plan == Plan::Study {
            write_assembled(folder, &cells, &results)?;
            folder.draw(&results)?;
        } else {
            folder.write("epochs.csv", epochs_csv(&results.epochs).as_bytes())?;
        }
        folder.write_checksums()?;
        worked.map(|()| results)
    }

    fn work(
        &self,
        folder: &RunFolder,
        cell: Cell,
        number: &str,
        (progress, share): (&Progress, &Share),
        stop: &Stop,
    ) -> Result<()> {
        let work = Work {
            config: &self.config,
            plan: self.plan,
            cell,
            made: self.made(&cell)?,
            data: &self.data,
            folder,
            name: format!("{number} {}, seed {}", cell.padding, cell.seed),
            progress,
            share,
            stop,
        };
        cell.write(folder, &work.carry_out()?)
    }

    /// The checkpoint that the last cell wrote last.
    ///
    /// # Errors
    /// Where the grid has not been run in this folder.
    pub fn last_checkpoint(&self, folder: &RunFolder) -> Result<PathBuf> {
        let cell = match self.cells().pop() {
            Some(cell) => cell.read(folder.path())?,
            None => None,
        };
        let name = cell.and_then(|cell| cell.last_checkpoint);
        let name = name.ok_or_else(|| {
            let remedy = "run the grid in this folder first";
            Error::invalid("training", "no checkpoint was written", remedy)
        })?;
        Ok(folder.path().join(name))
    }
}

/// Results on disk while cells are still being worked on.
#[derive(Default)]
struct Upkeep {
    last: Option<(Instant, Duration)>,
}

impl Upkeep {
    /// Puts the finished cells together, unless that would take more than a tenth of the time.
    fn bring_up_to_date(&mut self, grid: &Grid, folder: &RunFolder, cells: &[Cell]) -> Result<()> {
        const RARELY: u32 = 10;
        let due = |(at, took): (Instant, Duration)| at.elapsed() > took * RARELY;
        if grid.plan == Plan::Train || !self.last.is_none_or(due) {
            return Ok(());
        }
        let begun = Instant::now();
        let results = assemble(folder, cells, &grid.config)?;
        write_assembled(folder, cells, &results)?;
        folder.write_checksums()?;
        self.last = Some((Instant::now(), begun.elapsed()));
        Ok(())
    }
}
