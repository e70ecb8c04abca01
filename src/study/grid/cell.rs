//! The cells of a grid, and finished ones on disk.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{entries, gzip, read_unpacked, remove_if_there, write_atomic};
use crate::padding::Padding;
use crate::study::binding::Made;
use crate::study::checksums::{Checksums, open, seal};
use crate::study::config::RunConfig;
use crate::study::folder::{RunFolder, file_part};
use crate::study::growth::{Before, Change};
use crate::study::results::{Diverged, Results};

/// The folder of the cells inside a run's.
pub const CELLS: &str = "cells";
/// The longest file of a cell that is read, unpacked.
pub const LARGEST: u64 = 1 << 30;

/// What the names of finished cells end with.
pub const FINISHED: &str = ".json.gz";
/// What those of cells in training end with.
pub const BEGUN: &str = ".begun";

/// Everything that is known of a finished cell: `cells/reflect-seed0.json.gz`, which holds its own checksum.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finished {
    /// How it was made.
    pub made: Made,
    /// The checksums of its files.
    pub files: Checksums,
    /// What was measured, as of a run of this cell alone.
    pub results: Results,
    /// What growth is computed from.
    pub changes: Vec<Change>,
    /// The checkpoint that was written last, by its path inside the run folder.
    pub last_checkpoint: Option<String>,
    /// Why its training ended early, if it diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<Diverged>,
}

/// What is known of a cell whose training has not ended: `cells/reflect-seed0.begun`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begun {
    /// How it is made.
    pub made: Made,
    /// The checksums of its files so far; that of the log is not among them.
    pub files: Checksums,
    /// What was measured up to its last checkpoint.
    pub results: Results,
    /// What growth will be computed from.
    pub before: Before,
    /// The last checkpoint, by its path inside the run folder.
    pub last_checkpoint: Option<String>,
    /// The checkpoint of the epoch with the highest test accuracy, and that accuracy.
    #[serde(default)]
    pub best: Option<(String, f64)>,
    /// The stage of the last checkpoint, where it is still to be measured.
    #[serde(default)]
    pub unmeasured: Option<String>,
    /// Bytes of the log up to there.
    pub log: u64,
}

impl Begun {
    /// Nothing yet.
    pub fn new(made: Made, results: Results) -> Begun {
        Begun {
            made,
            files: Checksums::default(),
            results,
            before: Before::default(),
            last_checkpoint: None,
            best: None,
            unmeasured: None,
            log: 0,
        }
    }
}

/// The part of a finished or a begun cell that says where it belongs.
#[derive(Clone, Debug, Deserialize)]
pub struct Bound {
    /// How it was made.
    pub made: Made,
    /// The checksums of its files.
    pub files: Checksums,
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

    /// The settings that its values depend on, of those of its grid: its own scheme and seed alone.
    pub fn settings(&self, grid: &RunConfig) -> RunConfig {
        RunConfig {
            padding: vec![self.padding.to_string()],
            seed: self.seed,
            seeds: 1,
            ..grid.of_values()
        }
    }

    /// The file of the finished cell, by its path inside the run folder.
    pub fn file(&self) -> String {
        format!("{CELLS}/{}{FINISHED}", self.label())
    }

    /// Whether this cell is finished in a run's folder.
    pub fn is_finished(&self, run: &Path) -> bool {
        run.join(self.file()).is_file()
    }

    /// The file of the cell in training, likewise.
    pub fn begun_file(&self) -> String {
        format!("{CELLS}/{}{BEGUN}", self.label())
    }

    /// Writes the finished cell; from then on it is never run again.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write(&self, folder: &RunFolder, finished: &Finished) -> Result<()> {
        folder.write(&self.file(), &gzip(&seal(finished)?))?;
        self.forget_begun(folder)
    }

    /// Removes what was noted of the cell while it trained, where a killed run left it beside the finished cell.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn forget_begun(&self, folder: &RunFolder) -> Result<()> {
        remove_if_there(&folder.path().join(self.begun_file()))
    }

    /// Notes how far the training of the cell has come; a resumed run goes on from there.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write_begun(&self, folder: &RunFolder, begun: &Begun) -> Result<()> {
        let path = folder.file(&self.begun_file())?;
        write_atomic(path, &seal(begun)?)
    }

    /// How far an interrupted run has come with the training of the cell.
    ///
    /// # Errors
    /// As [`Cell::read`].
    pub fn read_begun(&self, run: &Path) -> Result<Option<Begun>> {
        read_sealed(&run.join(self.begun_file()))
    }

    /// The finished cell of a run's folder, if there is one.
    ///
    /// # Errors
    /// Where the file cannot be read or is damaged.
    pub fn read(&self, run: &Path) -> Result<Option<Finished>> {
        read_sealed(&run.join(self.file()))
    }

    /// Where the finished cell of a run's folder belongs, if there is one.
    ///
    /// # Errors
    /// As [`Cell::read`].
    pub fn bound(&self, run: &Path) -> Result<Option<Bound>> {
        read_sealed(&run.join(self.file()))
    }

    /// Whether what a run's folder has of the cell, finished or begun, was made like `own`.
    ///
    /// # Errors
    /// A usage error that names what differs; as [`Cell::read`].
    pub fn check(&self, run: &Path, own: &Made, any_isa: bool) -> Result<()> {
        for file in [self.file(), self.begun_file()] {
            let path = run.join(file);
            if let Some(found) = read_sealed::<Bound>(&path)? {
                found.made.belongs(&path, own, any_isa)?;
            }
        }
        Ok(())
    }
}

/// The content of a file of a cell, if there is one.
fn read_sealed<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    if !path.exists() {
        return Ok(None);
    }
    let found = open(&read_unpacked(path, LARGEST)?);
    let remedy = "remove the file, and resume the run to work on the cell again";
    found.map_err(|problem| Error::file(path, problem, remedy))
}

/// Whether a run's folder has cells that are not among these.
///
/// # Errors
/// A usage error that names one that it has.
pub fn check_no_others(run: &Path, cells: &[Cell]) -> Result<()> {
    let folder = run.join(CELLS);
    if !folder.is_dir() {
        return Ok(());
    }
    let known = cells
        .iter()
        .flat_map(|cell| [cell.file(), cell.begun_file()]);
    let known: Vec<PathBuf> = known.map(|file| run.join(file)).collect();
    match entries(&folder)?
        .into_iter()
        .find(|path| !known.contains(path))
    {
        None => Ok(()),
        Some(other) => Err(Error::usage(
            other.display().to_string(),
            "it is none of the cells of config.toml: its padding or its seed is not there",
            "go on with the settings that the run was begun with, or use another folder",
        )),
    }
}
