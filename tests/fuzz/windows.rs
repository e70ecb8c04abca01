//! Convolutions and pools whose shapes come from bytes, for a sanitizer to look at: every shape is a sound one.

use padgrad::autodiff::ops::{self, ConvOptions, PoolOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::padding::{Extent, Padding, Window};
use padgrad::tensor::Tensor;

/// Schemes whose border is the same wherever it is made.
const SCHEMES: [&str; 7] = [
    "zeros",
    "reflect",
    "replicate",
    "circular",
    "symmetric",
    "constant:0.5",
    "extrapolate",
];

/// Numbers that are drawn from bytes; behind the last byte all are 0.
struct Draws<'a>(std::slice::Iter<'a, u8>);

impl Draws<'_> {
    fn below(&mut self, end: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % end)
    }

    fn pair(&mut self, from: usize, end: usize) -> [usize; 2] {
        [0; 2].map(|_| from + self.below(end - from))
    }

    fn tensor(&mut self, shape: &[usize]) -> Tensor<f32> {
        let first = self.below(256);
        let value = |i: usize| ((i * 37 + first) % 64) as f32 / 16.0 - 2.0;
        Tensor::from_vec((0..shape.iter().product()).map(value).collect(), shape)
    }

    fn padding(&mut self) -> (Padding, [usize; 4]) {
        let scheme = SCHEMES[self.below(SCHEMES.len())];
        let sides = [0; 4].map(|_| self.below(5));
        let [top, left, bottom, right] = sides;
        let extent = Extent::Explicit {
            top,
            left,
            bottom,
            right,
        };
        let padding = Padding::parse(scheme).expect("a scheme");
        (padding.extent(extent), sides)
    }
}

/// Whether a window fits into the padded image.
fn fits(window: Window, [h, w]: [usize; 2], [top, left, bottom, right]: [usize; 4]) -> bool {
    let padded = [h + top + bottom, w + left + right];
    (0..2).all(|axis| window.output(axis, padded[axis]).is_some())
}

/// A convolution forwards and backwards: its border is read through indices or from a padded copy, with the same bits.
pub fn conv(data: &[u8]) {
    let mut draws = Draws(data.iter());
    let groups = [1, 1, 2, 3][draws.below(4)];
    let depthwise = draws.below(4) == 0;
    let [inner, outer] = draws.pair(1, 18);
    let channels = if depthwise {
        [inner, inner]
    } else {
        [inner * groups, outer * groups]
    };
    let groups = if depthwise { inner } else { groups };
    let (size, kernel) = (draws.pair(1, 30), draws.pair(1, 6));
    let (stride, dilation) = (draws.pair(1, 4), draws.pair(1, 4));
    let (padding, sides) = draws.padding();
    let window = Window {
        kernel,
        stride,
        dilation,
    };
    if !fits(window, size, sides) {
        return;
    }
    let images = 1 + draws.below(3);
    let x = draws.tensor(&[images, channels[0], size[0], size[1]]);
    let w = draws.tensor(&[channels[1], channels[0] / groups, kernel[0], kernel[1]]);
    let bias = draws.tensor(&[channels[1]]);
    let options = ConvOptions {
        stride,
        dilation,
        groups,
        ..ConvOptions::new(padding)
    };
    let tape = Tape::new();
    let [x, w, bias] = [x, w, bias].map(|t| tape.leaf(t));
    let y = ops::conv2d(&x, &w, Some(&bias), &options);
    let copied = ops::pad2d(&Var::constant(x.value().clone()), padding);
    let apart = ConvOptions {
        padding: Padding::valid().into(),
        ..options
    };
    let apart = ops::conv2d(&copied, &w, Some(&bias), &apart);
    assert_eq!(y.value(), apart.value());
    let gradients = y.backward_with(Tensor::ones(y.shape()));
    drop(gradients);
}

/// Both pools, forwards and backwards.
pub fn pool(data: &[u8]) {
    let mut draws = Draws(data.iter());
    let (size, kernel) = (draws.pair(1, 40), draws.pair(1, 6));
    let (stride, dilation) = (draws.pair(1, 5), draws.pair(1, 3));
    let (padding, sides) = draws.padding();
    let options = PoolOptions {
        kernel,
        stride,
        dilation,
        padding: padding.into(),
    };
    if !fits(options.window(), size, sides) {
        return;
    }
    let shape = [1 + draws.below(3), 1 + draws.below(20), size[0], size[1]];
    // Zeros never win a maximum, so every window must hold a pixel of the image.
    let near = (0..4).all(|side| sides[side] < kernel[side % 2]) && dilation == [1; 2];
    let pools = [ops::max_pool2d, ops::avg_pool2d];
    let allowed = usize::from(!near && padding.to_string().starts_with("zeros"));
    for pool in &pools[allowed..] {
        let tape = Tape::new();
        let x = tape.leaf(draws.tensor(&shape));
        let y = pool(&x, &options);
        drop(y.backward_with(Tensor::ones(y.shape())));
    }
}
