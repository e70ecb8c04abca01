//! One small picture for each finding that is not a chart: shares and decibels as bars, uneven padding around a map.

use super::uneven::{alike, listed};
use crate::report::page::elements::figure;
use crate::report::plot::colours::Colour;
use crate::report::text::escape_html;
use crate::study::check::{Check, Effect, Interval, Uneven};

/// What padding spoils.
pub(super) const SPOILED: Colour = Colour(0xd5, 0x5e, 0x00);
/// How near it comes to true surroundings.
const NEAR: Colour = Colour(0x1a, 0x7f, 0xc4);
/// Layers that are drawn.
const DRAWN: usize = 3;
/// Units of a drawing to a side.
const SIDE: f64 = 190.0;
/// From the drawing's end to the map, and of one padded row.
const MARGIN: f64 = 45.0;
/// Decibels that fill a bar: above it, a difference is below a step of eight bits.
const FULL: f64 = 60.0;

/// The pictures of the outputs, then of uneven padding.
pub(super) fn pictures(check: &Check) -> String {
    let shares = check
        .own
        .outputs
        .iter()
        .filter_map(|output| output.effect.changed());
    let shares: String = shares.map(changed).collect();
    shares + &decibels(check) + &uneven(check)
}

/// Changed predictions.
fn changed(share: &Interval) -> String {
    let percent = 100.0 * share.value.unwrap_or(0.0);
    let caption = format!("Predictions that padding changes: {percent:.1}%.");
    let bar = Bar {
        label: String::new(),
        share: percent / 100.0,
        value: String::new(),
    };
    figure(&bars(&[bar], SPOILED, &caption), &caption)
}

/// How near pictures come to those under true surroundings.
fn decibels(check: &Check) -> String {
    let mut of_all = Vec::new();
    for found in std::iter::once(&check.own).chain(&check.repadded) {
        for output in &found.outputs {
            let Effect::Image {
                border, interior, ..
            } = &output.effect
            else {
                continue;
            };
            for (part, at) in [("border", border), ("interior", interior)] {
                of_all.push(Bar {
                    label: format!("{}, {}: {part}", output.name, found.padding),
                    share: at.value.map_or(1.0, |value| (value / FULL).clamp(0.0, 1.0)),
                    value: at
                        .value
                        .map_or("equal".into(), |value| format!("{value:.1} dB")),
                });
            }
        }
    }
    if of_all.is_empty() {
        return String::new();
    }
    let caption = format!(
        "How near the output under padding is to that under true surroundings, as PSNR: longer is nearer; a full bar is {FULL} dB \
         or more."
    );
    figure(&bars(&of_all, NEAR, &caption), &caption)
}

/// A line of a picture.
struct Bar {
    label: String,
    /// Of its length, from 0 to 1.
    share: f64,
    value: String,
}

fn bars(all: &[Bar], colour: Colour, description: &str) -> String {
    let labelled = all.iter().any(|bar| !bar.label.is_empty());
    let height = if labelled { 46 } else { 24 };
    let mut svg = format!(
        "<svg viewBox=\"0 0 400 {}\" style=\"max-width:400px\" role=\"img\" aria-label=\"{}\" font-size=\"14\" \
         fill=\"currentColor\">",
        height * all.len(),
        escape_html(description)
    );
    for (
        i,
        Bar {
            label,
            share,
            value,
        },
    ) in all.iter().enumerate()
    {
        let top = i * height;
        let (text, bar) = (top + 15, top + height - 24);
        if labelled {
            svg += &format!(
                "<text x=\"0\" y=\"{text}\">{}</text><text x=\"400\" y=\"{text}\" text-anchor=\"end\">{value}</text>",
                escape_html(label)
            );
        }
        svg += &format!(
            "<rect y=\"{bar}\" width=\"400\" height=\"18\" opacity=\"0.15\"/>\
             <rect y=\"{bar}\" width=\"{:.1}\" height=\"18\" fill=\"{}\"/>",
            400.0 * share,
            colour.hex()
        );
    }
    svg + "</svg>\n"
}

/// The padding that uneven layers read on every side of their map.
fn uneven(check: &Check) -> String {
    let layers = alike(check);
    if layers.is_empty() {
        return String::new();
    }
    let drawings: String = layers
        .iter()
        .take(DRAWN)
        .map(|(layer, _, names)| around(layer, names))
        .collect();
    let caption = "Padding that is read on each side of a layer's map (grey): orange, a band for each row or column; dark: rows \
                   and columns of the map that nothing reads. Where opposite sides differ, the network can tell them apart.";
    figure(
        &format!("<div class=\"plots\">\n{drawings}</div>\n"),
        caption,
    )
}

/// A map with the padding around it that is read.
fn around(layer: &Uneven, names: &[&str]) -> String {
    let ([top, bottom], [left, right]) = (layer.rows, layer.columns);
    let counts = [top, bottom, left, right]
        .into_iter()
        .chain(layer.never_read);
    let unit = (MARGIN - 20.0) / counts.fold(1, usize::max) as f64;
    let of = |count: usize| count as f64 * unit;
    let (inner, end, middle) = (SIDE - 2.0 * MARGIN, SIDE - MARGIN, SIDE / 2.0);
    let name = escape_html(&listed(names, 1));
    let mut svg = format!(
        "<svg viewBox=\"0 0 {SIDE} {:.0}\" style=\"max-width:{SIDE}px\" role=\"img\" font-size=\"13\" \
         text-anchor=\"middle\" fill=\"currentColor\" aria-label=\"{name}: {top} rows above, {bottom} below, {left} columns \
         left, {right} right\">",
        SIDE + 18.0
    );
    svg += &rect([MARGIN, MARGIN, inner, inner], "opacity=\"0.2\"");
    let padded = format!("fill=\"{}\" opacity=\"0.8\"", SPOILED.hex());
    // Of each side its count, where the band lies, and where the count stands.
    for (count, band, at) in [
        (
            top,
            [MARGIN, MARGIN - of(top), inner, of(top)],
            [middle, MARGIN - of(top) - 4.0],
        ),
        (
            bottom,
            [MARGIN, end, inner, of(bottom)],
            [middle, end + of(bottom) + 14.0],
        ),
        (
            left,
            [MARGIN - of(left), MARGIN, of(left), inner],
            [MARGIN - of(left) - 9.0, middle + 5.0],
        ),
        (
            right,
            [end, MARGIN, of(right), inner],
            [end + of(right) + 9.0, middle + 5.0],
        ),
    ] {
        svg += &rect(band, &padded);
        svg += &text(at, &count.to_string());
    }
    let [rows, columns] = layer.never_read.map(of);
    svg += &rect([MARGIN, end - rows, inner, rows], "opacity=\"0.6\"");
    svg += &rect([end - columns, MARGIN, columns, inner], "opacity=\"0.6\"");
    svg += &text([middle, middle + 5.0], "map");
    svg += &text([middle, SIDE + 10.0], &name);
    svg + "</svg>\n"
}

fn rect([x, y, width, height]: [f64; 4], style: &str) -> String {
    format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {style}/>")
}

/// Text that needs no escaping, in the middle of `x`.
fn text([x, y]: [f64; 2], words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>")
}
