//! `report.html`: one file that explains a run, offline, on any screen.

use std::fs;
use std::io;
use std::path::Path;

use super::page::document;
use super::plain::{failed, plain};
use super::sections;
use super::sections::context::Context;
use super::text::escape_html;
use crate::error::{Error, Result};
use crate::study::finished::Run;
use crate::study::results::{Results, RunKind};
use crate::study::summary::{Summary, stages};

/// The report of the run in `run_dir`: its `config.toml`, if there is one, and its patterns are
/// read from there.
///
/// A pattern that cannot be read does not stop the report; the page says why.
///
/// # Errors
/// [`Error::Io`] if `config.toml` exists but cannot be read.
pub fn html(results: &Results, run_dir: impl AsRef<Path>) -> Result<String> {
    with_others(results, run_dir.as_ref(), &[])
}

/// The report of several runs: the first study, or the first run, leads; the others add their sections.
///
/// # Errors
/// As [`html`]; a usage error without runs.
pub fn of_runs(runs: &[Run]) -> Result<String> {
    let study = runs
        .iter()
        .position(|run| run.results.kind == RunKind::Study);
    let Some(lead) = runs.get(study.unwrap_or(0)) else {
        let remedy = "name at least one run folder";
        return Err(Error::usage("runs", "there is none", remedy));
    };
    let others = runs.iter().filter(|run| !std::ptr::eq(*run, lead));
    let others: Vec<&Run> = others.collect();
    with_others(&lead.results, &lead.dir, &others)
}

fn with_others(results: &Results, run_dir: &Path, others: &[&Run]) -> Result<String> {
    let config_path = run_dir.join("config.toml");
    let config = match fs::read_to_string(&config_path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io(&config_path, "read", error)),
    };
    let summary = Summary::new(results);
    Ok(page(&Context {
        results,
        layer: summary.last_layer(),
        stages: stages(results),
        summary,
        config: config.as_deref(),
        dir: run_dir,
        others,
    }))
}

fn page(context: &Context) -> String {
    let failed = failed(context.results).map_or_else(String::new, |failed| {
        format!(
            "<p class=\"failed\" role=\"note\">{}</p>\n",
            escape_html(&failed)
        )
    });
    let headline = escape_html(&plain(context.results));
    let header = format!("{failed}<p class=\"headline\">{headline}</p>\n");
    document(&header, &sections::all(context))
}
