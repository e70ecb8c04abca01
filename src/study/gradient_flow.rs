//! What every padding scheme does to a small image: the values that it puts around it, and the gradient that
//! flows back through it.

use crate::autodiff::ops::{self, ConvOptions};
use crate::autodiff::{Tape, Var};
use crate::padding::{Extent, HALO, Padding, Rule, Scheme, Sides, schemes};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Side of the image whose gradient is taken, and the kernel and padding of the convolution.
pub const SIDE: usize = 12;
/// Side of the kernel.
pub const KERNEL: usize = 5;
/// Padding on each side.
pub const PAD: usize = 2;
/// Side of the image that is shown with its border.
const SHOWN_SIDE: usize = 6;

/// The gradient of the sum of all outputs of a [`KERNEL`]×[`KERNEL`] convolution with weights 1, padded by [`PAD`],
/// for each pixel of an image: under every scheme with its first sample argument, then without padding.
///
/// In percent more or less than a pixel gets that all windows can reach, a map `[SIDE, SIDE]`.
pub fn input_gradients() -> Vec<(Padding, Tensor<f32>)> {
    let paddings = schemes().iter().map(sample).chain([Padding::valid()]);
    paddings.map(|p| (p, against_inner_pixel(p))).collect()
}

/// A scheme with the first of its sample arguments.
fn sample(scheme: &Scheme) -> Padding {
    let text = match scheme.samples.first().copied().flatten() {
        Some(argument) => format!("{}:{argument}", scheme.name),
        None => scheme.name.to_string(),
    };
    Padding::parse(&text).expect("a scheme reads its own sample")
}

fn against_inner_pixel(padding: Padding) -> Tensor<f32> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::randn(
        &[1, 1, SIDE, SIDE],
        &mut Seed(3).rng(),
    ));
    let ones = Var::constant(Tensor::ones(&[1, 1, KERNEL, KERNEL]));
    let options = ConvOptions::new(padding.or_extent(Extent::Uniform(PAD)));
    let y = ops::conv2d(&x, &ones, None, &options);
    let cotangent = Tensor::ones(y.shape());
    let mut gradients = y.backward_with(cotangent);
    let gradient = gradients
        .take(&x)
        .unwrap_or_else(|| Tensor::zeros(x.shape()));
    let inner = (KERNEL * KERNEL) as f64;
    let percent = gradient
        .data()
        .iter()
        .map(|g| (100.0 * (g / inner - 1.0)) as f32);
    Tensor::from_vec(percent.collect(), &[SIDE, SIDE])
}

/// A pixel of a padded image.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixel {
    /// None where the scheme excludes the border from the sum.
    pub value: Option<f64>,
    /// The row and column of the image pixel that it copies, if it copies one.
    pub source: Option<[usize; 2]>,
}

/// An image padded by [`PAD`] on each side.
pub struct Padded {
    /// The scheme.
    pub scheme: &'static Scheme,
    /// A padding of it.
    pub padding: Padding,
    /// Row by row.
    pub pixels: Vec<Pixel>,
}

/// An image of 6×6 pixels, 1 to 36, padded under every scheme: read off the tables that convolutions read.
pub fn padded_images() -> Vec<Padded> {
    schemes().iter().map(padded_image).collect()
}

fn padded_image(scheme: &'static Scheme) -> Padded {
    let padding = sample(scheme).extent(Extent::Uniform(PAD));
    let values: Vec<f64> = (1..=SHOWN_SIDE * SHOWN_SIDE).map(|i| i as f64).collect();
    let image = Tensor::from_vec(values, &[1, 1, SHOWN_SIDE, SHOWN_SIDE]);
    let excluded = matches!(padding.rule(), Rule::Excluded);
    let padded = ops::pad2d(&Var::constant(image), padding.drawn(Seed(1), 0)).into_value();
    let [rows, columns] = padding.axes(Sides::uniform(PAD), [SHOWN_SIDE, SHOWN_SIDE]);
    let wide = SHOWN_SIDE + 2 * PAD;
    let pixel = |(i, &value): (usize, &f64)| {
        let (row, column) = (rows.source[i / wide], columns.source[i % wide]);
        let source = (row != HALO && column != HALO).then_some([row as usize, column as usize]);
        Pixel {
            value: (source.is_some() || !excluded).then_some(value),
            source,
        }
    };
    Padded {
        scheme,
        pixels: padded.data().iter().enumerate().map(pixel).collect(),
        padding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_pixel_gets_what_its_windows_give() {
        let corner = |text: &str| {
            let padding = Padding::parse(text).expect("a padding");
            against_inner_pixel(padding).data()[0]
        };
        // Nine of 25 windows read the corner; without padding one does.
        assert_eq!(corner("zeros"), -64.0);
        assert_eq!(corner("valid"), -96.0);
        assert_eq!(corner("circular"), 0.0);
        // The corner stands in for itself and for two pixels per axis beyond it: 3 + 2 + 1 = 6 windows an axis.
        assert_eq!(corner("replicate"), 44.0);
    }
}
