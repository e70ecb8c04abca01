//! `padgrad merge`: one run from the folders of a study that was shared out.

use std::path::{Path, PathBuf};

use clap::Args;

use super::config::{CONFIG, RunConfig};
use super::output::{RunFolder, print_json, say};
use super::run::{Place, assemble, places, tell, write_assembled, write_report};
use crate::error::{Error, Result};

/// How many missing cells an error names.
const NAMED: usize = 8;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct MergeArgs {
    /// Run folders, each with some of the cells
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Folder to write; it must not exist [default: the next free runs/study-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Machine-readable results on stdout
    #[arg(long)]
    json: bool,
}

/// A grid and who has which of its cells.
struct Grid {
    folder: Option<String>,
    config: RunConfig,
    cells: Vec<(Place, PathBuf)>,
}

/// Joins the folders.
pub fn run(args: &MergeArgs) -> Result<()> {
    let config = common_config(&args.runs)?;
    let mut grids = Vec::new();
    for (folder, config) in config.workloads() {
        let own = |run: &PathBuf| folder.as_ref().map_or_else(|| run.clone(), |f| run.join(f));
        let runs: Vec<PathBuf> = args.runs.iter().map(own).collect();
        let cells = owners(&config, &runs)?;
        grids.push(Grid {
            folder,
            config,
            cells,
        });
    }
    let folder = RunFolder::create(args.out.as_deref(), "study")?;
    let written = folder
        .write(CONFIG, config.to_toml()?.as_bytes())
        .and_then(|()| {
            grids
                .iter()
                .try_for_each(|grid| join(&folder, grid, args.json))
        });
    if written.is_err() {
        folder.discard();
    }
    written
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
fn owners(config: &RunConfig, runs: &[PathBuf]) -> Result<Vec<(Place, PathBuf)>> {
    let (mut cells, mut missing) = (Vec::new(), Vec::new());
    for place in places(config, &config.validate()?) {
        let mut having = runs.iter().filter(|run| place.is_finished(run));
        match (having.next(), having.next()) {
            (None, _) => missing.push(place.label()),
            (Some(run), None) => cells.push((place, run.clone())),
            (Some(a), Some(b)) => {
                return Err(Error::usage(
                    format!("{} and {}", a.display(), b.display()),
                    format!("both have the cell {}", place.label()),
                    "leave one of them out",
                ));
            }
        }
    }
    if missing.is_empty() {
        return Ok(cells);
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
        "run the shard again with --resume, or name the folder that has it",
    ))
}

/// Copies the files of every cell and writes what they give together.
fn join(folder: &RunFolder, grid: &Grid, json: bool) -> Result<()> {
    let own = folder.of_grid(grid.folder.as_deref());
    own.write(CONFIG, grid.config.to_toml()?.as_bytes())?;
    for (place, run) in &grid.cells {
        copy_cell(&place.label(), run, &own)?;
    }
    let places: Vec<Place> = grid.cells.iter().map(|(place, _)| *place).collect();
    let results = assemble(own.path(), &places, grid.config.images)?;
    write_assembled(&own, &results)?;
    write_report(&own, &results)?;
    if json {
        return print_json(&results);
    }
    if let Some(name) = &grid.folder {
        say(format!("== {name}\n"))?;
    }
    tell(&results, own.path())
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
