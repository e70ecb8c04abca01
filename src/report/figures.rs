//! The figures of a paper: fixed widths in millimetres, one file each.

use super::charts::{self, Anchor, Colour, Drawing, Paint};
use super::heatmap::{Colours, strength};
use super::html::LoadPattern;
use super::number::short;
use super::sections::MAE;
use crate::error::Result;
use crate::study::results::{PatternFile, Results};
use crate::study::summary::{FINAL, INIT, Summary};
use crate::tensor::Tensor;

/// Width of a figure over one column and over both, in millimetres.
const SINGLE: f64 = 84.0;
const DOUBLE: f64 = 174.0;

/// A figure with its file's name and its width on paper.
pub struct Figure {
    pub name: &'static str,
    pub millimetres: f64,
    pub drawing: Drawing,
}

/// The figures of a run; what was not measured is left out.
///
/// # Errors
/// Where a pattern cannot be read.
pub fn figures(results: &Results, load: &LoadPattern) -> Result<Vec<Figure>> {
    let summary = Summary::new(results);
    let stages = charts::stages(results);
    let mut figures = Vec::new();
    let mut single = |name, drawing| {
        figures.push(Figure {
            name,
            millimetres: SINGLE,
            drawing,
        });
    };
    if let Some(layer) = summary.last_layer() {
        if let Some(chart) = charts::over_steps(&summary, &stages, layer, &MAE) {
            single(
                "formation",
                chart.drawing(&format!("MAE-PPP at {layer} over training steps"))?,
            );
        }
        if let Some(mut chart) = charts::profile(&summary, FINAL, layer, "profile_mae_d", &MAE) {
            chart.x_label = "distance to the nearest border [positions]".into();
            single(
                "reach",
                chart.drawing(&format!("MAE-PPP at {layer} by distance"))?,
            );
        }
        if let Some(chart) = charts::change(&summary, layer, &MAE) {
            single(
                "before-and-after",
                chart.drawing(&format!("MAE-PPP at {layer} before and after training"))?,
            );
        }
    }
    if let Some(chart) = charts::accuracy(&summary, &results.epochs) {
        single("accuracy", chart.drawing("Test accuracy after each epoch")?);
    }
    if let Some(drawing) = maps(results, &summary, load)? {
        figures.push(Figure {
            name: "maps",
            millimetres: DOUBLE,
            drawing,
        });
    }
    Ok(figures)
}

const SIDE: f64 = 120.0;
const GAP: f64 = 14.0;
const LABEL: f64 = 84.0;
const FONT: f64 = 15.0;

/// The strength maps of the last layer: a column per scheme, before above after.
fn maps(results: &Results, summary: &Summary, load: &LoadPattern) -> Result<Option<Drawing>> {
    let Some(layer) = summary.last_layer() else {
        return Ok(None);
    };
    let mut tiles: Vec<(usize, usize, Tensor<f32>)> = Vec::new();
    let schemes = summary.schemes();
    for (row, stage) in [INIT, FINAL].into_iter().enumerate() {
        for (column, scheme) in schemes.iter().enumerate() {
            let here = |p: &&PatternFile| {
                p.is_of_all_images() && p.scheme == *scheme && p.stage == stage && p.layer == layer
            };
            if let Some(file) = results.patterns.iter().find(here) {
                tiles.push((row, column, strength(&load(file)?)));
            }
        }
    }
    if tiles.is_empty() {
        return Ok(None);
    }
    let finite = tiles
        .iter()
        .flat_map(|t| t.2.data())
        .filter(|v| v.is_finite());
    let max = finite.fold(f64::MIN_POSITIVE, |m, &v| m.max(f64::from(v)));
    // The colour bar and its unit need the room of three maps.
    let width = LABEL + schemes.len().max(3) as f64 * (SIDE + GAP);
    let height = 28.0 + 2.0 * (SIDE + GAP) + 78.0;
    let description = format!("Strength of the pattern at {layer}, before and after training");
    let drawing = charts::draw((width, height), &description, |canvas| {
        for (row, when) in ["before", "after"].into_iter().enumerate() {
            let y = 28.0 + row as f64 * (SIDE + GAP) + SIDE / 2.0;
            canvas.text(when, (4.0, y), FONT, Anchor::Left)?;
        }
        for (column, scheme) in schemes.iter().enumerate() {
            let x = LABEL + column as f64 * (SIDE + GAP) + SIDE / 2.0;
            canvas.text(scheme, (x, 13.0), FONT, Anchor::Middle)?;
        }
        for (row, column, map) in &tiles {
            let (left, top) = (
                LABEL + *column as f64 * (SIDE + GAP),
                28.0 + *row as f64 * (SIDE + GAP),
            );
            let columns = map.shape()[1];
            let unit = SIDE / columns.max(map.shape()[0]) as f64;
            for (i, &value) in map.data().iter().enumerate() {
                let (x, y) = (
                    left + (i % columns) as f64 * unit,
                    top + (i / columns) as f64 * unit,
                );
                let paint = shade(f64::from(value) / max);
                canvas.polygon(&rectangle(x, y, unit + 0.2, unit + 0.2), paint)?;
            }
        }
        let top = height - 60.0;
        const STEPS: usize = 64;
        let long = 4.0 * STEPS as f64;
        for i in 0..STEPS {
            let share = (i as f64 / (STEPS - 1) as f64).powi(2);
            let bar = rectangle(LABEL + 4.0 * i as f64, top, 4.2, 12.0);
            canvas.polygon(&bar, shade(share))?;
        }
        for (share, value) in [(0.0, 0.0), (0.5, max / 4.0), (1.0, max)] {
            let at = (LABEL + share * long, top + 26.0);
            canvas.text(&short(value), at, FONT, Anchor::Middle)?;
        }
        let unit = format!("strength at {layer} [feature units]");
        canvas.text(&unit, (LABEL, top + 46.0), FONT, Anchor::Left)
    })?;
    Ok(Some(drawing))
}

/// The colour of a share of the maximum, by its square root.
fn shade(share: f64) -> Paint {
    let [r, g, b, _] = Colours::Sequential.at(share.clamp(0.0, 1.0).sqrt());
    Colour(r, g, b).mix(1.0)
}

fn rectangle(x: f64, y: f64, width: f64, height: f64) -> [(f64, f64); 4] {
    [
        (x, y),
        (x + width, y),
        (x + width, y + height),
        (x, y + height),
    ]
}
