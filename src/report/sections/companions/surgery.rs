//! What networks lose with their padding, and the channels that depended on it.

use super::companion::Companion;
use crate::error::Result;
use crate::report::grids::{Named, grids};
use crate::report::page::elements::{figure, nothing, paragraph};
use crate::report::page::viewer::{self, Panel, Variant, Viewer};
use crate::report::plot::colours::Shade;
use crate::report::text::short;
use crate::study::pattern::{channel, largest};
use crate::study::results::{PatternFile, Row};

const EXCESS: &str = "ks_excess_c";

/// Tables of accuracy, of padding-affected channels and of border detectors, and pictures of the strongest.
pub fn section(run: &Companion) -> String {
    let body = paragraph(
        "The same networks run with true surroundings in place of padding, and, where the images are large \
         enough, with nothing in its place. Padding affects a channel if its values at the border stand further \
         apart from those inside than under true surroundings, by 0.1 or more in the Kolmogorov–Smirnov distance. \
         That is far less than what the literature counts, border detectors, about 2% of the filters of pretrained \
         networks: here those are the channels whose distance grows by 0.8 or more, so that border and inside are \
         nearly separable.",
    );
    let tables: String = grids(run.results).iter().map(Named::html).collect();
    body + &tables + &pictures(run)
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
