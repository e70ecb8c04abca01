//! Where padding comes from: what a convolution at a corner reads, under every scheme.

use serde::Serialize;

use super::{paragraph, section};
use crate::autodiff::Var;
use crate::autodiff::ops;
use crate::error::Result;
use crate::padding::{Extent, HALO, Padding, Rule, Scheme, Sides, schemes};
use crate::report::number::short;
use crate::report::viewer::data_block;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Side of the image that is shown, and how far it is padded.
const SIDE: usize = 6;
const PAD: usize = 2;

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

/// A padding scheme as it is written, with the first of its sample arguments.
pub fn written(scheme: &Scheme) -> Result<Padding> {
    match scheme.samples.first().copied().flatten() {
        Some(argument) => Padding::parse(&format!("{}:{argument}", scheme.name)),
        None => Padding::parse(scheme.name),
    }
}

/// The widget.
///
/// # Errors
/// Never in practice: the registry's own samples can be read.
pub fn where_padding_comes_from() -> Result<String> {
    let shown: Vec<Shown> = schemes().iter().map(show).collect::<Result<_>>()?;
    let body = paragraph(
        "A 5×5 convolution computes its output for the top left pixel of a 6×6 image. Of the 25 pixels it \
         reads, 16 lie outside. Choose a scheme, then point at a pixel inside the outlined window: it says \
         where its value comes from, and the pixel it copies lights up.",
    ) + "<div id=\"taps\" data-taps=\"taps-data\"></div>\n"
        + &data_block("taps-data", &shown)?;
    Ok(section("taps-heading", "Where padding comes from", &body))
}

/// Reads the scheme's own tables: what is shown is what padgrad computes with.
fn show(scheme: &Scheme) -> Result<Shown> {
    let padding = written(scheme)?.extent(Extent::Uniform(PAD)).seed(Seed(1));
    let pixels: Vec<f64> = (1..=SIDE * SIDE).map(|i| i as f64).collect();
    let image = Tensor::from_vec(pixels, &[1, 1, SIDE, SIDE]);
    let excluded = matches!(padding.rule(), Rule::Excluded);
    let padded = ops::pad2d(&Var::constant(image), &padding).into_value();
    let [rows, columns] = padding.axes(Sides::uniform(PAD), [SIDE, SIDE]);
    let wide = SIDE + 2 * PAD;
    let cell = |i: usize| {
        let (row, column) = (rows.source[i / wide], columns.source[i % wide]);
        let source = (row != HALO && column != HALO).then_some([row as usize, column as usize]);
        let value = match source {
            None if excluded => "–".to_string(),
            _ => label(padded.data()[i]),
        };
        Cell { value, source }
    };
    Ok(Shown {
        name: padding
            .to_string()
            .split('@')
            .next()
            .unwrap_or_default()
            .to_string(),
        picture: scheme.picture,
        values: scheme.values,
        gradient: scheme.gradient,
        pad: PAD,
        cells: (0..wide * wide).map(cell).collect(),
    })
}

/// Whole numbers as they are, others with three digits.
fn label(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        short(value)
    }
}
