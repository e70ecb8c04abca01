//! 04. A convolution reads its border through the padding.
//!
//! **Question**: a picture of ones is blurred by a 3×3 mean. Under which paddings does it stay a picture of
//! ones, and what becomes of a bright pixel in its corner?
//!
//! A 3×3 mean over a 4×4 image of ones with one brighter pixel, a 3, in its corner. In the first row of the
//! output, zeros darken the border, replicate counts the bright corner four times, circular lets it shine
//! through to the other side, and partial divides by the taps inside the image.
//!
//! Run with `cargo run --release --example 04_conv`. It prints:
//!
//! ```text
//! zeros      0.67 0.89 0.67 0.44
//! reflect    1.22 1.22 1.00 1.00
//! replicate  1.89 1.44 1.00 1.00
//! circular   1.22 1.22 1.00 1.22
//! partial    1.50 1.33 1.00 1.00
//! fused equals padded first, bit for bit: true
//! ```
//!
//! **Exercise**: take an 8×8 image of ones alone, and blur it twice under zeros. What does a row through the
//! middle look like, and how many pixels from the border does the padding reach? Then see the end of the file,
//! and add `-- --answer` to the command.

use padgrad::autodiff::Var;
use padgrad::autodiff::ops::{self, ConvOptions};
use padgrad::error::Result;
use padgrad::padding::{Extent, Padding};
use padgrad::tensor::Tensor;

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    let mut image = Tensor::<f64>::ones(&[1, 1, 4, 4]);
    image.data_mut()[0] = 3.0;
    let image = Var::constant(image);
    let mean = mean();
    for scheme in ["zeros", "reflect", "replicate", "circular", "partial"] {
        let padding = Padding::parse(scheme)?.extent(Extent::Uniform(1));
        let y = ops::conv2d(&image, &mean, None, &ConvOptions::new(padding));
        println!("{scheme:<10} {}", text(&y.value().data()[..4]));
    }
    // No padded copy of the image is made, but the result is the same as with one.
    let padding = Padding::parse("reflect@2")?;
    let fused = ops::conv2d(&image, &mean, None, &ConvOptions::new(padding));
    let padded = ops::pad2d(&image, padding);
    let apart = ops::conv2d(&padded, &mean, None, &ConvOptions::new(Padding::valid()));
    println!(
        "fused equals padded first, bit for bit: {}",
        fused.value() == apart.value()
    );
    Ok(())
}

fn mean() -> Var<f64> {
    Var::constant(Tensor::full(&[1, 1, 3, 3], 1.0 / 9.0))
}

fn text(row: &[f64]) -> String {
    let values: Vec<String> = row.iter().map(|v| format!("{v:.2}")).collect();
    values.join(" ")
}

/// **Answer**: each blur reaches one pixel further, so two pixels from every side are no longer 1.
///
/// ```text
/// once   0.67 1.00 1.00 1.00 1.00 1.00 1.00 0.67
/// twice  0.56 0.89 1.00 1.00 1.00 1.00 0.89 0.56
/// ```
fn answer() -> Result<()> {
    let options = ConvOptions::new(Padding::zeros(1));
    let ones = Var::constant(Tensor::ones(&[1, 1, 8, 8]));
    let once = ops::conv2d(&ones, &mean(), None, &options);
    let twice = ops::conv2d(&once, &mean(), None, &options);
    for (name, y) in [("once", once), ("twice", twice)] {
        println!("{name:<6} {}", text(&y.value().data()[32..40]));
    }
    Ok(())
}
