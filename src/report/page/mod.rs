//! The page: its frame, styles and scripts, and the elements that sections fill it with.

pub mod elements;
pub mod quantised;
pub mod viewer;

use viewer::colour_tables;

const TITLE: &str = "What padding writes into a network's features";
const CSS: &[&str] = &[include_str!("page.css"), include_str!("widgets.css")];
const SCRIPT: &[&str] = &[
    include_str!("core.js"),
    include_str!("theme.js"),
    include_str!("viewer.js"),
    include_str!("charts.js"),
    include_str!("taps.js"),
    include_str!("start.js"),
];
/// Nothing is fetched from anywhere: pictures are made by the page, scripts and styles are its own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data: blob:; base-uri 'none'; form-action 'none'";

/// The page around a header and sections, both HTML.
pub fn document(header: &str, body: &str) -> String {
    titled(TITLE, header, body)
}

/// The same under another title.
pub fn titled(title: &str, header: &str, body: &str) -> String {
    let (css, script, colours) = (CSS.concat(), SCRIPT.concat(), colour_tables());
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{css}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{title}</h1>\n{header}</header>\n\
         {body}</main>\n{colours}<script>\n{script}</script>\n</body>\n</html>\n"
    )
}
