//! The formulas, and everything needed to make the report again.

use super::context::Context;
use crate::report::page::elements::{paragraph, section};
use crate::report::table::{Cell, Table};
use crate::report::text::escape_html;
use crate::words::counted;

/// Name, formula and meaning of each metric.
const METRICS: [[&str; 3]; 12] = [
    [
        "pattern P",
        "mean over i of Dᵢ",
        "the pattern itself, a C×h×w map",
    ],
    [
        "energy E",
        "avg(P² − var(D)/N)",
        "unbiased estimate of the pattern's power; about 0 without a pattern",
    ],
    [
        "RMS-PPP",
        "√max(E, 0)",
        "strength in feature units, whatever the number of images",
    ],
    [
        "nRMS",
        "RMS-PPP / √avg(var(B))",
        "strength, comparable over layers and models",
    ],
    [
        "SNR-PPP",
        "E / avg(var(B)); in dB 10·log10 of it",
        "the pattern against the variation of image content",
    ],
    [
        "MAE-PPP",
        "avg |P|; by chance alone avg(√(2/π)·sd(D)/√N)",
        "strength in feature units, for comparison: chance adds to it, the more the fewer images there are",
    ],
    [
        "nMAE",
        "MAE-PPP / √avg(var(B))",
        "the same against the variation of image content",
    ],
    [
        "coherence",
        "E / avg(mean over i of Dᵢ²), at most 1",
        "how much of what padding does is the same for every image",
    ],
    [
        "content SNR",
        "avg(M_b·M_c) / avg(var(B)), over pairs of blocks of images; M_b is block b's mean of B minus its mean over \
         positions",
        "what the content alone says about position: what a pattern must be distinguished from",
    ],
    ["MAD", "avg of mean over i of |Dᵢ|", "all that padding does"],
    [
        "profile",
        "RMS-PPP by distance to the nearest border",
        "how far in the pattern reaches",
    ],
    [
        "impact",
        "share of images whose prediction changes; mean shift of the logits",
        "what the padding does to the output",
    ],
];

/// The metrics with their formulas.
pub fn metrics() -> String {
    let mut table = Table::new("Metrics", &["name", "formula", "says"]);
    for row in METRICS {
        table.push(row.map(Cell::text).to_vec());
    }
    let letters = paragraph(
        "Aᵢ are the features of image i under the padding scheme, Bᵢ those of the same image with \
         its true surroundings in place of padding, Dᵢ = Aᵢ − Bᵢ, for N images. Means and \
         unbiased variances are over images, avg is over channels and positions. Intervals of one \
         network are over 20 blocks of images: for RMS-PPP and nRMS from products of different blocks, whose noise \
         has no part in the strength, with draws of their error; for all others by the jackknife. A strength is \
         above chance where random signs of the blocks give as much in at most 5% of cases.",
    );
    let source = paragraph(
        "These formulas are this project's own, in the spirit of Lin, Tseng, Lee, Singh and Yang, \
         “Unveiling The Mask of Position-Information Pattern Through the Mist of Image Features”, \
         ICML 2023, arXiv 2206.01202; they are not a copy of the paper's.",
    );
    let body = format!(
        "{letters}<div class=\"words\">{}</div>\n{source}",
        table.html()
    );
    section("metrics", "What the metrics are", &body)
}

/// Version, command, configuration, networks.
pub fn how_it_was_made(context: &Context) -> String {
    let results = context.results;
    let seeds: Vec<String> = context.summary.seeds().iter().map(u64::to_string).collect();
    let mut body = String::from("<dl>\n");
    for (term, text) in [
        (
            "Made by",
            format!("padgrad {}, commit {}", results.version, results.commit),
        ),
        ("On", results.date.clone()),
        (
            "With",
            format!(
                "{}, instruction set {}, {}",
                results.cpu,
                results.isa,
                counted(results.threads, "thread")
            ),
        ),
        ("Networks", format!("{} on {}", results.arch, results.data)),
        ("Measured on", counted(results.images, "image")),
        ("Seeds", seeds.join(", ")),
    ] {
        body += &format!("<dt>{term}</dt><dd>{}</dd>\n", escape_html(&text));
    }
    body += &format!(
        "<dt>Command</dt><dd><pre tabindex=\"0\"><code>{}</code></pre></dd>\n</dl>\n",
        escape_html(&results.command)
    );
    if let Some(config) = context.config {
        body += &format!(
            "<details><summary>Configuration</summary>\n<pre tabindex=\"0\"><code>{}</code></pre>\
             </details>\n",
            escape_html(config)
        );
    }
    body += &rows_left_out(results.rows_left_out);
    body += &layer_table(context);
    body += &other_runs(context);
    section("made", "How this was made", &body)
}

/// Where the rest of a study with millions of rows is.
fn rows_left_out(count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    let rest = counted(count, "more row");
    paragraph(&format!(
        "results.csv has {rest}, of other stages and distances, that no figure here shows."
    ))
}

/// What else the page was made from.
fn other_runs(context: &Context) -> String {
    if context.others.is_empty() {
        return String::new();
    }
    let mut table = Table::new(
        "Other runs on this page",
        &["folder", "kind", "version", "command"],
    );
    for run in context.others {
        table.push(vec![
            Cell::text(run.name.as_str()),
            Cell::text(run.results.kind.to_string()),
            Cell::text(run.results.version.as_str()),
            Cell::text(run.results.command.as_str()),
        ]);
    }
    format!("<div class=\"words\">{}</div>\n", table.html())
}

/// The tapped layers: the shape of their features under each scheme.
fn layer_table(context: &Context) -> String {
    let schemes = context.summary.schemes();
    let mut columns = vec!["layer"];
    columns.extend(&schemes);
    let mut table = Table::new(
        "Shape [channels, height, width] of each layer's features",
        &columns,
    );
    for name in context.summary.layers() {
        let mut row = vec![Cell::text(name)];
        row.extend(schemes.iter().map(|scheme| {
            let mut layers = context.results.layers.iter();
            let layer = layers.find(|l| l.name == name && l.scheme == *scheme);
            layer.map_or_else(Cell::none, |l| Cell::text(format!("{:?}", l.shape)))
        }));
        table.push(row);
    }
    if table.rows.is_empty() {
        return String::new();
    }
    format!(
        "<details><summary>Layers</summary>\n{}</details>\n",
        table.html()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_how_many_rows_it_does_not_show() {
        assert_eq!(rows_left_out(0), "");
        assert!(rows_left_out(3).contains("results.csv has 3 more rows"));
    }
}
