//! One run from the folders of a study that was shared out in shards.

use std::path::{Path, PathBuf};

use super::binding::{Binding, Made};
use super::checksums::{changed, checksum_of};
use super::config::{CONFIG, RunConfig};
use super::folder::{Ended, RunFolder, is_hardly_begun};
use super::grid::assemble::{assemble, in_turn, write_assembled};
use super::grid::cell::{Bound, Cell, cells};
use super::results::Results;
use crate::error::{Error, Result};
use crate::files::{copy, flush, remove_if_there};

/// The file that lies in a merge's folder until it is whole.
const UNFINISHED: &str = ".merging";
/// How many missing cells an error names.
const NAMED: usize = 8;

/// A grid and who has which of its cells.
struct Shared {
    name: Option<String>,
    config: RunConfig,
    cells: Vec<(Cell, PathBuf)>,
}

/// The parts of one study, which have every cell once.
pub struct Merge {
    config: RunConfig,
    grids: Vec<Shared>,
}

impl Merge {
    /// Looks for every cell in the folders; cells of different instruction sets belong together only if it may be
    /// `any`.
    ///
    /// # Errors
    /// Where the folders or their cells are not parts of one study, or a cell is in none or in two of them.
    pub fn prepare(runs: &[PathBuf], any_isa: bool) -> Result<Merge> {
        let config = common_config(runs)?;
        let mut grids = Vec::new();
        for (name, config) in config.workloads()? {
            let own = |run: &PathBuf| name.as_ref().map_or_else(|| run.clone(), |n| run.join(n));
            let runs: Vec<PathBuf> = runs.iter().map(own).collect();
            let cells = owners(&config, &runs)?;
            check_together(&config, &cells, any_isa)?;
            grids.push(Shared {
                name,
                config,
                cells,
            });
        }
        Ok(Merge { config, grids })
    }

    /// Makes the folder `out`, or the next free `runs/study-001`; one that a merge was killed in is begun anew.
    ///
    /// # Errors
    /// Where it exists already or cannot be written.
    pub fn folder(&self, out: Option<&Path>) -> Result<RunFolder> {
        let folder = match out {
            Some(out) if out.join(UNFINISHED).exists() => RunFolder::resume(out)?,
            Some(out) if out.is_dir() && is_hardly_begun(out)? => RunFolder::resume(out)?,
            _ => RunFolder::create(out, "study")?,
        };
        folder.or_discard(folder.write(UNFINISHED, b""))?;
        // It is gone at the end, and so no file of the run.
        folder.forget(UNFINISHED);
        Ok(folder)
    }

    /// Copies the files of every cell into `folder` and writes what they give together; `ended` is called with
    /// each grid.
    ///
    /// # Errors
    /// Where a file cannot be read or written; a new folder is then taken away.
    pub fn run(
        &self,
        folder: &RunFolder,
        ended: &mut dyn FnMut(Ended) -> Result<()>,
    ) -> Result<()> {
        let mut join = || {
            folder.write(CONFIG, self.config.to_toml()?.as_bytes())?;
            self.grids.iter().try_for_each(|grid| {
                let own = folder.of_grid(grid.name.as_deref())?;
                ended(Ended {
                    grid: grid.name.as_deref(),
                    folder: &own,
                    results: &grid.join(&own)?,
                })
            })?;
            folder.write_checksums()?;
            remove_if_there(&folder.path().join(UNFINISHED))
        };
        folder.or_discard(join())
    }
}

impl Shared {
    fn join(&self, folder: &RunFolder) -> Result<Results> {
        folder.write(CONFIG, self.config.to_toml()?.as_bytes())?;
        let mut copies = Vec::new();
        let copied = |(cell, run): &(Cell, PathBuf)| copy_cell(cell, run, folder);
        in_turn(&self.cells, copied, |_, copied| {
            copies.extend(copied);
            Ok(())
        })?;
        flush(&copies)?;
        let cells: Vec<Cell> = self.cells.iter().map(|(cell, _)| *cell).collect();
        let results = assemble(folder, &cells, &self.config)?;
        write_assembled(folder, &cells, &results)?;
        folder.draw(&results)?;
        folder.write_checksums()?;
        Ok(results)
    }
}

/// The configuration that all runs share.
fn common_config(runs: &[PathBuf]) -> Result<RunConfig> {
    let mut common: Option<(RunConfig, &Path)> = None;
    for run in runs {
        let config = RunConfig::read(&run.join(CONFIG))?;
        match &common {
            None => common = Some((config, run)),
            Some((first, path)) => {
                if let Some(difference) = first.difference(&config) {
                    return Err(Error::usage(
                        format!("{} and {}", path.display(), run.display()),
                        format!("they do not belong together: {difference}"),
                        "join parts of one study alone",
                    ));
                }
            }
        }
    }
    let none = || Error::usage("merge", "no run is named", "name the folders to join");
    common.map(|(config, _)| config).ok_or_else(none)
}

/// Whether all cells were made with these settings, and otherwise alike.
fn check_together(config: &RunConfig, cells: &[(Cell, PathBuf)], any_isa: bool) -> Result<()> {
    let mut first: Option<Binding> = None;
    let read = |(cell, run): &(Cell, PathBuf)| cell.bound(run);
    in_turn(cells, read, |(cell, run), bound| {
        let Some(Bound { made, .. }) = bound else {
            return Ok(());
        };
        let own = Made {
            settings: cell.settings(config),
            binding: first.get_or_insert_with(|| made.binding.clone()).clone(),
        };
        made.belongs(&run.join(cell.file()), &own, any_isa)
    })
}

/// For every cell of a grid the one run that has finished it.
fn owners(config: &RunConfig, runs: &[PathBuf]) -> Result<Vec<(Cell, PathBuf)>> {
    let (mut owned, mut missing) = (Vec::new(), Vec::new());
    for cell in cells(config, &config.validate()?) {
        let mut having = runs.iter().filter(|run| cell.is_finished(run));
        match (having.next(), having.next()) {
            (None, _) => missing.push(cell.label()),
            (Some(run), None) => owned.push((cell, run.clone())),
            (Some(a), Some(b)) => {
                return Err(Error::usage(
                    format!("{} and {}", a.display(), b.display()),
                    format!("both have the cell {}", cell.label()),
                    "leave one of them out",
                ));
            }
        }
    }
    if missing.is_empty() {
        return Ok(owned);
    }
    let more = match missing.len() {
        ..=NAMED => String::new(),
        n => format!(" and {} more", n - NAMED),
    };
    Err(Error::usage(
        "merge",
        format!(
            "no run has finished {}{more}",
            missing[..missing.len().min(NAMED)].join(", ")
        ),
        "resume the shard, or name the folder that has it",
    ))
}

/// Copies a cell and its files, each of which must be as it was written; the copies.
fn copy_cell(cell: &Cell, run: &Path, to: &RunFolder) -> Result<Vec<PathBuf>> {
    let mut copies = Vec::new();
    let files = cell
        .bound(run)?
        .map(|bound| bound.files)
        .unwrap_or_default();
    for (file, known) in files.iter() {
        let (from, target) = (run.join(file), to.file(file)?);
        copy(&from, &target)?;
        copies.push(target.clone());
        if checksum_of(&target)? != known {
            return Err(changed(&from));
        }
    }
    let (from, target) = (run.join(cell.file()), to.file(&cell.file())?);
    copy(&from, &target)?;
    copies.push(target);
    Ok(copies)
}
