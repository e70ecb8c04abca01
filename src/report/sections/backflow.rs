//! What flows back: the gradient that each pixel of an image gets, under every scheme.

use super::maps::largest;
use super::taps::written;
use super::{figure, paragraph, section};
use crate::autodiff::ops::{self, ConvOptions};
use crate::autodiff::{Tape, Var};
use crate::error::Result;
use crate::padding::{Extent, Padding, schemes};
use crate::report::quantised::Quantised;
use crate::report::viewer::{Panel, Row, Shade, Variant, Viewer};
use crate::rng::Seed;
use crate::tensor::Tensor;

const SIDE: usize = 12;
const KERNEL: usize = 5;
const PAD: usize = 2;

/// Heatmaps of the input gradient.
///
/// # Errors
/// Never in practice: the registry's own samples can be read.
pub fn what_flows_back() -> Result<String> {
    let mut panels = Vec::new();
    let mut max: f64 = 0.0;
    let paddings = schemes().iter().map(written);
    for padding in paddings.chain([Ok(Padding::valid())]) {
        let padding = padding?;
        let map = against_inner_pixel(padding);
        max = max.max(largest(map.data()));
        panels.push(Panel {
            name: padding.to_string(),
            note: String::new(),
            frames: vec![Some(Quantised::of_map(&map))],
        });
    }
    let viewer = Viewer {
        name: "gradients".into(),
        slider: String::new(),
        frames: vec![String::new()],
        steps: Vec::new(),
        choice: String::new(),
        variants: vec![Variant {
            name: "input gradient".into(),
            scale: Shade::diverging(max),
            rows: vec![Row {
                title: String::new(),
                panels,
            }],
        }],
        chosen: 0,
        unit: "% more or less than an inner pixel".into(),
        start: 0,
        play: 0,
    };
    let explained = paragraph(
        "Training sends gradients back through the same paths. A pixel at the border lies in fewer windows than \
         one in the middle, so under zeros it gets less. Where padding copies a pixel, that pixel gets its \
         copies' share as well: with circular and symmetric padding this evens out exactly, with reflect and \
         replicate it gives some pixels more than others.",
    );
    let caption = format!(
        "Gradient of the sum of all outputs of a {KERNEL}×{KERNEL} convolution with weights 1, padded by \
         {PAD}, for each pixel of a {SIDE}×{SIDE} image, against that of an inner pixel; computed with \
         padgrad's automatic differentiation. Blue: less; red: more; pale: the same. Without padding \
         (valid), a corner pixel is read by one window only."
    );
    let body = explained + &figure(&viewer.html("backflow")?, &caption);
    Ok(section("backflow-heading", "What flows back", &body))
}

/// In percent: 0 where a pixel gets as much gradient as one that all windows can reach.
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
