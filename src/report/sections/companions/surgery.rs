//! What networks lose with their padding, and the channels that depended on it.

use super::companion::{Companion, rows_of};
use crate::error::Result;
use crate::report::grid::{Ends, Field, Grid};
use crate::report::page::elements::{figure, nothing, paragraph};
use crate::report::page::viewer::{self, Panel, Variant, Viewer};
use crate::report::plot::colours::Shade;
use crate::report::text::short;
use crate::study::pattern::{channel, largest};
use crate::study::results::{PatternFile, Row};

const EXCESS: &str = "ks_excess_c";

/// Tables of accuracy and of padding-aware channels, and pictures of the strongest.
pub fn section(run: &Companion) -> String {
    let mut body = paragraph(
        "The same networks run with true surroundings in place of padding, and, where the images are large \
         enough, with nothing in its place. A channel is aware of padding if its values near the border differ \
         from those under true surroundings more than its values inside do.",
    );
    let operated: Field = |row| match row.under.as_deref() {
        None => "with its own padding",
        Some("optimal") => "with true surroundings",
        Some("valid") => "with nothing in its place",
        Some(other) => other,
    };
    let by: [Field; 2] = [|r| &r.scheme, operated];
    for (metric, caption) in [
        ("test_accuracy", "Test accuracy [%]"),
        (
            "accuracy_change",
            "Change of accuracy without padding, on the same images [percentage points]",
        ),
    ] {
        let rows = rows_of(run.results, metric);
        if !rows.is_empty() {
            let grid = Grid {
                caption,
                corner: "trained under",
                rows: &rows,
                by,
                factor: 100.0,
            };
            body += &grid.plain();
        }
    }
    let aware = rows_of(run.results, "aware_share");
    if !aware.is_empty() {
        let grid = Grid {
            caption: "Padding-aware channels [%], by layer from the input to the output",
            corner: "trained under",
            rows: &aware,
            by: [|r| &r.scheme, |r| &r.layer],
            factor: 100.0,
        };
        body += &grid.shaded(Ends::To(100.0));
    }
    body + &pictures(run)
}

/// The strongest channels of each layer that has any.
fn pictures(run: &Companion) -> String {
    let mut problems = String::new();
    let mut variants: Vec<Variant> = Vec::new();
    for file in run.results.patterns.iter().filter(|f| f.is_of_all_images()) {
        match channels(run, file) {
            Ok(variant) => variants.push(variant),
            Err(problem) => {
                problems += &nothing(&format!("Channels are not shown: {problem}"));
            }
        }
    }
    if variants.is_empty() {
        return problems;
    }
    let viewer = Viewer {
        name: "aware-channels".into(),
        frames: vec![String::new()],
        choice: "layer".into(),
        variants,
        unit: "feature units".into(),
        ..Viewer::default()
    };
    let caption = "The pattern of the channels that are most aware of padding, strongest first: red where padding \
                   adds, blue where it takes away; one scale for all channels of a choice, by the square root. \
                   Beside each name: how much further apart the values are near the border than inside (excess of \
                   the Kolmogorov–Smirnov distance).";
    figure(&viewer.html(&run.id("aware")), caption) + &problems
}

/// The channels of one layer of one network.
fn channels(run: &Companion, file: &PatternFile) -> Result<Variant> {
    let pattern = run.load(file)?;
    let of_layer =
        |row: &&Row| row.scheme == file.scheme && row.seed == file.seed && row.layer == file.layer;
    let named = run.results.rows.iter().filter(of_layer);
    let named = named.filter_map(|row| Some((row.metric.strip_prefix(EXCESS)?, row.value?)));
    let panels = named
        .take(file.shape[0])
        .enumerate()
        .map(|(i, (index, excess))| {
            let name = format!("channel {index}");
            Panel::still(name, short(excess), &channel(&pattern, i))
        });
    Ok(Variant {
        name: format!("{}, seed {}, {}", file.scheme, file.seed, file.layer),
        scale: Shade::Signed {
            max: largest(pattern.data()),
        },
        rows: vec![viewer::Row {
            title: String::new(),
            panels: panels.collect(),
        }],
    })
}
