//! What is drawn into the run folder of a command, and what is printed of a study.

use super::output::{print_json, say};
use crate::error::Result;
use crate::report::plot::heatmap;
use crate::report::{self, table};
use crate::study::finished::load_pattern;
use crate::study::folder::{Drawing, Ended, RunFolder};
use crate::study::results::{PatternFile, Results};
use crate::study::summary::Summary;

/// Pictures of patterns, the overview and the page.
pub const DRAWING: Drawing = Drawing {
    pattern: heatmap::channels_picture,
    run: draw_run,
};

fn draw_run(folder: &RunFolder, results: &Results) -> Result<()> {
    let load = |file: &PatternFile| load_pattern(folder.path(), file);
    if let Some(sheet) = report::overview(results, &load)? {
        folder.write("patterns/overview.png", &sheet.png()?)?;
    }
    let page = report::html(results, folder.path())?;
    folder.write("report.html", page.as_bytes())
}

/// Prints what a grid of a study found, for machines or for people.
pub fn print_study(ended: Ended, json: bool) -> Result<()> {
    let results = ended.results;
    if json {
        return print_json(results);
    }
    if let Some(name) = ended.grid {
        say(format!("== {name}\n"))?;
    }
    let summary = Summary::new(results);
    if let Some(layer) = summary.last_layer() {
        say(report::scheme_table(results, layer).text())?;
    }
    say(report::bars(&summary))?;
    let [headline, finding] = [report::headline(results), report::finding(results)]
        .map(|text| table::wrap(&text, table::TEXT_WIDTH));
    let page = ended.folder.path().join("report.html");
    say(format!(
        "{headline}\n\n{finding}\n\nreport  {}",
        page.display()
    ))
}
