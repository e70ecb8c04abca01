//! A run as it grows: rows, patterns, logs and the folder that holds them.

mod cell;

use serde::Serialize;

use super::config::RunConfig;
use super::output::{Log, RunFolder, file_part, to_json};
use super::progress::Progress;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::nn::LayerInfo;
use crate::padding::Padding;
use crate::ppp::{LayerMeasurement, Measurement, Metric, share};
use crate::report::results::{EpochRow, Layer, PatternFile, Results, Row};
use crate::report::{self, csv, heatmap, npy, overview};
use crate::train::StepRecord;
use crate::train::checkpoint::Checkpoint;
pub use cell::check;
use cell::{Cell, Stage};

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

/// How many channels a heatmap of `patterns/` shows.
const CHANNELS_SHOWN: usize = 16;

impl Run {
    /// Writes the configuration and opens the log.
    pub fn begin(
        plan: Plan,
        config: RunConfig,
        folder: RunFolder,
        progress: Progress,
    ) -> Result<Run> {
        folder.write("config.toml", config.to_toml()?.as_bytes())?;
        let log = Log::create(folder.file("log.jsonl")?)?;
        let results = Results {
            version: env!("CARGO_PKG_VERSION").into(),
            command: "padgrad study --config config.toml".into(),
            images: config.images,
            layers: Vec::new(),
            rows: Vec::new(),
            epochs: Vec::new(),
            patterns: Vec::new(),
        };
        Ok(Run {
            config,
            plan,
            progress,
            folder,
            log,
            results,
            last_checkpoint: None,
        })
    }

    /// The run's folder.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Works on every scheme with every seed; after each, what was measured so far is written.
    pub fn every_cell(&mut self, paddings: &[Padding], data: &Dataset) -> Result<()> {
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
                    self.write_results()?;
                }
            }
        }
        self.progress.finish();
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
        self.folder.write(
            "epochs.csv",
            csv::epochs_csv(&self.results.epochs).as_bytes(),
        )
    }

    /// Notes everything that was measured at one stage and writes the patterns.
    fn add_measurement(
        &mut self,
        cell: &Cell,
        stage: &Stage,
        found: Measurement,
        accuracy: f64,
        test_images: usize,
    ) -> Result<()> {
        let accuracy = share("test_accuracy", accuracy, test_images);
        self.add_rows(cell, stage, "model", &[accuracy]);
        self.add_rows(cell, stage, "output", &found.impact);
        for layer in &found.layers {
            self.add_rows(cell, stage, &layer.name, &layer.metrics);
            self.add_pattern(cell, stage, layer)?;
        }
        Ok(())
    }

    fn add_rows(&mut self, cell: &Cell, stage: &Stage, layer: &str, metrics: &[Metric]) {
        self.results.rows.extend(metrics.iter().map(|metric| Row {
            scheme: cell.padding.to_string(),
            seed: cell.seed,
            stage: stage.name.clone(),
            epoch: stage.epoch,
            step: stage.step,
            layer: layer.to_string(),
            metric: metric.name.clone(),
            value: metric.value,
            lo: metric.lo,
            hi: metric.hi,
        }));
    }

    fn add_pattern(&mut self, cell: &Cell, stage: &Stage, layer: &LayerMeasurement) -> Result<()> {
        let stem = format!("patterns/{}-{}", label(cell, stage), file_part(&layer.name));
        let (npy_name, png_name) = (format!("{stem}.npy"), format!("{stem}.png"));
        npy::write(self.folder.file(&npy_name)?, &layer.pattern)?;
        let picture = heatmap::channels_picture(&layer.pattern, CHANNELS_SHOWN)?;
        self.folder.write(&png_name, &picture.png)?;
        let &[c, h, w] = layer.pattern.shape() else {
            return Ok(());
        };
        self.results.patterns.push(PatternFile {
            scheme: cell.padding.to_string(),
            seed: cell.seed,
            stage: stage.name.clone(),
            epoch: stage.epoch,
            layer: layer.name.clone(),
            shape: [c, h, w],
            npy: npy_name,
            png: png_name,
        });
        Ok(())
    }

    /// Keeps the network of a stage.
    fn save_checkpoint(&mut self, cell: &Cell, stage: &Stage, what: &Checkpoint) -> Result<()> {
        let name = format!("checkpoints/{}.safetensors", label(cell, stage));
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

    fn write_results(&self) -> Result<()> {
        self.folder
            .write("results.json", to_json(&self.results)?.as_bytes())?;
        self.folder
            .write("results.csv", csv::results_csv(&self.results).as_bytes())
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

/// A cell and a stage as part of a file name: `reflect-seed0-final`.
fn label(cell: &Cell, stage: &Stage) -> String {
    let scheme = file_part(&cell.padding.to_string());
    format!("{scheme}-seed{}-{}", cell.seed, file_part(&stage.name))
}
