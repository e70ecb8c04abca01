//! The parts of which sections are made, as HTML.

use crate::report::plot::canvas::Drawing;
use crate::report::text::escape_html;

/// A section under a heading; `body` is HTML.
pub fn section(id: &str, heading: &str, body: &str) -> String {
    format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n{body}</section>\n",
        escape_html(heading)
    )
}

/// A figure; `content` is HTML, the caption is text.
pub fn figure(content: &str, caption: &str) -> String {
    format!(
        "<figure>\n{content}<figcaption>{}</figcaption>\n</figure>\n",
        escape_html(caption)
    )
}

/// A figure of one chart under its title, by the name of its downloads.
pub fn chart(name: &str, title: &str, drawing: &Drawing, caption: &str) -> String {
    let content = format!(
        "<h3>{}</h3>\n<div class=\"plot\" data-name=\"{}\">{}</div>\n",
        escape_html(title),
        escape_html(name),
        drawing.svg()
    );
    match caption {
        "" => format!("<figure>\n{content}</figure>\n"),
        _ => figure(&content, caption),
    }
}

/// Charts beside each other, under the legend that they share.
pub fn group(class: &str, legend: &str, charts: &str) -> String {
    format!("<div class=\"{class}\">\n{legend}<div class=\"plots\">\n{charts}</div>\n</div>\n")
}

/// A paragraph of text.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape_html(text))
}

/// Says that a section has nothing to show, and why.
pub fn nothing(text: &str) -> String {
    format!("<p class=\"nothing\">{}</p>\n", escape_html(text))
}
