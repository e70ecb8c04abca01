//! One run from the folders of a study that was shared out in shards.

use std::path::{Path, PathBuf};

use super::config::{CONFIG, RunConfig};
use super::folder::{Ended, RunFolder};
use super::grid::cell::{Cell, assemble, cells, write_assembled};
use super::results::Results;
use crate::error::{Error, Result};

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
    /// Looks for every cell in the folders.
    ///
    /// # Errors
    /// Where the folders are not parts of one study, or a cell is in none or in two of them.
    pub fn prepare(runs: &[PathBuf]) -> Result<Merge> {
        let config = common_config(runs)?;
        let mut grids = Vec::new();
        for (name, config) in config.workloads() {
            let own = |run: &PathBuf| name.as_ref().map_or_else(|| run.clone(), |n| run.join(n));
            let runs: Vec<PathBuf> = runs.iter().map(own).collect();
            let cells = owners(&config, &runs)?;
            grids.push(Shared {
                name,
                config,
                cells,
            });
        }
        Ok(Merge { config, grids })
    }

    /// Copies the files of every cell into `folder` and writes what they give together; `ended` is called with
    /// each grid.
    ///
    /// # Errors
    /// Where a file cannot be read or written; the folder is then taken away.
    pub fn run(
        &self,
        folder: &RunFolder,
        ended: &mut dyn FnMut(Ended) -> Result<()>,
    ) -> Result<()> {
        let mut join = || {
            folder.write(CONFIG, self.config.to_toml()?.as_bytes())?;
            self.grids.iter().try_for_each(|grid| {
                let own = folder.of_grid(grid.name.as_deref());
                ended(Ended {
                    grid: grid.name.as_deref(),
                    folder: &own,
                    results: &grid.join(&own)?,
                })
            })
        };
        folder.or_discard(join())
    }
}

impl Shared {
    fn join(&self, folder: &RunFolder) -> Result<Results> {
        folder.write(CONFIG, self.config.to_toml()?.as_bytes())?;
        for (cell, run) in &self.cells {
            copy_cell(&cell.label(), run, folder)?;
        }
        let cells: Vec<Cell> = self.cells.iter().map(|(cell, _)| *cell).collect();
        let results = assemble(folder, &cells, self.config.images)?;
        write_assembled(folder, &results)?;
        folder.draw(&results)?;
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

/// Copies every file one folder down whose name begins with the cell's label.
fn copy_cell(label: &str, run: &Path, to: &RunFolder) -> Result<()> {
    let of_cell = |name: &str| {
        let rest = name.strip_prefix(label);
        rest.is_some_and(|rest| rest.starts_with(['-', '.']))
    };
    for kind in entries(run)?.into_iter().filter(|path| path.is_dir()) {
        for file in entries(&kind)? {
            let Some(name) = file.file_name().and_then(|n| n.to_str()) else {
                continue;
            };
            if of_cell(name)
                && let Ok(relative) = file.strip_prefix(run)
            {
                let target = to.path().join(relative);
                if let Some(parent) = target.parent() {
                    std::fs::create_dir_all(parent).map_err(|e| Error::io(parent, "create", e))?;
                }
                std::fs::copy(&file, &target).map_err(|e| Error::io(&target, "write", e))?;
            }
        }
    }
    Ok(())
}

/// What lies in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    let mut found = list().map_err(|e| Error::io(folder, "list", e))?;
    found.sort();
    Ok(found)
}
