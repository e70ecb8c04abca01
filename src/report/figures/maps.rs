//! The maps of the last layer as one drawing.

use crate::error::Result;
use crate::report::plot::canvas::{Anchor, Canvas, Drawing};
use crate::report::plot::colours::{Colours, Shade};
use crate::report::text::short;
use crate::study::finished::LoadPattern;
use crate::study::pattern::{largest, strength};
use crate::study::results::{PatternFile, Results};
use crate::study::summary::{FINAL, INIT, Summary};
use crate::tensor::Tensor;

const SIDE: f64 = 120.0;
const GAP: f64 = 14.0;
const LABEL: f64 = 84.0;
const FONT: f64 = 15.0;

/// The strength maps of the last layer: a column per scheme, before above after.
pub fn maps(results: &Results, summary: &Summary, load: &LoadPattern) -> Result<Option<Drawing>> {
    let Some(layer) = summary.last_layer() else {
        return Ok(None);
    };
    let mut tiles: Vec<(usize, usize, Tensor<f32>)> = Vec::new();
    let schemes = summary.schemes();
    let there = |(stage, _): &(&str, _)| results.patterns.iter().any(|p| p.stage == *stage);
    let moments = [(INIT, "before"), (FINAL, "after")];
    let moments: Vec<(&str, &str)> = moments.into_iter().filter(there).collect();
    for (row, (stage, _)) in moments.iter().enumerate() {
        for (column, scheme) in schemes.iter().enumerate() {
            let here = |p: &&PatternFile| {
                p.is_of_all_images() && p.scheme == *scheme && p.stage == *stage && p.layer == layer
            };
            if let Some(file) = results.patterns.iter().find(here) {
                tiles.push((row, column, strength(&load(file)?)));
            }
        }
    }
    if tiles.is_empty() {
        return Ok(None);
    }
    let shade = Shade::Strength {
        max: largest(tiles.iter().flat_map(|t| t.2.data())).max(f64::MIN_POSITIVE),
    };
    // The colour bar and its unit need the room of three maps.
    let width = LABEL + schemes.len().max(3) as f64 * (SIDE + GAP);
    let height = top_of(moments.len()) + 78.0;
    let mut canvas = Canvas::default();
    for (row, (_, when)) in moments.iter().enumerate() {
        let y = top_of(row) + SIDE / 2.0;
        canvas.text(when, (4.0, y), FONT, Anchor::Left);
    }
    for (column, scheme) in schemes.iter().enumerate() {
        let x = left_of(column) + SIDE / 2.0;
        canvas.text(scheme, (x, 13.0), FONT, Anchor::Middle);
    }
    for (row, column, map) in &tiles {
        draw_map(&mut canvas, map, (left_of(*column), top_of(*row)), shade);
    }
    draw_bar(&mut canvas, shade, height - 60.0);
    let unit = format!("strength at {layer} [feature units]");
    canvas.text(&unit, (LABEL, height - 14.0), FONT, Anchor::Left);
    let description = format!("Strength of the pattern at {layer}, before and after training");
    Ok(Some(canvas.finish((width, height), &description)))
}

fn left_of(column: usize) -> f64 {
    LABEL + column as f64 * (SIDE + GAP)
}

fn top_of(row: usize) -> f64 {
    28.0 + row as f64 * (SIDE + GAP)
}

fn draw_map(canvas: &mut Canvas, map: &Tensor<f32>, (left, top): (f64, f64), shade: Shade) {
    let columns = map.shape()[1];
    let unit = SIDE / columns.max(map.shape()[0]) as f64;
    for (i, &value) in map.data().iter().enumerate() {
        let (row, column) = (i / columns, i % columns);
        let corner = (left + column as f64 * unit, top + row as f64 * unit);
        let paint = shade.of(f64::from(value)).opaque(1.0);
        canvas.rectangle(corner, (unit + 0.2, unit + 0.2), paint);
    }
}

/// The colours in steps, with the values of the shade below.
fn draw_bar(canvas: &mut Canvas, shade: Shade, top: f64) {
    const STEPS: usize = 64;
    const WIDTH: f64 = 4.0;
    for i in 0..STEPS {
        let colour = Colours::Sequential.at(i as f64 / (STEPS - 1) as f64);
        let corner = (LABEL + WIDTH * i as f64, top);
        canvas.rectangle(corner, (WIDTH + 0.2, 12.0), colour.opaque(1.0));
    }
    for value in shade.ticks() {
        let x = LABEL + shade.position(value) * WIDTH * STEPS as f64;
        canvas.text(&short(value), (x, top + 26.0), FONT, Anchor::Middle);
    }
}
