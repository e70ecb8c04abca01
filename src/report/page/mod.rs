//! The page: its frame, styles and scripts, and the elements that sections fill it with.

pub mod elements;
pub mod quantised;
pub mod viewer;

use viewer::colour_tables;

/// Lin, Tseng, Lee, Singh and Yang, ICML 2023.
const PAPER: &str = "https://arxiv.org/abs/2206.01202";
/// How to read values, once for the whole page, in the words of the device.
const HINT: &str = "<p class=\"hint\"><span class=\"by-pointer\">Point at any map or chart, or move to it with Tab and the \
                    arrow keys, to read its values.</span><span class=\"by-touch\">Tap any map or chart to read its \
                    values.</span></p>\n";
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

/// Links to the sections, to the paper, and to the project where it says where it is.
fn links(body: &str) -> String {
    let headings = body.split("<h2 id=\"").skip(1).filter_map(|rest| {
        let (id, rest) = rest.split_once("\">")?;
        Some((id, rest.split_once("</h2>")?.0))
    });
    let sections: String = headings
        .map(|(id, heading)| format!("<a href=\"#{id}\">{heading}</a>\n"))
        .collect();
    let project = match env!("CARGO_PKG_REPOSITORY") {
        "" => String::new(),
        url => format!("<a href=\"{url}\">padgrad</a>\n"),
    };
    format!(
        "<nav class=\"links\" aria-label=\"Sections and sources\">\n{sections}<a href=\"{PAPER}\">The paper</a>\n{project}</nav>\n"
    )
}

/// The same under another title.
pub fn titled(title: &str, header: &str, body: &str) -> String {
    let links = links(body);
    let (css, script, colours) = (CSS.concat(), SCRIPT.concat(), colour_tables());
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{css}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{title}</h1>\n{header}{HINT}</header>\n\
         {body}{links}</main>\n{colours}<script>\n{script}</script>\n</body>\n</html>\n"
    )
}
