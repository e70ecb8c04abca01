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
use crate::study::surgery::SHARES;

const EXCESS: &str = "ks_excess_c";

/// Tables of accuracy, of padding-affected channels and of border detectors, and pictures of the strongest.
pub fn section(run: &Companion) -> String {
    let mut body = paragraph(
        "The same networks run with true surroundings in place of padding, and, where the images are large \
         enough, with nothing in its place. Padding affects a channel if its values at the border stand further \
         apart from those inside than under true surroundings, by 0.1 or more in the Kolmogorov–Smirnov distance. \
         That is far less than what the literature counts, border detectors, about 2% of the filters of pretrained \
         networks: here those are the channels whose distance grows by 0.8 or more, so that border and inside are \
         nearly separable.",
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
    body + &channel_shares(run) + &pictures(run)
}

/// The shares of channels from each threshold on: of the whole network, and layer by layer.
fn channel_shares(run: &Companion) -> String {
    let is_share = |row: &&Row| SHARES.contains(&row.metric.as_str());
    let (all, by_layer): (Vec<&Row>, Vec<&Row>) = run
        .results
        .rows
        .iter()
        .filter(is_share)
        .partition(|row| row.layer == "model");
    let threshold: Field = |row| {
        let [affected, third, half, _] = SHARES;
        match row.metric.as_str() {
            metric if metric == affected => "affected, from 0.1 on",
            metric if metric == third => "from 0.3 on",
            metric if metric == half => "from 0.5 on",
            _ => "border detectors, from 0.8 on",
        }
    };
    let mut body = String::new();
    let mut add = |caption: &str, rows: &[&Row], column: Field| {
        if !rows.is_empty() {
            let grid = Grid {
                caption,
                corner: "trained under",
                rows,
                by: [|r| &r.scheme, column],
                factor: 100.0,
            };
            body += &grid.shaded(Ends::To(100.0));
        }
    };
    add(
        "Channels of all layers, by how far padding moves their border from their inside [%]",
        &all,
        threshold,
    );
    let [affected, .., detectors] = SHARES;
    for (caption, metric) in [
        (
            "Padding-affected channels (from 0.1 on) [%], by layer from the input to the output",
            affected,
        ),
        (
            "Border detectors (from 0.8 on) [%], by layer from the input to the output",
            detectors,
        ),
    ] {
        let rows: Vec<&Row> = by_layer
            .iter()
            .copied()
            .filter(|r| r.metric == metric)
            .collect();
        add(caption, &rows, |r| &r.layer);
    }
    body
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
        name: "affected-channels".into(),
        frames: vec![String::new()],
        choice: "layer".into(),
        variants,
        unit: "feature units".into(),
        ..Viewer::default()
    };
    let caption = "The pattern of the channels that padding affects most, strongest first: red where padding \
                   adds, blue where it takes away; one scale for all channels of a choice, by the square root. \
                   Beside each name: how much further apart the values are near the border than inside (excess of \
                   the Kolmogorov–Smirnov distance).";
    figure(&viewer.html(&run.id("affected")), caption) + &problems
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
