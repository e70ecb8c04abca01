//! Where padding comes from: what a convolution at a corner reads, under every scheme.

use serde::Serialize;

use crate::report::page::elements::{paragraph, section};
use crate::report::page::viewer::data_block;
use crate::report::text::short;
use crate::study::gradient_flow::{PAD, Padded, padded_images};

/// One scheme on the little image.
#[derive(Serialize)]
struct Shown {
    name: String,
    picture: &'static str,
    values: &'static str,
    gradient: &'static str,
    pad: usize,
    /// Every pixel of the padded image, row by row.
    cells: Vec<Cell>,
}

/// A pixel: its value, and the image pixel that it copies, if it copies one.
#[derive(Serialize)]
struct Cell {
    value: String,
    source: Option<[usize; 2]>,
}

/// The widget.
pub fn where_padding_comes_from() -> String {
    let shown: Vec<Shown> = padded_images().into_iter().map(show).collect();
    let body = paragraph(
        "A 5×5 convolution computes its output for the top left pixel of a 6×6 image. Of the 25 pixels it \
         reads, 16 lie outside. Choose a scheme, then a pixel inside the outlined window: \
         the text says where its value comes from, and the pixel it copies lights up.",
    ) + "<div id=\"taps\" data-taps=\"taps-data\"></div>\n"
        + &data_block("taps-data", &shown);
    section("taps-heading", "Where padding comes from", &body)
}

fn show(padded: Padded) -> Shown {
    let cells = padded.pixels.into_iter().map(|pixel| Cell {
        value: pixel.value.map_or_else(|| "–".to_string(), label),
        source: pixel.source,
    });
    let name = padded.padding.to_string();
    Shown {
        name: name.split('@').next().unwrap_or_default().to_string(),
        picture: padded.scheme.picture,
        values: padded.scheme.values,
        gradient: padded.scheme.gradient,
        pad: PAD,
        cells: cells.collect(),
    }
}

/// Whole values as they are, others with three digits.
fn label(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        short(value)
    }
}
