//! 04. A convolution reads its border through the padding.
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

use padgrad::autodiff::Var;
use padgrad::autodiff::ops::{self, ConvOptions};
use padgrad::error::Result;
use padgrad::padding::{Extent, Padding};
use padgrad::tensor::Tensor;

fn main() -> Result<()> {
    let mut image = Tensor::<f64>::ones(&[1, 1, 4, 4]);
    image.data_mut()[0] = 3.0;
    let image = Var::constant(image);
    let mean = Var::constant(Tensor::full(&[1, 1, 3, 3], 1.0 / 9.0));
    for scheme in ["zeros", "reflect", "replicate", "circular", "partial"] {
        let padding = Padding::parse(scheme)?.extent(Extent::Uniform(1));
        let y = ops::conv2d(&image, &mean, None, &ConvOptions::new(padding));
        let row: Vec<String> = y.value().data()[..4]
            .iter()
            .map(|v| format!("{v:.2}"))
            .collect();
        println!("{scheme:<10} {}", row.join(" "));
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
