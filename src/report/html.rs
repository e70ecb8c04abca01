//! `report.html`: one file that explains a run, offline, on any screen.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::npy;
use crate::report::charts::stages;
use crate::report::finding::finding;
use crate::report::headline::headline;
use crate::report::sections::{self, Context};
use crate::report::table::escape_html;
use crate::report::viewer::colour_tables;
use crate::study::results::{PatternFile, Results};
use crate::study::summary::Summary;
use crate::tensor::Tensor;

const TITLE: &str = "What padding writes into a network's features";
const CSS: &[&str] = &[
    include_str!("page/page.css"),
    include_str!("page/widgets.css"),
];
const SCRIPT: &[&str] = &[
    include_str!("page/core.js"),
    include_str!("page/viewer.js"),
    include_str!("page/charts.js"),
    include_str!("page/taps.js"),
    include_str!("page/start.js"),
];
/// Nothing is fetched from anywhere: pictures are made by the page, scripts and styles are its own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data: blob:; base-uri 'none'; form-action 'none'";

/// Reads the pattern that an entry of the results names.
pub type LoadPattern<'a> = dyn Fn(&PatternFile) -> Result<Tensor<f32>> + 'a;

/// A run folder with what it holds.
pub struct Run {
    /// The folder's name, by which the page tells runs apart.
    pub name: String,
    pub dir: PathBuf,
    pub results: Results,
}

impl Run {
    /// Reads `results.json` of a run folder.
    ///
    /// # Errors
    /// Where it cannot be read or is not what a run leaves behind.
    pub fn read(dir: impl AsRef<Path>) -> Result<Run> {
        const REMEDY: &str = "name the folder of a finished run";
        let dir = dir.as_ref();
        let path = dir.join("results.json");
        if dir.is_dir() && !path.exists() {
            return Err(Error::file(dir, "it holds no results.json", REMEDY));
        }
        let bytes = read_up_to(&path, LARGEST_RESULTS)?;
        let results = serde_json::from_slice(&bytes)
            .map_err(|error| Error::file(&path, error.to_string(), REMEDY))?;
        let absolute = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
        let name = absolute.file_name().unwrap_or(dir.as_os_str());
        Ok(Run {
            name: name.to_string_lossy().into_owned(),
            dir: dir.to_path_buf(),
            results,
        })
    }
}

impl Run {
    /// Reads a pattern of the run.
    ///
    /// # Errors
    /// Where it cannot be read, or is not what the results say.
    pub fn load(&self, pattern: &PatternFile) -> Result<Tensor<f32>> {
        load_pattern(&self.dir, pattern)
    }
}

/// The longest `results.json` that is read.
const LARGEST_RESULTS: u64 = 1 << 30;

/// The report of the run in `run_dir`: its `config.toml`, if there is one, and its patterns are
/// read from there.
///
/// A pattern that cannot be read does not stop the report; its place says why.
///
/// # Errors
/// [`Error::Io`] if `config.toml` exists but cannot be read; [`Error::Invalid`] if a picture cannot
/// be made.
pub fn html(results: &Results, run_dir: impl AsRef<Path>) -> Result<String> {
    with_others(results, run_dir.as_ref(), &[])
}

/// The report of several runs: the first study, or the first run, leads; the others add their sections.
///
/// # Errors
/// As [`html`]; a usage error without runs.
pub fn of_runs(runs: &[Run]) -> Result<String> {
    let study = runs.iter().position(|run| run.results.kind == "study");
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
    let load = |pattern: &PatternFile| load_pattern(run_dir, pattern);
    let summary = Summary::new(results);
    page(&Context {
        results,
        layer: summary.last_layer(),
        stages: stages(results),
        summary,
        config: config.as_deref(),
        load: &load,
        dir: run_dir,
        others,
    })
}

fn page(context: &Context) -> Result<String> {
    let [headline, finding] =
        [headline(context.results), finding(context.results)].map(|text| escape_html(&text));
    let body = sections::all(context)?;
    let colours = colour_tables()?;
    let (css, script) = (CSS.concat(), SCRIPT.concat());
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{TITLE}</title>\n<style>\n{css}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{TITLE}</h1>\n<p class=\"headline\">{headline}</p>\n\
         <p class=\"finding\"><b>In numbers:</b> {finding}</p>\n</header>\n\
         {body}</main>\n{colours}<script>\n{script}</script>\n</body>\n</html>\n"
    ))
}

/// Reads a pattern of a run folder and checks that it is what the results say.
pub fn load_pattern(run_dir: &Path, pattern: &PatternFile) -> Result<Tensor<f32>> {
    let inside = Path::new(&pattern.npy);
    // A results.json from elsewhere must not make the report show files outside its folder.
    let leaves = |part| !matches!(part, Component::Normal(_) | Component::CurDir);
    if inside.components().any(leaves) {
        return Err(Error::file(
            inside,
            "is not inside the run folder",
            "name patterns by their path relative to results.json",
        ));
    }
    let path = run_dir.join(inside);
    let tensor = npy::read::<f32>(&path)?;
    if tensor.shape() != pattern.shape {
        return Err(Error::file(
            &path,
            format!(
                "has the shape {:?}, not {:?} as results.json says",
                tensor.shape(),
                pattern.shape
            ),
            "measure the run again",
        ));
    }
    Ok(tensor)
}
