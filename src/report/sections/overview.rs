//! What is measured, and the schemes side by side.

use super::{Context, nothing, paragraph, section};
use crate::report::number::{counted, short};
use crate::report::summary::{Estimate, FINAL, INIT, Summary};
use crate::report::table::{Cell, Table};

/// What PPP is, in two sentences.
pub fn what_ppp_is() -> String {
    let body = paragraph(
        "At the edge of an image a convolution needs pixels that do not exist, and padding makes \
         them up by a fixed rule; part of the trace that this leaves in the features does not \
         depend on what an image shows, only on where in the image one looks. That part is the \
         Position-information Pattern from Padding (PPP), and it is measured here as the mean, \
         over many images, of the features computed with padding minus the features computed with \
         the true surroundings of each image.",
    );
    section("ppp", "What PPP is", &body)
}

/// The table over schemes at the last layer.
pub fn comparison(context: &Context) -> String {
    let Some(layer) = context.layer else {
        let body = nothing("The pattern was not measured at any layer.");
        return section("schemes", "The schemes compared", &body);
    };
    let table = scheme_table(&context.summary, layer);
    let body = table.html() + &paragraph(&how_to_read(context));
    section("schemes", "The schemes compared", &body)
}

/// One row per scheme: accuracy, and the pattern at `layer` before and after training.
pub fn scheme_table(summary: &Summary, layer: &str) -> Table {
    let mut table = Table::new(
        format!("Padding schemes at {layer}; after training unless a column says otherwise"),
        &[
            "scheme",
            "test accuracy [%]",
            "MAE-PPP before",
            "MAE-PPP after",
            "growth",
            "chance level",
            "nMAE before",
            "nMAE after",
            "SNR-PPP [dB]",
            "coherence",
            "predictions changed [%]",
        ],
    );
    for scheme in summary.schemes() {
        let at = |layer, metric| summary.estimate(scheme, FINAL, layer, metric);
        let percent = |layer, metric| at(layer, metric).map(|e| e.scaled(100.0));
        let before = summary.estimate(scheme, INIT, layer, "mae_ppp");
        let after = at(layer, "mae_ppp");
        table.push(vec![
            Cell::text(scheme),
            Cell::estimate(percent("model", "test_accuracy")),
            Cell::estimate(before),
            Cell::estimate(after),
            growth(before, after),
            value_only(at(layer, "mae_floor")),
            Cell::estimate(summary.estimate(scheme, INIT, layer, "nmae")),
            Cell::estimate(at(layer, "nmae")),
            Cell::estimate(at(layer, "snr_ppp_db")),
            Cell::estimate(at(layer, "coherence")),
            Cell::estimate(percent("output", "impact_changed")),
        ]);
    }
    table
}

fn growth(before: Option<Estimate>, after: Option<Estimate>) -> Cell {
    match (before, after) {
        (Some(before), Some(after)) if before.value > 0.0 => {
            Cell::text(format!("×{}", short(after.value / before.value)))
        }
        _ => Cell::none(),
    }
}

fn value_only(estimate: Option<Estimate>) -> Cell {
    estimate.map_or_else(Cell::none, |estimate| Cell::text(short(estimate.value)))
}

fn how_to_read(context: &Context) -> String {
    let images = counted(context.results.images, "image");
    let intervals = match context.summary.seeds().len() {
        0 | 1 => format!(
            "In brackets: the 95% interval over {images}. One seed was trained per scheme, so \
             differences between schemes may be differences between seeds."
        ),
        n => format!(
            "Numbers are means over {n} seeds; in brackets the 95% interval over seeds (Student's \
             t), never narrower than that over the {images} of the measurement."
        ),
    };
    format!(
        "{intervals} MAE-PPP is in feature units, the unit of the layer's own output; chance level \
         is the MAE-PPP that the scatter between images alone would give. A dash stands for what \
         was not measured or does not exist, such as the decibels of a ratio that is not positive. \
         The row valid is the control: a network without padding, where the pattern must be 0."
    )
}
