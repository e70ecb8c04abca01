//! The sections of the page, in the order of reading; each is one function from the run to HTML.

mod method;
mod overview;
mod patterns;
mod training;

pub use overview::scheme_table;

use super::html::LoadPattern;
use super::results::Results;
use super::summary::Summary;
use super::table::escape_html;
use crate::error::Result;

/// What every section may draw on.
pub struct Context<'a> {
    pub results: &'a Results,
    pub summary: Summary<'a>,
    /// The last layer at which the pattern was measured: where comparisons are made.
    pub layer: Option<&'a str>,
    pub config: Option<&'a str>,
    pub load: &'a LoadPattern<'a>,
}

/// All sections.
pub fn all(context: &Context) -> Result<String> {
    let sections = [
        overview::what_ppp_is(),
        overview::comparison(context),
        training::growth(context)?,
        patterns::pictures(context)?,
        training::profile(context)?,
        training::accuracy(context)?,
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

/// A paragraph of text.
fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape_html(text))
}

/// Says that a section has nothing to show, and why.
fn nothing(text: &str) -> String {
    format!("<p class=\"nothing\">{}</p>\n", escape_html(text))
}
