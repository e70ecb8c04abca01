//! What must hold whatever the numbers: identities between paddings and windowed operations, most of
//! them bit for bit.

use padgrad::autodiff::ops::{self, ConvOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::kernels::Scalar;
use padgrad::padding::{Drawn, Extent, Padding, plain_samples};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use proptest::prelude::*;

/// Random cases without files of earlier failures; what fails is printed whole.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    }
}

fn padding(text: &str) -> Padding {
    Padding::parse(text).unwrap_or_else(|e| panic!("{e}"))
}

fn explicit([top, left, bottom, right]: [usize; 4]) -> Extent {
    Extent::Explicit {
        top,
        left,
        bottom,
        right,
    }
}

fn randn(seed: u64, label: &str, shape: &[usize]) -> Tensor<f64> {
    Tensor::randn(shape, &mut Seed(seed).child(label).rng())
}

/// Bit patterns; those of an f32 survive the way through f64.
fn bits<T: Scalar>(t: &Tensor<T>) -> Vec<u64> {
    t.data().iter().map(|v| v.as_f64().to_bits()).collect()
}

/// The output of `f` for constants.
fn value<T: Scalar, const N: usize>(
    inputs: [&Tensor<T>; N],
    f: impl Fn(&[Var<T>]) -> Var<T>,
) -> Tensor<T> {
    f(&inputs.map(|x| Var::constant(x.clone()))).into_value()
}

/// The gradients of ⟨c, f⟩ for a random c that single precision holds.
fn gradients<T: Scalar>(inputs: &[&Tensor<T>], f: impl Fn(&[Var<T>]) -> Var<T>) -> Vec<Tensor<T>> {
    let tape = Tape::new();
    let leaves: Vec<Var<T>> = inputs.iter().map(|&x| tape.leaf(x.clone())).collect();
    let y = f(&leaves);
    let cotangent: Tensor<f32> = randn(3, "cotangent", y.shape()).cast();
    let mut all = y.backward_with(cotangent.cast());
    let zeros = |leaf: &Var<T>| Tensor::zeros(leaf.shape());
    let take = |leaf: &Var<T>| all.take(leaf).unwrap_or_else(|| zeros(leaf));
    leaves.iter().map(take).collect()
}

/// Rows moved down by `by[0]` and columns right by `by[1]`, round the edges.
fn rolled<T: Scalar>(x: &Tensor<T>, by: [usize; 2]) -> Tensor<T> {
    let &[n, c, h, w] = x.shape() else {
        panic!("an image is needed")
    };
    let mut out = Tensor::zeros(x.shape());
    for map in 0..n * c {
        for (y, x0) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
            let to = (map * h + (y + by[0]) % h) * w + (x0 + by[1]) % w;
            out.data_mut()[to] = x.data()[(map * h + y) * w + x0];
        }
    }
    out
}

/// Inputs of a convolution of random sizes.
#[derive(Clone, Debug)]
struct Conv {
    x: Tensor<f64>,
    weight: Tensor<f64>,
    bias: Tensor<f64>,
    options: ConvOptions,
    sides: [usize; 4],
}

prop_compose! {
    fn conv_of(maps: usize, side: usize)(
        n in prop_oneof![4 => 1usize..3, 1 => 3usize..10],
        [c, o] in [1..maps, 1..maps],
        size in [1..side, 1..side],
        kernel in [1usize..4, 1usize..4],
        stride in [1usize..4, 1usize..4],
        dilation in [1usize..3, 1usize..3],
        sides in [0usize..6, 0usize..6, 0usize..6, 0usize..6],
        seed in any::<u64>(),
    ) -> Conv {
        Conv {
            x: randn(seed, "x", &[n, c, size[0], size[1]]),
            weight: randn(seed, "weight", &[o, c, kernel[0], kernel[1]]),
            bias: randn(seed, "bias", &[o]),
            options: ConvOptions { stride, dilation, ..ConvOptions::new(Padding::valid()) },
            sides,
        }
    }
}

/// Small ones, in which the border is everything, and ones that fill the tiles of a fast kernel.
fn conv() -> impl Strategy<Value = Conv> {
    prop_oneof![4 => conv_of(4, 8), 1 => conv_of(36, 40)]
}

impl Conv {
    fn fits(&self) -> bool {
        let [top, left, bottom, right] = self.sides;
        let padded = [
            top + self.x.shape()[2] + bottom,
            left + self.x.shape()[3] + right,
        ];
        let span = |a: usize| self.options.dilation[a] * (self.weight.shape()[2 + a] - 1) + 1;
        (0..2).all(|a| span(a) <= padded[a])
    }

    fn inputs(&self) -> [&Tensor<f64>; 3] {
        [&self.x, &self.weight, &self.bias]
    }

    fn cast<T: Scalar>(&self) -> [Tensor<T>; 3] {
        self.inputs().map(Tensor::cast)
    }

    /// The output for the image `x` under `padding`.
    fn output<T: Scalar>(&self, x: &Tensor<T>, padding: impl Into<Drawn> + Copy) -> Tensor<T> {
        let [_, weight, bias] = self.cast();
        value([x, &weight, &bias], |v| self.run(&v[0], v, padding))
    }

    fn run<T: Scalar>(&self, x: &Var<T>, v: &[Var<T>], padding: impl Into<Drawn> + Copy) -> Var<T> {
        let options = ConvOptions {
            padding: padding.into(),
            ..self.options
        };
        ops::conv2d(x, &v[1], Some(&v[2]), &options)
    }

    /// Kh·Kw over the taps inside and the mask of the windows that have one, as maps of every output channel:
    /// what `partial` multiplies by.
    fn partial_factors<T: Scalar>(&self, zeros: Padding) -> [Var<T>; 2] {
        let ones = Tensor::ones(&[1, 1, self.x.shape()[2], self.x.shape()[3]]);
        let taps: Tensor<f64> =
            Tensor::ones(&[1, 1, self.weight.shape()[2], self.weight.shape()[3]]);
        let options = ConvOptions {
            padding: zeros.into(),
            ..self.options
        };
        let inside = value([&ones, &taps], |v| {
            ops::conv2d(&v[0], &v[1], None, &options)
        });
        let all = taps.len() as f64;
        let ratio = inside.map(|n| if n > 0.0 { all / n } else { 0.0 });
        [ratio, inside.map(|n| f64::from(n > 0.0))].map(|t| Var::constant(t.cast()))
    }

    /// What the convolution under `padding` is when the border is written out first.
    fn padded_first<T: Scalar>(&self, v: &[Var<T>], padding: impl Into<Drawn> + Copy) -> Var<T> {
        let drawn = padding.into();
        let (padding, padded) = (drawn.padding, ops::pad2d(&v[0], drawn));
        if padding.name() != "partial" {
            return self.run(&padded, v, Padding::valid());
        }
        // Its own formula: the sum without the bias scaled, the bias where a tap is inside.
        let no_bias = Var::constant(Tensor::zeros(v[2].shape()));
        let sum = self.run(
            &padded,
            &[padded.clone(), v[1].clone(), no_bias],
            Padding::valid(),
        );
        let [ratio, met] = self.partial_factors(Padding::zeros(padding.reach()));
        let bias = ops::reshape(&v[2], &[1, self.bias.len(), 1, 1]);
        ops::add(&ops::mul(&sum, &ratio), &ops::mul(&bias, &met))
    }
}

/// Fails the property with `what` where two tensors differ in a bit.
fn same<T: Scalar>(a: &Tensor<T>, b: &Tensor<T>, what: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.shape(), b.shape());
    prop_assert!(bits(a) == bits(b), "{} in {}", what, T::DTYPE);
    Ok(())
}

/// Fails the property where two lists of gradients differ by more than `share` of their largest number.
fn near(a: &[Tensor<f64>], b: &[Tensor<f64>], share: f64, what: &str) -> Result<(), TestCaseError> {
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let largest = b.data().iter().fold(1.0f64, |m, v| m.max(v.abs()));
        let mut pairs = a.data().iter().zip(b.data());
        let near = pairs.all(|(a, b)| (a - b).abs() <= share * largest);
        prop_assert!(near, "{}: gradient {}", what, i);
    }
    Ok(())
}

/// The same where they differ by more than the order of their sums.
fn close(a: &[Tensor<f64>], b: &[Tensor<f64>], what: &str) -> Result<(), TestCaseError> {
    near(a, b, 1e-12, what)
}

/// The gradients in `T` of a convolution of which single precision holds every input.
fn conv_gradients<T: Scalar>(conv: &Conv, padding: Drawn) -> Vec<Tensor<f64>> {
    let rounded = conv.cast::<f32>().map(|t| t.cast::<T>());
    let found = gradients(&rounded.each_ref(), |v| conv.run(&v[0], v, padding));
    found.iter().map(Tensor::cast).collect()
}

fn fused_and_apart<T: Scalar>(conv: &Conv, padding: Drawn) -> Result<(), TestCaseError> {
    let [x, weight, bias] = conv.cast();
    let apart = value([&x, &weight, &bias], |v| conv.padded_first::<T>(v, padding));
    same(
        &conv.output(&x, padding),
        &apart,
        &padding.padding.to_string(),
    )
}

fn rolled_before_and_after<T: Scalar>(conv: &Conv, by: [usize; 2]) -> Result<(), TestCaseError> {
    let ([x, ..], padding) = (conv.cast::<T>(), padding("circular@same"));
    let before = conv.output(&rolled(&x, by), padding);
    same(
        &before,
        &rolled(&conv.output(&x, padding), by),
        "a rolled image",
    )
}

/// The image alone against the same pixels at `place` (in outputs) of a larger image, in a batch with
/// another sample before it.
fn alone_and_among_others<T: Scalar>(
    conv: &Conv,
    place: [usize; 2],
    more: usize,
) -> Result<(), TestCaseError> {
    let x: Tensor<T> = conv.x.cast();
    let &[n, c, h, w] = x.shape() else {
        panic!("an image")
    };
    let [dy, dx] = [0, 1].map(|a| place[a] * conv.options.stride[a]);
    let [rows, columns] = [h + dy + more, w + dx + more];
    let mut wide: Tensor<T> = randn(5, "wide", &[n + 1, c, rows, columns]).cast();
    for (i, &v) in x.data().iter().enumerate() {
        let (map, y, x) = (i / (h * w), i / w % h, i % w);
        wide.data_mut()[((c + map) * rows + y + dy) * columns + x + dx] = v;
    }
    let alone = conv.output(&x, Padding::valid());
    let among = conv.output(&wide, Padding::valid()).rows(1..n + 1);
    let [y, x] = place;
    let found = value([&among], |v| {
        ops::crop2d(&v[0], y..y + alone.shape()[2], x..x + alone.shape()[3])
    });
    same(&found, &alone, "an image among others")
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn a_fused_border_equals_padding_first(conv in conv()) {
        prop_assume!(conv.fits());
        for scheme in plain_samples().flat_map(|p| [p, p.detach()]) {
            let padding = scheme.extent(explicit(conv.sides)).drawn(Seed(11), 0);
            fused_and_apart::<f64>(&conv, padding)?;
            fused_and_apart::<f32>(&conv, padding)?;
            let fused = gradients(&conv.inputs(), |v| conv.run(&v[0], v, padding));
            let apart = gradients(&conv.inputs(), |v| conv.padded_first(v, padding));
            close(&fused, &apart, &scheme.to_string())?;
        }
    }

    /// Single precision has kernels of its own, which finite differences never see.
    #[test]
    fn single_precision_gradients_are_those_of_double(conv in conv()) {
        prop_assume!(conv.fits());
        for scheme in plain_samples().flat_map(|p| [p, p.detach()]) {
            let padding = scheme.extent(explicit(conv.sides)).drawn(Seed(14), 0);
            let [single, double] = [conv_gradients::<f32>, conv_gradients::<f64>]
                .map(|gradients| gradients(&conv, padding));
            // Sums of up to some thousands of rounded products.
            near(&single, &double, 1e-5, &scheme.to_string())?;
        }
    }

    #[test]
    fn padding_then_cropping_changes_nothing(conv in conv()) {
        let [h, w] = [conv.x.shape()[2], conv.x.shape()[3]];
        let [top, left, ..] = conv.sides;
        for scheme in plain_samples() {
            let padding = scheme.extent(explicit(conv.sides));
            let there_and_back = |v: &[Var<f64>]| {
                ops::crop2d(&ops::pad2d(&v[0], padding), top..top + h, left..left + w)
            };
            prop_assert_eq!(bits(&value([&conv.x], there_and_back)), bits(&conv.x));
            let [gradient] = &gradients(&[&conv.x], there_and_back)[..] else {
                panic!("one input")
            };
            let cotangent: Tensor<f32> = randn(3, "cotangent", conv.x.shape()).cast();
            prop_assert_eq!(bits(gradient), bits(&cotangent));
        }
    }

    #[test]
    fn circular_convolution_commutes_with_rolling(conv in conv(), by in [0usize..8, 0usize..8]) {
        let conv = Conv { options: ConvOptions { stride: [1; 2], ..conv.options }, ..conv };
        rolled_before_and_after::<f64>(&conv, by)?;
        rolled_before_and_after::<f32>(&conv, by)?;
    }

    #[test]
    fn symmetric_equals_replicate_for_one_pixel(conv in conv()) {
        let conv = Conv { sides: conv.sides.map(|p| p.min(1)), ..conv };
        prop_assume!(conv.fits());
        let run = |scheme: &str| {
            let padding = padding(scheme).extent(explicit(conv.sides));
            let f = |v: &[Var<f64>]| conv.run(&v[0], v, padding);
            let mut all = gradients(&conv.inputs(), f);
            all.push(value(conv.inputs(), f));
            all.iter().map(bits).collect::<Vec<_>>()
        };
        prop_assert_eq!(run("symmetric"), run("replicate"));
    }

    #[test]
    fn convolution_moves_with_its_input_bit_for_bit(
        conv in conv(),
        place in [0usize..20, 0usize..20],
        more in 0usize..20,
    ) {
        prop_assume!(Conv { sides: [0; 4], ..conv.clone() }.fits());
        alone_and_among_others::<f64>(&conv, place, more)?;
        alone_and_among_others::<f32>(&conv, place, more)?;
    }

    #[test]
    fn a_detached_border_changes_the_gradient_alone(conv in conv_of(4, 8)) {
        prop_assume!(conv.fits());
        for scheme in plain_samples().filter(|p| p.name() != "partial") {
            let scheme = scheme.extent(explicit(conv.sides));
            let [padding, stopped] = [scheme, scheme.detach()].map(|p| p.drawn(Seed(12), 0));
            let detached = conv.output(&conv.x, stopped);
            same(&conv.output(&conv.x, padding), &detached, &scheme.to_string())?;
            // The border as numbers that do not depend on x.
            let zeros = Padding::zeros(scheme.reach());
            let border = value([&conv.x], |v| {
                ops::sub(&ops::pad2d(&v[0], padding), &ops::pad2d(&v[0], zeros))
            });
            let frozen = |v: &[Var<f64>]| {
                let padded = ops::add(&ops::pad2d(&v[0], zeros), &Var::constant(border.clone()));
                conv.run(&padded, v, Padding::valid())
            };
            let detached = gradients(&conv.inputs(), |v| conv.run(&v[0], v, stopped));
            close(&detached, &gradients(&conv.inputs(), frozen), &scheme.to_string())?;
        }
    }

    #[test]
    fn a_random_border_follows_the_mean_and_deviation_of_its_map(
        conv in conv(),
        scale in 0.1f64..5.0,
        shift in -3.0f64..3.0,
    ) {
        let padding = padding("randn").extent(explicit(conv.sides)).drawn(Seed(13), 0);
        let pad = |x: &Tensor<f64>| value([x], |v| ops::pad2d(&v[0], padding));
        let moved = pad(&conv.x.map(|v| scale * v + shift));
        for (a, b) in moved.data().iter().zip(pad(&conv.x).data()) {
            prop_assert!((a - (scale * b + shift)).abs() < 1e-12 * (1.0 + a.abs()) * 10.0);
        }
    }
}
