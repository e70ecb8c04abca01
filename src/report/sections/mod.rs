//! The sections of the page, in the order of reading; each is one function from the run to HTML.

mod backflow;
mod companions;
mod compared;
mod formation;
mod lead;
mod maps;
mod method;
mod mist;
mod overview;
mod reach;
mod taps;

pub use overview::scheme_table;

use std::path::Path;

use super::charts::{Drawing, Measure, Spread, Stage};
use super::html::{LoadPattern, Run};
use super::table::escape_html;
use crate::error::Result;
use crate::study::results::Results;
use crate::study::summary::Summary;

/// The strength of the pattern, as axes name it.
pub const MAE: Measure = Measure {
    metric: "mae_ppp",
    label: "MAE-PPP [feature units]",
    spread: Spread::Log,
};
/// The same against the spread of image content.
pub const NMAE: Measure = Measure {
    metric: "nmae",
    label: "nMAE [spread of image content]",
    spread: Spread::Log,
};
const ZERO_LINE: &str = "The vertical axis is logarithmic; values of exactly 0, which have no \
                         logarithm, are drawn on the line marked 0 below the dashed rule.";

/// What every section may draw on.
pub struct Context<'a> {
    pub results: &'a Results,
    pub summary: Summary<'a>,
    /// The moments of the run, by ascending step.
    pub stages: Vec<Stage>,
    /// The last layer at which the pattern was measured: where comparisons are made.
    pub layer: Option<&'a str>,
    pub config: Option<&'a str>,
    pub load: &'a LoadPattern<'a>,
    /// The folder of the run.
    pub dir: &'a Path,
    /// The other runs that the page shows.
    pub others: &'a [&'a Run],
}

/// All sections.
pub fn all(context: &Context) -> Result<String> {
    let sections = [
        lead::picture(context)?,
        mist::clears(context)?,
        taps::where_padding_comes_from()?,
        backflow::what_flows_back()?,
        formation::forms(context)?,
        reach::profiles(context)?,
        overview::comparison(context)?,
        compared::studies(context)?,
        companions::all(context)?,
        method::metrics(),
        method::how_it_was_made(context),
    ];
    Ok(sections.concat())
}

/// A section under a heading; `body` is HTML.
fn section(id: &str, heading: &str, body: &str) -> String {
    format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n{body}</section>\n",
        escape_html(heading)
    )
}

/// A figure; `content` is HTML, the caption is text.
fn figure(content: &str, caption: &str) -> String {
    format!(
        "<figure>\n{content}<figcaption>{}</figcaption>\n</figure>\n",
        escape_html(caption)
    )
}

/// A figure of one chart under the name of its downloads.
fn chart(name: &str, drawing: &Drawing, caption: &str) -> String {
    let content = format!(
        "<div class=\"plot\" data-name=\"{}\">{}</div>\n",
        escape_html(name),
        drawing.svg()
    );
    figure(&content, caption)
}

/// A paragraph of text.
fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape_html(text))
}

/// Says that a section has nothing to show, and why.
fn nothing(text: &str) -> String {
    format!("<p class=\"nothing\">{}</p>\n", escape_html(text))
}

/// What lines and bands of charts are.
fn means(summary: &Summary) -> String {
    match summary.seeds().len() {
        0 | 1 => "one seed".to_string(),
        n => format!("means over {n} seeds"),
    }
}
