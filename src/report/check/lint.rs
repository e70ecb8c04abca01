//! What is known of a network without data, as a table and a map.

use std::fmt::Display;

use super::uneven::even_sizes;
use super::units::pixels;
use crate::report::table::{Cell, TEXT_WIDTH, Table, wrap};
use crate::study::check::{Lint, LintedStage};
use crate::words::counted;

/// Rows of a map of characters; it has twice as many columns, as characters are twice as high as wide.
const MAP_ROWS: usize = 12;

/// What the columns of the table mean.
const LEGEND: &str = "padding read: rows beyond the map that are read before + behind it (then columns, where they \
    differ). r: rows and columns at the end that no window reads, padded ones first; lost: those that are no padding. sees: \
    pixels of the image per position; around: pixels around the image that a layer depends on.";

/// The whole lint for a terminal.
pub fn lint_text(lint: &Lint) -> String {
    let mut parts = Vec::new();
    for left_out in [&lint.left_out, &lint.behind].into_iter().flatten() {
        let text = format!("Not all of the network is looked at: {left_out}.");
        parts.push(wrap(&text, TEXT_WIDTH));
    }
    parts.extend([
        wrap(LEGEND, TEXT_WIDTH),
        layers(lint).text(),
        wrap(&summary(lint), TEXT_WIDTH),
    ]);
    parts.push(stages(lint).text());
    parts.extend(lint.stages.last().map(map));
    parts.join("\n\n")
}

fn pair<T: PartialEq + Display>([rows, columns]: [T; 2], between: &str) -> String {
    match rows == columns {
        true => rows.to_string(),
        false => format!("{rows}{between}{columns}"),
    }
}

/// A stride, as a fraction where maps grow.
fn step(stride: f64) -> String {
    match stride < 1.0 {
        true => format!("1/{}", (100.0 / stride).round() / 100.0),
        false => ((100.0 * stride).round() / 100.0).to_string(),
    }
}

fn layers(lint: &Lint) -> Table {
    let caption = format!(
        "{} on images of {}×{} pixels: every window, transposed convolution and interpolation",
        lint.network, lint.size[0], lint.size[1]
    );
    let columns = [
        "layer",
        "kernel",
        "stride",
        "input",
        "padding read",
        "r",
        "lost",
        "sees",
        "around",
    ];
    let mut table = Table::new(caption, &columns);
    for layer in &lint.layers {
        let [[top, bottom], [left, right]] = layer.padding_read;
        let mut read = match [top, bottom] == [left, right] {
            true => format!("{top}+{bottom}"),
            false => format!("{top}+{bottom}, {left}+{right}"),
        };
        if !layer.even {
            read += " uneven";
        }
        let sees = layer.receptive_field.map(pixels);
        table.push(vec![
            Cell::text(&layer.name),
            Cell::text(pair(layer.span, "×")),
            Cell::text(pair(layer.stride.map(step), "×")),
            Cell::text(pair(layer.input, "×")),
            Cell::text(read),
            Cell::text(pair(layer.unread, ", ")),
            Cell::text(pair(layer.never_read, ", ")),
            Cell::text(pair(sees, "×")),
            Cell::text(layer.margin.to_string()),
        ]);
    }
    table
}

fn summary(lint: &Lint) -> String {
    let uneven = lint.layers.iter().filter(|layer| !layer.even).count();
    let lost = lint
        .layers
        .iter()
        .filter(|layer| layer.never_read != [0, 0])
        .count();
    let sizes = match uneven {
        0 => "This size is even.".to_string(),
        _ => even_sizes(lint.size, &lint.even_sizes),
    };
    format!(
        "Uneven: {} of {}, {lost} with lost rows. {sizes} The last map{} depends on {} pixels around the image.",
        uneven,
        counted(lint.layers.len(), "layer"),
        match lint.left_out.is_some() || lint.behind.is_some() {
            true => " of the part that is looked at",
            false => "",
        },
        lint.needed_margin
    )
}

fn at(counts: &[usize], part: f64) -> usize {
    let last = counts.len().saturating_sub(1) as f64;
    counts
        .get((last * part).round() as usize)
        .copied()
        .unwrap_or(0)
}

fn stages(lint: &Lint) -> Table {
    let caption = "Foveation: in how many positions of a stage a pixel of the image takes part";
    let mut table = Table::new(
        caption,
        &[
            "stage",
            "map",
            "top left",
            "top",
            "middle",
            "bottom",
            "bottom right",
        ],
    );
    for stage in &lint.stages {
        let product =
            |y: f64, x: f64| Cell::text((at(&stage.rows, y) * at(&stage.columns, x)).to_string());
        table.push(vec![
            Cell::text(&stage.name),
            Cell::text(pair(stage.size, "×")),
            product(0.0, 0.0),
            product(0.0, 0.5),
            product(0.5, 0.5),
            product(1.0, 0.5),
            product(1.0, 1.0),
        ]);
    }
    table
}

/// The image, each character the share of the most-read pixel in tenths.
fn map(stage: &LintedStage) -> String {
    let most = |counts: &[usize]| counts.iter().max().copied().unwrap_or(1).max(1);
    let most = (most(&stage.rows) * most(&stage.columns)) as f64;
    let line = |y: usize| -> String {
        let row = at(&stage.rows, y as f64 / (MAP_ROWS - 1) as f64);
        let columns = 2 * MAP_ROWS;
        let digit = |x: usize| {
            let column = at(&stage.columns, x as f64 / (columns - 1) as f64);
            let tenth = ((row * column) as f64 / most * 9.0).round() as u32;
            char::from_digit(tenth, 10).unwrap_or('9')
        };
        (0..columns).map(digit).collect()
    };
    let lines: Vec<String> = (0..MAP_ROWS).map(line).collect();
    format!(
        "The image by how often {} reads it (9: most often)\n\n{}",
        stage.name,
        lines.join("\n")
    )
}
