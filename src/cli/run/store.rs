//! Finished cells on disk, and the results that are put together from them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::output::{RunFolder, file_part};
use crate::cli::record::write_results;
use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::padding::Padding;
use crate::study::csv;
use crate::study::growth::{self, Change};
use crate::study::results::Results;

/// The longest file of a cell that is read.
const LARGEST: u64 = 1 << 30;

/// Everything that is known of a finished cell: `cells/reflect-seed0.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finished {
    pub results: Results,
    /// What growth is computed from.
    pub changes: Vec<Change>,
    pub last_checkpoint: Option<String>,
}

/// Which cell of a grid: a scheme and a seed.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub padding: Padding,
    pub seed: u64,
}

/// `reflect-seed0`: what the names of a network's files begin with.
pub fn label(padding: &Padding, seed: u64) -> String {
    format!("{}-seed{seed}", file_part(&padding.to_string()))
}

impl Place {
    /// See [`label`].
    pub fn label(&self) -> String {
        label(&self.padding, self.seed)
    }

    fn file(&self) -> String {
        format!("cells/{}.json", self.label())
    }

    /// Whether this cell is finished in a run's folder.
    pub fn is_finished(&self, run: &Path) -> bool {
        run.join(self.file()).is_file()
    }

    /// Writes the finished cell; from then on it is never run again.
    pub fn write(&self, folder: &RunFolder, finished: &Finished) -> Result<()> {
        let json = serde_json::to_vec(finished).map_err(|e| {
            Error::invalid("JSON output", e.to_string(), "this is a bug; report it")
        })?;
        folder.write(&self.file(), &json)
    }

    /// The finished cell of a run's folder, if there is one.
    ///
    /// # Errors
    /// Where the file cannot be read, or another version of padgrad wrote it.
    pub fn read(&self, run: &Path) -> Result<Option<Finished>> {
        let path = run.join(self.file());
        if !path.exists() {
            return Ok(None);
        }
        let refuse = |problem: String| {
            let remedy = "remove the file, and the cell is run again with --resume";
            Error::file(&path, problem, remedy)
        };
        let finished: Finished = serde_json::from_slice(&read_up_to(&path, LARGEST)?)
            .map_err(|e| refuse(format!("it is no finished cell ({e})")))?;
        let own = env!("CARGO_PKG_VERSION");
        if finished.results.version != own {
            let version = &finished.results.version;
            return Err(refuse(format!(
                "padgrad {version} wrote it, and this is padgrad {own}"
            )));
        }
        Ok(Some(finished))
    }
}

/// Puts the finished cells of a run together, in the order of the grid.
///
/// # Errors
/// As [`Place::read`].
pub fn assemble(run: &Path, places: &[Place], images: usize) -> Result<Results> {
    let mut results = Results::new("study", "padgrad study --config config.toml", images);
    let mut changes = Vec::new();
    for place in places {
        let Some(cell) = place.read(run)? else {
            continue;
        };
        let scheme = place.padding.to_string();
        if results.layers.iter().all(|l| l.scheme != scheme) {
            results.layers.extend(cell.results.layers);
        }
        results.rows.extend(cell.results.rows);
        results.epochs.extend(cell.results.epochs);
        results.patterns.extend(cell.results.patterns);
        changes.extend(cell.changes);
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
