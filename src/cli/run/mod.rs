//! A run as it grows: rows, patterns, logs and the folder that holds them.

mod cell;

use serde::Serialize;

use super::config::RunConfig;
use super::output::{Log, RunFolder, file_part};
use super::progress::Progress;
use super::record::{Moment, write_results};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::nn::LayerInfo;
use crate::padding::Padding;
use crate::ppp::{Measurement, share};
use crate::report::results::{EpochRow, Layer, PatternFile, Results};
use crate::report::{self, csv, npy, overview};
use crate::train::StepRecord;
use crate::train::checkpoint::Checkpoint;
use cell::Cell;
pub use cell::measuring_seed;

/// What is done with each network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is measured before, during and after training.
    Study,
    /// It is trained, and kept after every epoch.
    Train,
}

/// A run in progress.
pub struct Run {
    config: RunConfig,
    plan: Plan,
    progress: Progress,
    folder: RunFolder,
    log: Log,
    results: Results,
    last_checkpoint: Option<String>,
}

/// A line of `log.jsonl`.
#[derive(Serialize)]
struct LogLine<'a> {
    scheme: &'a str,
    seed: u64,
    #[serde(flatten)]
    record: &'a StepRecord,
}

impl Run {
    /// Works on every scheme with every seed; after each, what was measured so far is written.
    ///
    /// # Errors
    /// Where training diverges or the folder cannot be written. Everything of the networks that were
    /// finished stays; a run that kept no network at all leaves no folder either.
    pub fn carry_out(
        plan: Plan,
        config: RunConfig,
        folder: RunFolder,
        progress: Progress,
        paddings: &[Padding],
        data: &Dataset,
    ) -> Result<Run> {
        let log = match begin(&config, &folder) {
            Ok(log) => log,
            Err(error) => {
                folder.discard();
                return Err(error);
            }
        };
        let command = "padgrad study --config config.toml";
        let results = Results::new("study", command, config.images);
        let mut run = Run {
            config,
            plan,
            progress,
            folder,
            log,
            results,
            last_checkpoint: None,
        };
        let worked = run.every_cell(paddings, data);
        run.progress.finish();
        match worked {
            Ok(()) => Ok(run),
            Err(error) => {
                if run.last_checkpoint.is_none() {
                    run.folder.discard();
                }
                Err(error)
            }
        }
    }

    /// The run's folder.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn every_cell(&mut self, paddings: &[Padding], data: &Dataset) -> Result<()> {
        let cells = paddings.len() * self.config.seeds;
        let mut number = 0;
        for &padding in paddings {
            for seed in self.config.seed..self.config.seed + self.config.seeds as u64 {
                number += 1;
                let name = format!("[{number}/{cells}] {padding}, seed {seed}");
                let cell = Cell {
                    padding,
                    seed,
                    data,
                    name,
                };
                cell.work(self)?;
                if self.plan == Plan::Study {
                    write_results(&self.folder, &self.results)?;
                }
            }
        }
        Ok(())
    }

    /// Notes the layers that are measured under a scheme.
    fn add_layers(&mut self, cell: &Cell, layers: &[LayerInfo]) {
        let scheme = cell.padding.to_string();
        if self.results.layers.iter().any(|l| l.scheme == scheme) {
            return;
        }
        self.results.layers.extend(layers.iter().map(|l| Layer {
            scheme: scheme.clone(),
            name: l.name.clone(),
            shape: l.shape,
        }));
    }

    /// Logs a step.
    fn log_step(&mut self, scheme: &str, seed: u64, record: &StepRecord) -> Result<()> {
        self.log.add(&LogLine {
            scheme,
            seed,
            record,
        })
    }

    /// Notes an epoch and brings `epochs.csv` up to date.
    fn add_epoch(&mut self, row: EpochRow) -> Result<()> {
        self.results.epochs.push(row);
        let text = csv::epochs_csv(&self.results.epochs);
        self.folder.write("epochs.csv", text.as_bytes())
    }

    /// Notes everything that was measured at a moment and writes the patterns.
    fn add_measurement(
        &mut self,
        moment: &Moment,
        found: &Measurement,
        accuracy: f64,
        test_images: usize,
    ) -> Result<()> {
        let accuracy = share("test_accuracy", accuracy, test_images);
        self.results.rows.extend(moment.rows("model", &[accuracy]));
        self.results.rows.extend(moment.all_rows(found));
        for layer in &found.layers {
            let stem = format!("patterns/{}-{}", label(moment), file_part(&layer.name));
            let pattern = moment.write_pattern(&self.folder, &stem, layer)?;
            self.results.patterns.push(pattern);
        }
        for frame in &found.frames {
            let stem = format!("mist/{}-{}-images", label(moment), frame.images);
            let kept = moment.write_frame(&self.folder, &stem, frame)?;
            self.results.patterns.push(kept);
        }
        Ok(())
    }

    /// Keeps the network of a stage.
    fn save_checkpoint(&mut self, moment: &Moment, what: &Checkpoint) -> Result<()> {
        let name = format!("checkpoints/{}.safetensors", label(moment));
        what.save(&self.folder.file(&name)?)?;
        self.last_checkpoint = Some(name);
        Ok(())
    }

    /// The error, with the place of the last good checkpoint.
    fn with_last_checkpoint(&self, error: Error) -> Error {
        match (error, self.last_checkpoint()) {
            (
                Error::Invalid {
                    what,
                    problem,
                    remedy,
                },
                Some(kept),
            ) => {
                let remedy = format!("{remedy}; the last good checkpoint is {}", kept.display());
                Error::invalid(what, problem, remedy)
            }
            (error, _) => error,
        }
    }

    /// The epochs so far.
    pub fn epochs(&self) -> &[EpochRow] {
        &self.results.epochs
    }

    /// The checkpoint written last.
    pub fn last_checkpoint(&self) -> Option<std::path::PathBuf> {
        self.last_checkpoint
            .as_ref()
            .map(|name| self.folder.path().join(name))
    }

    /// Writes the report and gives the results.
    pub fn finish(self) -> Result<Results> {
        let load = |file: &PatternFile| npy::read(self.folder.path().join(&file.npy));
        if let Some(sheet) = overview::overview(&self.results, &load)? {
            self.folder.write("patterns/overview.png", &sheet.png()?)?;
        }
        let page = report::html(&self.results, self.folder.path())?;
        self.folder.write("report.html", page.as_bytes())?;
        Ok(self.results)
    }
}

/// Writes what a run's folder holds from the start, and opens its log.
fn begin(config: &RunConfig, folder: &RunFolder) -> Result<Log> {
    folder.write("config.toml", config.to_toml()?.as_bytes())?;
    folder.write("epochs.csv", csv::epochs_csv(&[]).as_bytes())?;
    Log::create(folder.file("log.jsonl")?)
}

/// A network and a moment as part of a file name: `reflect-seed0-final`.
fn label(moment: &Moment) -> String {
    let [scheme, stage] = [&moment.scheme, &moment.stage].map(|text| file_part(text));
    format!("{scheme}-seed{}-{stage}", moment.seed)
}
