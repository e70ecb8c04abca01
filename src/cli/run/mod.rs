//! A run: a grid of independent cells, and the folder that holds them.

mod cell;
mod store;
pub mod workers;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::config::{CONFIG, RunConfig};
use super::output::{RunFolder, say};
use super::progress::Progress;
use super::shard::Shard;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::npy;
use crate::padding::Padding;
use crate::report::{self, overview, table};
use crate::study::results::{PatternFile, Results};
use crate::study::summary::Summary;
use cell::Cell;
pub use cell::measuring_seed;
pub use store::{Place, assemble, write_assembled};

/// What is done with each network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is measured before, during and after training.
    Study,
    /// It is trained, and kept after every epoch.
    Train,
}

/// How much of a grid is worked on, and how.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The cells of this part of all.
    pub shard: Shard,
    /// The number of the grid's first cell among those of all grids that are sharded together.
    pub first: usize,
    /// Cells side by side.
    pub jobs: usize,
    pub quiet: bool,
}

/// A grid, its data and its folder.
pub struct Run<'a> {
    pub plan: Plan,
    pub config: &'a RunConfig,
    pub paddings: &'a [Padding],
    pub data: &'a Dataset,
    pub folder: &'a RunFolder,
}

/// The cells of a grid: every scheme with every seed.
pub fn places(config: &RunConfig, paddings: &[Padding]) -> Vec<Place> {
    let seeds = config.seed..config.seed + config.seeds as u64;
    let of_scheme = |&padding| seeds.clone().map(move |seed| Place { padding, seed });
    paddings.iter().flat_map(of_scheme).collect()
}

impl Run<'_> {
    /// Works on every cell of the share that is not finished, and puts together what all finished ones found.
    ///
    /// # Errors
    /// Where training diverges or the folder cannot be written; what was finished is on disk all the same,
    /// with its report.
    pub fn carry_out(&self, share: Share) -> Result<Results> {
        let places = places(self.config, self.paddings);
        let of_share: Vec<(usize, Place)> = places
            .iter()
            .copied()
            .enumerate()
            .filter(|(number, _)| share.shard.has(share.first + number))
            .collect();
        let todo: Vec<(usize, Place)> = of_share
            .iter()
            .copied()
            .filter(|(_, place)| !place.is_finished(self.folder.path()))
            .collect();
        let told = Progress::new(share.quiet);
        if todo.len() < of_share.len() {
            let finished = of_share.len() - todo.len();
            told.line(&format!(
                "{finished} of {} cells are finished already",
                of_share.len()
            ));
        }
        let upkeep = Mutex::new(Upkeep::default());
        let worked = workers::in_parallel(todo.len(), share.jobs, &|i| {
            let (number, place) = todo[i];
            let progress = match share.jobs {
                1 => Progress::new(share.quiet),
                _ => Progress::lines(share.quiet),
            };
            let name = format!(
                "[{}/{}] {}, seed {}",
                number + 1,
                places.len(),
                place.padding,
                place.seed
            );
            self.work(place, name, progress)?;
            match upkeep.lock() {
                Ok(mut upkeep) => upkeep.bring_up_to_date(self, &places),
                // Another cell has panicked, which is told elsewhere.
                Err(_) => Ok(()),
            }
        });
        if places.iter().all(|p| !p.is_finished(self.folder.path())) {
            // Nothing to put together; an empty shard gives empty results.
            worked?;
            return Ok(Results::new("study", "", self.config.images));
        }
        let results = self.assembled(&places)?;
        if self.plan == Plan::Study {
            write_assembled(self.folder, &results)?;
            write_report(self.folder, &results)?;
        } else {
            let text = crate::study::csv::epochs_csv(&results.epochs);
            self.folder.write("epochs.csv", text.as_bytes())?;
        }
        worked.map(|()| results)
    }

    /// The same in a folder that was just made, which does not outlive a run that kept no network at all.
    ///
    /// # Errors
    /// As [`Run::carry_out`].
    pub fn carry_out_anew(&self, share: Share) -> Result<Results> {
        let text = self.config.to_toml()?;
        let written = self.folder.write(CONFIG, text.as_bytes());
        let results = written.and_then(|()| self.carry_out(share));
        if results.is_err() && !self.folder.path().join("checkpoints").exists() {
            self.folder.discard();
        }
        results
    }

    fn work(&self, place: Place, name: String, progress: Progress) -> Result<()> {
        let cell = Cell {
            config: self.config,
            plan: self.plan,
            padding: place.padding,
            seed: place.seed,
            data: self.data,
            folder: self.folder,
            name,
        };
        let finished = cell.work(progress)?;
        place.write(self.folder, &finished)
    }

    fn assembled(&self, places: &[Place]) -> Result<Results> {
        assemble(self.folder.path(), places, self.config.images)
    }

    /// The checkpoint that the last cell wrote last.
    pub fn last_checkpoint(&self) -> Result<std::path::PathBuf> {
        let last = places(self.config, self.paddings).pop();
        let cell = match last {
            Some(place) => place.read(self.folder.path())?,
            None => None,
        };
        let name = cell.and_then(|cell| cell.last_checkpoint);
        let name = name.ok_or_else(|| {
            let remedy = "this is a bug; report it";
            Error::invalid("training", "no checkpoint was written", remedy)
        })?;
        Ok(self.folder.path().join(name))
    }
}

/// Results on disk while cells are still being worked on.
#[derive(Default)]
struct Upkeep {
    last: Option<(Instant, Duration)>,
}

impl Upkeep {
    /// Puts the finished cells together, unless that would take more than a tenth of the time.
    fn bring_up_to_date(&mut self, run: &Run, places: &[Place]) -> Result<()> {
        const RARELY: u32 = 10;
        let due = |(at, took): (Instant, Duration)| at.elapsed() > took * RARELY;
        if run.plan == Plan::Train || !self.last.is_none_or(due) {
            return Ok(());
        }
        let begun = Instant::now();
        write_assembled(run.folder, &run.assembled(places)?)?;
        self.last = Some((Instant::now(), begun.elapsed()));
        Ok(())
    }
}

/// Writes the overview and the page.
pub fn write_report(folder: &RunFolder, results: &Results) -> Result<()> {
    let load = |file: &PatternFile| npy::read(folder.path().join(&file.npy));
    if let Some(sheet) = overview::overview(results, &load)? {
        folder.write("patterns/overview.png", &sheet.png()?)?;
    }
    let page = report::html(results, folder.path())?;
    folder.write("report.html", page.as_bytes())
}

/// Prints what a run found.
pub fn tell(results: &Results, run: &Path) -> Result<()> {
    let summary = Summary::new(results);
    if let Some(layer) = summary.last_layer() {
        say(report::scheme_table(results, layer).text())?;
    }
    say(report::bars(&summary))?;
    let [headline, finding] = [report::headline(results), report::finding(results)]
        .map(|text| table::wrap(&text, table::TEXT_WIDTH));
    let page = run.join("report.html");
    say(format!(
        "{headline}\n\n{finding}\n\nreport  {}",
        page.display()
    ))
}
