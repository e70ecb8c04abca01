//! `report.html`: one file that explains a run, offline, on any screen.

use std::fs;
use std::io;
use std::path::{Component, Path};

use crate::error::{Error, Result};
use crate::report::finding::finding;
use crate::report::npy;
use crate::report::results::{PatternFile, Results};
use crate::report::sections::{self, Context};
use crate::report::summary::Summary;
use crate::report::table::escape_html;
use crate::tensor::Tensor;

const TITLE: &str = "What padding writes into a network's features";
const CSS: &str = include_str!("page.css");

/// Reads the pattern that an entry of the results names.
pub type LoadPattern<'a> = dyn Fn(&PatternFile) -> Result<Tensor<f32>> + 'a;

/// The report of the run in `run_dir`: its `config.toml`, if there is one, and its patterns are
/// read from there.
///
/// A pattern that cannot be read does not stop the report; its place says why.
///
/// # Errors
/// [`Error::Io`] if `config.toml` exists but cannot be read; [`Error::Invalid`] if a picture cannot
/// be made.
pub fn html(results: &Results, run_dir: impl AsRef<Path>) -> Result<String> {
    let run_dir = run_dir.as_ref();
    let config_path = run_dir.join("config.toml");
    let config = match fs::read_to_string(&config_path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io(&config_path, "read", error)),
    };
    let load = |pattern: &PatternFile| load_pattern(run_dir, pattern);
    page(results, config.as_deref(), &load)
}

/// The report of `results` with the text of its configuration and a way to get its patterns.
///
/// # Errors
/// [`Error::Invalid`] if a picture cannot be made.
pub fn page(results: &Results, config: Option<&str>, load: &LoadPattern) -> Result<String> {
    let summary = Summary::new(results);
    let context = Context {
        results,
        layer: summary.last_layer(),
        summary,
        config,
        load,
    };
    let finding = escape_html(&finding(results));
    let body = sections::all(&context)?;
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{TITLE}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{TITLE}</h1>\n<p class=\"finding\">{finding}</p>\n</header>\n\
         {body}</main>\n</body>\n</html>\n"
    ))
}

/// Reads a pattern of a run folder and checks that it is what the results say.
fn load_pattern(run_dir: &Path, pattern: &PatternFile) -> Result<Tensor<f32>> {
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
