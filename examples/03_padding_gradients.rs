//! 03. The gradient through every padding, drawn.
//!
//! **Question**: an output pixel in the corner has 25 taps, of which 9 lie on the image. Through which paddings
//! do the other 16 reach the image, and does it learn from them?
//!
//! It shows how much each pixel of an image gets from one output pixel in the corner.
//!
//! A 5×5 convolution whose weights are all 1 looks at the top left corner of an 8×8 image, two pixels
//! beyond its border. With such weights the gradient of an image pixel is the number of times that the
//! output reads it, directly or as a padded pixel. Zeros: the 16 padded taps give nothing, 9 remain. Index
//! maps: every tap reads some pixel, 25. Extrapolation: weights with the sum 1 per tap, 25. Partial: nine
//! taps that count 25/9 each.
//!
//! Run with `cargo run --release --example 03_padding_gradients -- padding_gradients.png`. It draws the
//! gradients and prints their sums:
//!
//! ```text
//! zeros                          9.00  none through the border
//! constant:0.5                   9.00  none through the border
//! reflect                       25.00  to the pixels read
//! replicate                     25.00  to the pixels read
//! circular                      25.00  to the pixels read
//! symmetric                     25.00  to the pixels read
//! extrapolate                   25.00  to the pixels read, times their weights
//! randn                         25.00  to mean and deviation; the draw is frozen
//! partial                       25.00  none through the border; the ratio is a constant
//! distribution:interp            9.00  stopped at the padded values
//! distribution:reflect           9.00  stopped at the padded values
//! distribution:interp-centred    9.00  stopped at the padded values
//! distribution:reflect-centred   9.00  stopped at the padded values
//! wrote padding_gradients.png
//! ```
//!
//! **Exercise**: move the window from the corner to the middle of the top edge. What are the sums now, under
//! zeros, reflect and partial? Then see the end of the file, and add `-- --answer` to the command.

use padgrad::autodiff::ops::{self, ConvOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::error::Result;
use padgrad::files::write_atomic;
use padgrad::padding::{Extent, Padding, Scheme, schemes};
use padgrad::report::plot::sheet::{Shade, Sheet, Tile};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

const SIDE: usize = 8;
const KERNEL: usize = 5;
const PAD: usize = 2;

/// ∂y[0, column]/∂x for a convolution with ones.
fn top_gradient(padding: Padding, column: usize) -> Tensor<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::randn(&[1, 1, SIDE, SIDE], &mut Seed(3).rng()));
    let ones = Var::constant(Tensor::ones(&[1, 1, KERNEL, KERNEL]));
    let y = ops::conv2d(&x, &ones, None, &ConvOptions::new(padding));
    let pixel = ops::crop2d(&y, 0..1, column..column + 1);
    let mut gradients = pixel.backward();
    gradients
        .take(&x)
        .unwrap_or_else(|| Tensor::zeros(x.shape()))
}

/// The map with the padded pixels around it left blank, and the window of the output pixel over it.
fn tile(scheme: &Scheme, padding: Padding) -> Tile {
    let gradient = top_gradient(padding.extent(Extent::Uniform(PAD)), 0);
    let total: f64 = gradient.data().iter().sum();
    let wide = SIDE + 2 * PAD;
    let inside = |i: usize| (PAD..PAD + SIDE).contains(&i);
    let cell = |i: usize| {
        let (row, column) = (i / wide, i % wide);
        let shown = inside(row) && inside(column);
        shown.then(|| gradient.at(&[0, 0, row - PAD, column - PAD]))
    };
    println!(
        "{:28} {total:6.2}  {}",
        padding.to_string(),
        scheme.gradient
    );
    Tile {
        title: padding.to_string(),
        note: format!("sum {total:.0}; gradient: {}", scheme.gradient),
        width: wide,
        cells: (0..wide * wide).map(cell).collect(),
        window: Some([0, 0, KERNEL, KERNEL]),
    }
}

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    let path: std::path::PathBuf = match std::env::args_os().nth(1) {
        Some(path) => path.into(),
        None => std::env::temp_dir().join("padding_gradients.png"),
    };
    let mut tiles = Vec::new();
    for scheme in schemes() {
        let argument = scheme.samples.first().copied().flatten();
        let text = argument.map_or(scheme.name.to_string(), |a| format!("{}:{a}", scheme.name));
        tiles.push(tile(scheme, Padding::parse(&text)?));
    }
    let sheet = Sheet {
        title: "Where the gradient goes through a padding".to_string(),
        explanation: vec![
            format!(
                "One output pixel of a {KERNEL}×{KERNEL} convolution with weights 1, at the top left \
                 corner of an {SIDE}×{SIDE} image padded by {PAD}. Green: the {} taps that it sums.",
                KERNEL * KERNEL
            ),
            "Hatched: padded pixels, which are no part of the image. Numbers: the gradient of each \
             image pixel, which is how often the output reads it, directly or through the padding."
                .to_string(),
        ],
        tiles,
        columns: 5,
        zoom: 26,
        values: true,
        shade: Shade::Signed { max: 9.0 },
        legend: "gradient of the output with respect to the image pixel".to_string(),
    };
    write_atomic(&path, &sheet.png()?)?;
    println!("wrote {}", path.display());
    Ok(())
}

/// **Answer**: of the window's 5 rows 3 lie on the image, 15 taps. Reflect reads other pixels for the rest; partial
/// weighs each of the 15 by 25/15.
///
/// ```text
/// zeros     15.00
/// reflect   25.00
/// partial   25.00
/// ```
fn answer() -> Result<()> {
    for name in ["zeros", "reflect", "partial"] {
        let padding = Padding::parse(name)?.extent(Extent::Uniform(PAD));
        let total: f64 = top_gradient(padding, SIDE / 2).data().iter().sum();
        println!("{name:<8} {total:6.2}");
    }
    Ok(())
}
