//! The page of `padgrad lesson`: one file that holds padgrad itself as WebAssembly and computes all it shows.
//!
//! `padgrad.wasm` is built by `.ci/wasm` from the library's feature `lesson`, and committed. The page's text is
//! `body.html`; every scene has a script of its own; `engine.js` speaks with the module, here and in workers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::page::viewer::colour_tables;
use super::plot::colours::Colour;
use super::plot::style::style_of;
use crate::padding::schemes;
use crate::study::summary::CONTROL;

const TITLE: &str = "What padding writes into a network's features, computed as you watch";
const LEAD: &str = "Padding tells a network where it is.";
const ABOUT: &str = "At the border of an image a convolution reads pixels that do not exist, and padding makes them up. \
     What that leaves in a network's features, the same for every image, is called PPP. On this page you change the \
     picture, the layers and the padding, and a real network answers, in your browser and offline.";
const CSS: &[&str] = &[
    include_str!("../page/page.css"),
    include_str!("../page/widgets.css"),
    include_str!("lesson.css"),
];
const BODY: &str = include_str!("body.html");
const MODULE: &[u8] = include_bytes!("padgrad.wasm");
const ENGINE: &str = include_str!("engine.js");
const WORKER: &str = include_str!("worker.js");
const SCRIPT: &[&str] = &[
    include_str!("../page/core.js"),
    include_str!("../page/theme.js"),
    ENGINE,
    include_str!("helpers.js"),
    include_str!("chart.js"),
    include_str!("edge.js"),
    include_str!("deeper.js"),
    include_str!("gradients.js"),
    include_str!("average.js"),
    include_str!("training.js"),
    include_str!("measures.js"),
    include_str!("questions.js"),
    include_str!("start.js"),
];
/// Nothing is fetched; the module and its workers are the page's own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
                      script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; \
                      img-src data: blob:; base-uri 'none'; form-action 'none'";

/// The page.
pub fn lesson() -> String {
    let (css, script, colours) = (CSS.concat(), SCRIPT.concat(), colour_tables());
    let (module, schemes) = (STANDARD.encode(MODULE), scheme_colours());
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{TITLE}</title>\n<style>\n{css}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{TITLE}</h1>\n<p class=\"headline\">{LEAD}</p>\n<p class=\"about\">{ABOUT}</p>\n</header>\n\
         {BODY}</main>\n{colours}\
         <script type=\"application/json\" id=\"schemes\">{schemes}</script>\n\
         <script type=\"text/plain\" id=\"padgrad\">{module}</script>\n\
         <script type=\"text/plain\" id=\"engine\">{ENGINE}</script>\n\
         <script type=\"text/plain\" id=\"worker\">{WORKER}</script>\n\
         <script>\n{script}</script>\n</body>\n</html>\n"
    )
}

/// The colour of every scheme's lines, as JSON; without padding it is the text's.
fn scheme_colours() -> String {
    let names: Vec<&str> = schemes().iter().map(|scheme| scheme.name).collect();
    let colour = |name: &&str| {
        let Colour(r, g, b) = style_of(name, &names).colour;
        (name.to_string(), format!("rgb({r} {g} {b})").into())
    };
    let mut colours: serde_json::Map<_, _> = names.iter().map(colour).collect();
    colours.insert(CONTROL.into(), "var(--ink)".into());
    serde_json::json!({ "colours": colours }).to_string()
}
