//! The results of a run, put together from its finished cells.

use std::io::{self, Write};

use rayon::prelude::*;

use super::cell::Cell;
use crate::error::{Error, Result};
use crate::ppp::{Metric, Region};
use crate::study::binding::{Binding, digest};
use crate::study::config::RunConfig;
use crate::study::csv;
use crate::study::folder::RunFolder;
use crate::study::growth;
use crate::study::moments::{FINAL, INIT};
use crate::study::record::{write_results_and, write_rows};
use crate::study::results::{Results, Row, RunKind};
use crate::study::schema::TEST_ACCURACY;

/// The most rows that `results.json` has whole. With more it has those alone that the page shows: memory must not grow
/// with everything that was measured.
const MOST_ROWS: usize = 4_000_000;

/// What `read` gives of every cell goes to `then`, in their order; some are read side by side.
///
/// # Errors
/// The first of either, in the order of the cells.
pub fn in_turn<C: Sync, R: Send>(
    cells: &[C],
    read: impl Fn(&C) -> Result<R> + Sync,
    mut then: impl FnMut(&C, R) -> Result<()>,
) -> Result<()> {
    const SIDE_BY_SIDE: usize = 64;
    for some in cells.chunks(SIDE_BY_SIDE) {
        let read: Vec<Result<R>> = some.par_iter().map(&read).collect();
        for (cell, read) in some.iter().zip(read) {
            then(cell, read?)?;
        }
    }
    Ok(())
}

/// Puts the finished cells of a run of `config` together, in the order of the grid.
///
/// # Errors
/// As [`Cell::read`].
pub fn assemble(folder: &RunFolder, cells: &[Cell], config: &RunConfig) -> Result<Results> {
    assemble_up_to(MOST_ROWS, folder, cells, config)
}

fn assemble_up_to(
    most: usize,
    folder: &RunFolder,
    cells: &[Cell],
    config: &RunConfig,
) -> Result<Results> {
    let results = folder.results_of(RunKind::Study, config.images);
    let mut results = results.on(&config.arch, &config.data.name);
    results.settings = toml::Table::try_from(config).ok();
    let own = digest(config)?;
    let (mut changes, mut machines) = (Vec::new(), [Vec::new(), Vec::new()]);
    let read = |cell: &Cell| match cell.read(folder.path())? {
        Some(finished) => folder.note(&cell.file()).map(|()| Some(finished)),
        None => Ok(None),
    };
    in_turn(cells, read, |cell, finished| {
        let Some(finished) = finished else {
            return Ok(());
        };
        folder.note_all(&finished.files);
        results.binding = Some(Binding {
            config: own.clone(),
            ..finished.made.binding
        });
        let found = [&finished.results.cpu, &finished.results.isa];
        for (known, name) in machines.iter_mut().zip(found) {
            if !known.contains(name) {
                known.push(name.clone());
            }
        }
        if let Some(diverged) = finished.diverged {
            results.diverged.push(diverged);
            return Ok(());
        }
        let scheme = cell.padding.to_string();
        if results.layers.iter().all(|l| l.scheme != scheme) {
            results.layers.extend(finished.results.layers);
        }
        add_rows(&mut results, finished.results.rows, most);
        results.epochs.extend(finished.results.epochs);
        results.patterns.extend(finished.results.patterns);
        changes.extend(finished.changes);
        Ok(())
    })?;
    [results.cpu, results.isa] = machines.map(|names| names.join("; "));
    if let Some(binding) = &mut results.binding {
        binding.isa.clone_from(&results.isa);
    }
    results.growth = growth::growth(&changes);
    Ok(results)
}

/// Adds rows; beyond `most` of them those alone that the page shows, then and from the first on.
fn add_rows(results: &mut Results, mut rows: Vec<Row>, most: usize) {
    let all = results.rows.len() + results.rows_left_out + rows.len();
    let leave_out = |rows: &mut Vec<Row>| {
        let before = rows.len();
        rows.retain(is_shown);
        before - rows.len()
    };
    if all > most {
        if results.rows_left_out == 0 {
            results.rows_left_out += leave_out(&mut results.rows);
        }
        results.rows_left_out += leave_out(&mut rows);
    }
    results.rows.extend(rows);
}

/// Whether the page shows a row: everything of whole maps before and after training, the curves between, the profile
/// after.
fn is_shown(row: &Row) -> bool {
    let is = |metric: Metric| row.metric == metric.name();
    match row.region {
        Region::Whole if [INIT, FINAL].contains(&row.stage.as_str()) => true,
        Region::Whole => is(Metric::Rms) || is(Metric::NRms) || row.metric == TEST_ACCURACY,
        Region::Ring(_) => is(Metric::Rms) && row.stage == FINAL,
        _ => false,
    }
}

/// Writes all files of numbers that a run's finished cells give.
///
/// # Errors
/// As [`assemble`], and where the folder cannot be written.
pub fn write_assembled(folder: &RunFolder, cells: &[Cell], results: &Results) -> Result<()> {
    let rows: &dyn Fn(&mut dyn Write) -> io::Result<()> = &|file| match results.rows_left_out {
        0 => write_rows(file, results, &results.rows),
        _ => write_rows_of_cells(file, folder, cells, results),
    };
    write_results_and(folder, results, rows)?;
    let [growth, epochs] = [
        csv::growth_csv(&results.growth),
        csv::epochs_csv(&results.epochs),
    ];
    folder.write_together([
        ("growth.csv", &|file| file.write_all(growth.as_bytes())),
        ("epochs.csv", &|file| file.write_all(epochs.as_bytes())),
    ])
}

/// Writes the lines of all rows, cell by cell.
fn write_rows_of_cells(
    file: &mut dyn Write,
    folder: &RunFolder,
    cells: &[Cell],
    results: &Results,
) -> io::Result<()> {
    let read = |cell: &Cell| cell.read(folder.path());
    let unwritten = |e| Error::io(folder.path().join("results.csv"), "write", e);
    let written = in_turn(cells, read, |_, finished| match finished {
        Some(finished) if finished.diverged.is_none() => {
            write_rows(file, results, &finished.results.rows).map_err(unwritten)
        }
        _ => Ok(()),
    });
    written.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::experiment::{RunOptions, Study};
    use crate::study::grid::cell::cells;

    #[test]
    fn a_study_of_many_rows_keeps_all_in_the_table_and_what_is_shown_in_json() {
        let config = RunConfig::tiny();
        let place = tempfile::tempdir().expect("a temporary folder");
        let study = Study::prepare(config.clone(), RunOptions::default()).expect("a study");
        let folder = study.create(Some(&place.path().join("run")), "study");
        let folder = folder.expect("a new folder");
        let whole = study.run(&folder, &|_| {}).expect("a study").remove(0);
        let table = || std::fs::read_to_string(folder.path().join("results.csv")).expect("a table");
        let wanted = table();
        let cells = cells(&config, &config.validate().expect("settings"));
        // The first cell still fits.
        for most in [0, whole.rows.len() - 1] {
            let found = assemble_up_to(most, &folder, &cells, &config).expect("results");
            let shown = whole.rows.iter().filter(|row| is_shown(row));
            assert!(found.rows.iter().eq(shown), "{most}");
            assert_eq!(found.rows.len() + found.rows_left_out, whole.rows.len());
            write_assembled(&folder, &cells, &found).expect("written");
            assert!(found.rows.len() < whole.rows.len() && table() == wanted);
        }
        let found = assemble_up_to(whole.rows.len(), &folder, &cells, &config).expect("results");
        assert_eq!((found.rows, found.rows_left_out), (whole.rows, 0));
    }
}
