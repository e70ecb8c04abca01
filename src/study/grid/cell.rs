//! The cells of a grid, finished ones on disk, and the results that are put together from them.

use std::io::ErrorKind;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::padding::Padding;
use crate::study::config::RunConfig;
use crate::study::csv;
use crate::study::folder::{RunFolder, file_part};
use crate::study::growth::{self, Before, Change};
use crate::study::record::write_results;
use crate::study::results::Results;

/// The longest file of a cell that is read.
const LARGEST: u64 = 1 << 30;

/// Everything that is known of a finished cell: `cells/reflect-seed0.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finished {
    /// What was measured, as of a run of this cell alone.
    pub results: Results,
    /// What growth is computed from.
    pub changes: Vec<Change>,
    /// The checkpoint that was written last, by its path inside the run folder.
    pub last_checkpoint: Option<String>,
}

/// What is known of a cell whose training has not ended: `cells/reflect-seed0.begun`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begun {
    /// What was measured up to its last checkpoint.
    pub results: Results,
    /// What growth will be computed from.
    pub before: Before,
    /// The last checkpoint, by its path inside the run folder.
    pub last_checkpoint: Option<String>,
    /// Bytes of the log up to there.
    pub log: u64,
}

/// A cell of a grid: a scheme and a seed, and so one network.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The scheme.
    pub padding: Padding,
    /// The seed.
    pub seed: u64,
}

/// The cells of a grid: every scheme with every seed.
pub fn cells(config: &RunConfig, paddings: &[Padding]) -> Vec<Cell> {
    let seeds = config.seed..config.seed + config.seeds as u64;
    let of_scheme = |&padding| seeds.clone().map(move |seed| Cell { padding, seed });
    paddings.iter().flat_map(of_scheme).collect()
}

impl Cell {
    /// `reflect-seed0`: what the names of the network's files begin with.
    pub fn label(&self) -> String {
        format!("{}-seed{}", file_part(&self.padding.to_string()), self.seed)
    }

    fn file(&self) -> String {
        format!("cells/{}.json", self.label())
    }

    /// Whether this cell is finished in a run's folder.
    pub fn is_finished(&self, run: &Path) -> bool {
        run.join(self.file()).is_file()
    }

    fn begun_file(&self) -> String {
        format!("cells/{}.begun", self.label())
    }

    /// Writes the finished cell; from then on it is never run again.
    pub fn write(&self, folder: &RunFolder, finished: &Finished) -> Result<()> {
        folder.write(&self.file(), &compact(finished)?)?;
        self.forget_begun(folder)
    }

    /// Removes what was noted of the cell while it trained, where a killed run left it beside the finished cell.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn forget_begun(&self, folder: &RunFolder) -> Result<()> {
        let begun = folder.path().join(self.begun_file());
        match std::fs::remove_file(&begun) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io(&begun, "remove", e)),
            _ => Ok(()),
        }
    }

    /// Notes how far the training of the cell has come; a resumed run goes on from there.
    pub fn write_begun(&self, folder: &RunFolder, begun: &Begun) -> Result<()> {
        folder.write(&self.begun_file(), &compact(begun)?)
    }

    /// How far an interrupted run has come with the training of the cell.
    ///
    /// # Errors
    /// As [`Cell::read`].
    pub fn read_begun(&self, run: &Path) -> Result<Option<Begun>> {
        let begun: Option<Begun> = read_json(&run.join(self.begun_file()))?;
        if let Some(begun) = &begun {
            check_version(&begun.results, &run.join(self.begun_file()))?;
        }
        Ok(begun)
    }

    /// The finished cell of a run's folder, if there is one.
    ///
    /// # Errors
    /// Where the file cannot be read, or another version of padgrad wrote it.
    pub fn read(&self, run: &Path) -> Result<Option<Finished>> {
        let path = run.join(self.file());
        let finished: Option<Finished> = read_json(&path)?;
        if let Some(finished) = &finished {
            check_version(&finished.results, &path)?;
        }
        Ok(finished)
    }
}

fn unusable(path: &Path, problem: String) -> Error {
    let remedy = "remove the file, and resume the run to work on the cell again";
    Error::file(path, problem, remedy)
}

fn compact(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|e| Error::invalid("JSON output", e.to_string(), "this is a bug; report it"))
}

/// The content of a file of a cell, if there is one.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if !path.exists() {
        return Ok(None);
    }
    let found = serde_json::from_slice(&read_up_to(path, LARGEST)?);
    found.map_err(|e| unusable(path, format!("it is no cell of a run ({e})")))
}

fn check_version(results: &Results, path: &Path) -> Result<()> {
    let (version, own) = (&results.version, env!("CARGO_PKG_VERSION"));
    if version == own {
        return Ok(());
    }
    let problem = format!("padgrad {version} wrote it, and this is padgrad {own}");
    Err(unusable(path, problem))
}

/// Puts the finished cells of a run together, in the order of the grid.
///
/// # Errors
/// As [`Cell::read`].
pub fn assemble(folder: &RunFolder, cells: &[Cell], images: usize) -> Result<Results> {
    let mut results = folder.results_of("study", images);
    let mut changes = Vec::new();
    for cell in cells {
        let Some(finished) = cell.read(folder.path())? else {
            continue;
        };
        let scheme = cell.padding.to_string();
        if results.layers.iter().all(|l| l.scheme != scheme) {
            results.layers.extend(finished.results.layers);
        }
        results.rows.extend(finished.results.rows);
        results.epochs.extend(finished.results.epochs);
        results.patterns.extend(finished.results.patterns);
        changes.extend(finished.changes);
    }
    results.growth = growth::growth(&changes);
    Ok(results)
}

/// Writes all files of numbers that a run's finished cells give.
///
/// # Errors
/// As [`assemble`], and where the folder cannot be written.
pub fn write_assembled(folder: &RunFolder, results: &Results) -> Result<()> {
    write_results(folder, results)?;
    folder.write_together(&[
        ("growth.csv", csv::growth_csv(&results.growth).as_bytes()),
        ("epochs.csv", csv::epochs_csv(&results.epochs).as_bytes()),
    ])
}
