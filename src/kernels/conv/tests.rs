//! Every algorithm against the reference in double precision, on every instruction set.

mod dispatch;
mod epilogue;
mod packed;
mod zeros;

use super::*;
use crate::kernels::border::Halo;
use crate::kernels::simd::Isa;
use crate::padding::{Extent, HALO, Padding, Sides, Window};
use crate::rng::Seed;
use rand::RngExt;

/// A convolution with its border and data.
struct Case {
    name: String,
    shape: ConvShape,
    axes: [Axis; 2],
    frame: Option<Frame>,
    constant: f64,
    x: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
    y_grad: Vec<f64>,
    ring: Vec<f64>,
}

/// Sizes: [batch, channels, output channels, groups], input, kernel, stride, dilation.
type Sizes = ([usize; 4], [usize; 2], [usize; 2], [usize; 2], [usize; 2]);

const SIZES: &[Sizes] = &[
    ([2, 3, 5, 1], [5, 4], [3, 3], [1, 1], [1, 1]),
    ([3, 5, 17, 1], [4, 4], [3, 3], [1, 1], [1, 1]),
    ([2, 40, 33, 1], [6, 7], [3, 3], [1, 1], [1, 1]),
    ([1, 3, 65, 1], [9, 13], [5, 5], [2, 2], [1, 1]),
    ([2, 70, 20, 1], [3, 5], [1, 1], [1, 1], [1, 1]),
    ([2, 6, 8, 2], [7, 6], [3, 3], [2, 1], [1, 1]),
    ([2, 12, 20, 2], [7, 6], [3, 3], [1, 2], [1, 1]),
    ([2, 6, 6, 6], [8, 9], [3, 3], [1, 1], [1, 1]),
    ([1, 4, 8, 4], [9, 8], [3, 5], [2, 2], [1, 2]),
    ([1, 2, 3, 1], [11, 12], [3, 3], [1, 2], [2, 3]),
    ([1, 2, 66, 1], [40, 37], [7, 7], [1, 1], [1, 1]),
    ([1, 300, 2, 1], [2, 3], [3, 3], [1, 1], [1, 1]),
    ([9, 2, 2, 1], [1, 1], [3, 3], [1, 1], [1, 1]),
    ([1, 1, 1, 1], [30, 50], [2, 4], [1, 1], [1, 1]),
    ([70, 3, 20, 1], [4, 5], [1, 1], [1, 1], [1, 1]),
    ([2, 34, 14, 2], [9, 7], [1, 1], [1, 1], [1, 1]),
    ([3, 8, 8, 8], [11, 10], [3, 5], [2, 3], [1, 1]),
    ([1, 14, 14, 2], [12, 17], [3, 3], [2, 2], [2, 3]),
    ([1, 2, 30, 2], [7, 6], [1, 2], [3, 4], [1, 1]),
    ([1, 5, 70, 1], [60, 61], [3, 3], [1, 1], [1, 1]),
    ([3, 16, 16, 16], [4, 4], [3, 3], [1, 1], [1, 1]),
    ([2, 21, 42, 21], [7, 7], [3, 3], [1, 1], [1, 1]),
    ([1, 33, 33, 33], [15, 14], [5, 5], [2, 2], [1, 1]),
    ([2, 11, 11, 11], [13, 29], [7, 7], [1, 1], [1, 1]),
    ([1, 17, 34, 17], [40, 41], [3, 3], [1, 2], [1, 1]),
    ([1, 9, 9, 9], [12, 11], [3, 5], [2, 3], [2, 2]),
    ([2, 48, 80, 16], [9, 6], [3, 3], [1, 1], [1, 1]),
    ([1, 63, 231, 21], [6, 10], [3, 2], [3, 1], [1, 3]),
    ([9, 8, 8, 8], [1, 1], [3, 3], [1, 1], [1, 1]),
    ([3, 20, 20, 20], [5, 9], [1, 1], [2, 2], [1, 1]),
    ([1, 8, 8, 8], [130, 70], [3, 3], [1, 1], [1, 1]),
    ([33, 16, 70, 1], [4, 4], [3, 3], [1, 1], [1, 1]),
    ([2, 17, 18, 1], [17, 14], [3, 3], [1, 1], [1, 1]),
    ([1, 16, 21, 1], [40, 37], [3, 3], [1, 1], [1, 1]),
    ([4, 130, 36, 2], [11, 12], [3, 3], [1, 1], [1, 1]),
    ([2, 3, 6, 3], [6, 32], [3, 3], [1, 1], [1, 1]),
    ([1, 3, 3, 3], [7, 48], [3, 3], [1, 1], [1, 2]),
    ([2, 9, 9, 9], [13, 63], [2, 3], [1, 1], [1, 1]),
    ([5, 2, 15, 1], [30, 31], [5, 3], [1, 1], [1, 2]),
    ([4, 40, 26, 2], [33, 48], [3, 3], [1, 1], [1, 1]),
    // Few terms on wide maps: several images a block, vectors full to the last lane, several panels.
    ([7, 3, 13, 1], [16, 16], [3, 3], [1, 1], [1, 1]),
    ([2, 8, 10, 2], [35, 21], [2, 2], [1, 1], [1, 1]),
    ([3, 12, 70, 1], [20, 40], [3, 2], [1, 1], [1, 2]),
    // Maps that a vector holds, of sixteen elements, of eight and of four.
    ([11, 7, 7, 7], [4, 4], [3, 3], [1, 1], [1, 1]),
    ([3, 5, 15, 5], [3, 5], [2, 5], [1, 1], [1, 1]),
    ([9, 3, 3, 3], [2, 4], [3, 3], [1, 1], [2, 1]),
    ([2, 6, 12, 6], [2, 2], [3, 3], [1, 1], [1, 1]),
    ([4, 9, 9, 9], [4, 4], [3, 3], [2, 1], [1, 1]),
    // Wide maps with a stride of two.
    ([2, 5, 10, 5], [9, 33], [3, 3], [2, 2], [1, 1]),
    ([1, 18, 18, 18], [40, 66], [5, 3], [1, 2], [1, 2]),
    ([3, 4, 4, 4], [35, 47], [4, 4], [3, 2], [2, 1]),
];

fn random(seed: Seed, len: usize) -> Vec<f64> {
    let mut rng = seed.rng();
    (0..len)
        .map(|_| f64::from(rng.random_range(-1.0f32..1.0)))
        .collect()
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

/// The shape, the border's tables and the ring's frame of a convolution that keeps its size, or nearly.
fn geometry(
    &([batch, channels, out_channels, groups], input, kernel, stride, dilation): &Sizes,
    scheme: &str,
) -> (ConvShape, [Axis; 2], Option<Frame>) {
    let window = Window {
        kernel,
        stride,
        dilation,
    };
    let sides = Sides {
        top: dilation[0] * (kernel[0] - 1) / 2,
        left: dilation[1] * (kernel[1] - 1) / 2,
        bottom: dilation[0] * kernel[0] / 2,
        right: dilation[1] * (kernel[1] - 1) / 2,
    };
    let ring = scheme == "ring";
    let padding = Padding::parse(if ring { "zeros" } else { scheme }).unwrap();
    let sides = if padding.reach() == Extent::Valid {
        Sides {
            bottom: kernel[0],
            right: kernel[1],
            ..Sides::default()
        }
    } else {
        sides
    };
    let axes = padding.axes(sides, input);
    let output = [0, 1].map(|a| window.output(a, axes[a].padded()).unwrap());
    let shape = ConvShape {
        batch,
        channels,
        out_channels,
        groups,
        window,
        input,
        output,
    };
    let frame = ring.then(|| Frame::new(sides, input));
    (shape, axes, frame)
}

impl Case {
    fn new(sizes: &Sizes, scheme: &str) -> Case {
        let (shape, axes, frame) = geometry(sizes, scheme);
        let ConvShape {
            batch,
            channels,
            out_channels,
            ..
        } = shape;
        let seed = Seed(3);
        Case {
            name: format!("{shape:?} {scheme}"),
            constant: if scheme.starts_with("constant") {
                0.5
            } else {
                0.0
            },
            x: random(seed.child("x"), batch * shape.image()),
            weight: random(seed.child("weight"), shape.weights()),
            bias: random(seed.child("bias"), out_channels),
            y_grad: random(seed.child("y"), batch * shape.output_image()),
            ring: random(
                seed.child("ring"),
                frame.map_or(0, |f| f.len()) * batch * channels,
            ),
            shape,
            axes,
            frame,
        }
    }

    fn all() -> Vec<Case> {
        let schemes = [
            "zeros",
            "constant:0.5",
            "reflect",
            "circular",
            "replicate",
            "ring",
        ];
        SIZES
            .iter()
            .flat_map(|s| schemes.map(|scheme| Case::new(s, scheme)))
            .collect()
    }

    fn halo<'a, T: Convolve>(&self, ring: &'a [T]) -> Halo<'a, T> {
        match self.frame {
            Some(frame) => Halo::Ring(ring, frame),
            None => Halo::Constant(T::from_f64(self.constant)),
        }
    }

    /// All passes: y, ∂weight, ∂bias, ∂x and ∂ring with exact sums, ∂x and ∂ring by tiles.
    fn run<T: Convolve>(&self, cast: fn(&[f64]) -> Vec<T>) -> [Vec<T>; 7] {
        let ring = cast(&self.ring);
        let border = Border {
            axes: &self.axes,
            halo: self.halo(&ring),
        };
        let (x, w, b, g) = (
            cast(&self.x),
            cast(&self.weight),
            cast(&self.bias),
            cast(&self.y_grad),
        );
        let y = forward(&self.shape, &border, &x, &w, Epilogue::bias(Some(&b)));
        let WeightGrad { weight, bias } = grad_weight(&self.shape, &border, &x, &g, true);
        let grad = |sums| grad_input(&self.shape, &self.axes, self.frame, &w, &g, sums);
        let [exact, tiled] = [Sums::Exact, Sums::Tiled].map(grad);
        let bias = bias.expect("it was asked for");
        [y, weight, bias, exact.x, exact.ring, tiled.x, tiled.ring]
    }
}

fn far(want: &[f64], got: &[f32]) -> f64 {
    let size = want.iter().fold(1e-30f64, |m, v| m.max(v.abs()));
    let off = want.iter().zip(got).map(|(w, &g)| (w - f64::from(g)).abs());
    off.fold(0.0, |m, v| {
        if v.is_nan() {
            f64::INFINITY
        } else {
            f64::max(m, v)
        }
    }) / size
}

/// The passes, and how near they must come: tiles round more.
const PASSES: [(&str, f64); 7] = [
    ("y", 3e-6),
    ("grad_weight", 1e-5),
    ("grad_bias", 1e-5),
    ("grad_input", 3e-6),
    ("grad_ring", 3e-6),
    ("tiled grad_input", 1e-5),
    ("tiled grad_ring", 3e-6),
];

#[test]
fn every_instruction_set_agrees_with_the_reference() {
    for case in Case::all() {
        let want = case.run::<f64>(|v| v.to_vec());
        for isa in Isa::available() {
            let got = isa.force(|| case.run::<f32>(narrow));
            for (i, (pass, near)) in PASSES.iter().enumerate() {
                assert_eq!(
                    want[i].len(),
                    got[i].len(),
                    "{pass} of {} on {isa}",
                    case.name
                );
                let far = far(&want[i], &got[i]);
                assert!(
                    far < *near,
                    "{pass} of {} on {isa} is off by {far:e}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn the_gradient_of_a_bias_is_a_sum_without_rounding_errors() {
    let mut case = Case::new(&([9, 1, 2, 1], [340, 330], [1, 1], [1, 1], [1, 1]), "zeros");
    case.y_grad.fill(f64::from(0.1f32));
    let [_, _, bias, ..] = case.run::<f32>(narrow);
    let want = f64::from(0.1f32) * f64::from(9 * 340 * 330);
    for got in bias {
        assert!((f64::from(got) - want).abs() <= 1e-7 * want, "{got} {want}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let bits = |case: &Case, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let run = pool.install(|| case.run::<f32>(narrow));
        run.map(|v| v.into_iter().map(f32::to_bits).collect::<Vec<_>>())
    };
    for case in Case::all().iter().step_by(3) {
        let one = bits(case, 1);
        for threads in [2, 3, 7] {
            assert!(
                one == bits(case, threads),
                "{} on {threads} threads",
                case.name
            );
        }
    }
}

#[test]
fn an_output_pixel_depends_on_its_taps_alone() {
    parts_give_the_bits_of_the_whole([37, 19, 1], [23, 29]);
    // Wide maps of few channels take a path of their own.
    parts_give_the_bits_of_the_whole([5, 19, 1], [23, 66]);
}

#[test]
fn a_depthwise_pixel_depends_on_its_taps_alone() {
    // Wide and narrow maps take paths of their own, as do many and few groups.
    for width in [29, 66] {
        parts_give_the_bits_of_the_whole([9, 18, 9], [23, width]);
        parts_give_the_bits_of_the_whole([3, 3, 3], [23, width]);
    }
}

/// A window of a larger image, computed by itself, must give the bits of the large one's inside.
fn parts_give_the_bits_of_the_whole(
    [channels, out_channels, groups]: [usize; 3],
    large: [usize; 2],
) {
    let (small, at) = ([9, 10], [5, 11]);
    let shape = |input: [usize; 2]| ConvShape {
        batch: 1,
        channels,
        out_channels,
        groups,
        window: Window::square(3),
        input,
        output: [input[0] - 2, input[1] - 2],
    };
    let x = narrow(&random(Seed(1), channels * large[0] * large[1]));
    let weight = narrow(&random(Seed(2), shape(small).weights()));
    let window: Vec<f32> = (0..channels * small[0])
        .flat_map(|row| {
            let (c, y) = (row / small[0], row % small[0] + at[0]);
            x[(c * large[0] + y) * large[1] + at[1]..][..small[1]].to_vec()
        })
        .collect();
    let run = |input: [usize; 2], x: &[f32]| {
        let axes = input.map(|n| Axis::new(n, 0, 0, |_, _| None));
        let border = Border {
            axes: &axes,
            halo: Halo::Constant(0.0),
        };
        forward(&shape(input), &border, x, &weight, Epilogue::bias(None))
    };
    for isa in Isa::available() {
        let (all, part) = isa.force(|| (run(large, &x), run(small, &window)));
        for o in 0..out_channels {
            for y in 0..small[0] - 2 {
                let [h, w] = shape(large).output;
                let want = &all[(o * h + y + at[0]) * w + at[1]..][..small[1] - 2];
                let got = &part[(o * (small[0] - 2) + y) * (small[1] - 2)..][..small[1] - 2];
                assert_eq!(want, got, "out_channel {o}, row {y} on {isa}");
            }
        }
    }
}
