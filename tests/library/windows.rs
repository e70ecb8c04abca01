//! Convolution, paddings and pools against naive loops: the loops on examples worked by hand, then the
//! library against the loops on random shapes, strides, dilations, groups and paddings.

use crate::difference::difference;
use crate::naive::{self, Kind, Pixel, Walk};
use padgrad::autodiff::ops::{self, ConvOptions, PoolOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::padding::{Extent, Padding, Rule, plain_samples};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use proptest::prelude::*;

fn image(rows: usize, values: &[f64]) -> Tensor<f64> {
    Tensor::from_vec(values.to_vec(), &[1, 1, rows, values.len() / rows])
}

/// A kernel of `k`×`k`, stride 1, with the same padding on every side.
fn square(k: usize, p: usize) -> Walk {
    Walk {
        kernel: [k; 2],
        stride: [1; 2],
        dilation: [1; 2],
        before: [p; 2],
        after: [p; 2],
    }
}

#[test]
fn each_scheme_continues_the_row_abc_as_drawn_by_hand() {
    for (scheme, drawn) in [
        ("replicate", "AAAAA|ABC|CCCCC"),
        ("reflect", "BABCB|ABC|BABCB"),
        ("symmetric", "BCCBA|ABC|CBAAB"),
        ("circular", "BCABC|ABC|ABCAB"),
    ] {
        let letter = |i: isize| naive::source(scheme, i, 3).map(|s| char::from(b"ABC"[s]));
        let row: String = (-5..8).filter_map(letter).collect();
        let row = format!("{}|{}|{}", &row[..5], &row[5..8], &row[8..]);
        assert_eq!(row, drawn, "{scheme}");
    }
    let of_one = ["replicate", "reflect", "symmetric", "circular"];
    assert!(
        of_one
            .iter()
            .all(|s| (-4..5).all(|i| naive::source(s, i, 1) == Some(0)))
    );
    assert_eq!(naive::pixel("zeros", [0, -1], [2, 2]), Pixel::Number(0.0));
    assert_eq!(
        naive::pixel("constant:0.5", [2, 0], [2, 2]),
        Pixel::Number(0.5)
    );
    assert_eq!(naive::pixel("partial", [2, 2], [2, 2]), Pixel::Nothing);
    assert_eq!(naive::pixel("circular", [-1, 2], [2, 2]), Pixel::Copy(2));
    assert_eq!(naive::pixel("circular", [1, 0], [2, 2]), Pixel::Image(2));
}

#[test]
fn a_convolution_worked_by_hand() {
    // Over [1 2; 3 4] with w = [10 1; 100 1000] and one row of padding at the top.
    let (x, weight) = (
        image(2, &[1.0, 2.0, 3.0, 4.0]),
        image(2, &[10.0, 1.0, 100.0, 1000.0]),
    );
    let bias = Tensor::from_vec(vec![0.5], &[1]);
    let walk = Walk {
        before: [1, 0],
        after: [0, 0],
        ..square(2, 0)
    };
    for (scheme, y, dx) in [
        // The row above is 0 0: y = 100 + 2000, then 10 + 2 + 300 + 4000, plus the bias.
        ("zeros", [2100.5, 4312.5], [120.0, 1002.0, 200.0, 2000.0]),
        // The row above is 3 4: 34 more, and w's first row goes to the pixels below.
        ("circular", [2134.5, 4312.5], [120.0, 1002.0, 210.0, 2001.0]),
        // The row above is 1 2.
        (
            "replicate",
            [2112.5, 4312.5],
            [130.0, 1003.0, 200.0, 2000.0],
        ),
        (
            "replicate+detach",
            [2112.5, 4312.5],
            [120.0, 1002.0, 200.0, 2000.0],
        ),
        // Two of four taps count, so the first output's sum is doubled.
        ("partial", [4200.5, 4312.5], [220.0, 2002.0, 200.0, 2000.0]),
    ] {
        let cotangent = |_: &[usize]| image(2, &[1.0, 2.0]);
        let got = naive::conv2d([&x, &weight, &bias], scheme, &walk, 1, cotangent);
        assert_eq!(got.y.data(), y, "{scheme}");
        assert_eq!(got.grads[0].data(), dx, "{scheme}");
        assert_eq!(got.grads[2].data(), [3.0], "{scheme}");
    }
}

#[test]
fn pools_worked_by_hand() {
    let x = image(2, &[1.0, -2.0, 3.0, 4.0]);
    let ones = |shape: &[usize]| Tensor::ones(shape);
    let pool = |kind, scheme| naive::pool2d(kind, &x, scheme, &square(3, 1), ones);
    assert_eq!(pool(Kind::Average, "zeros").y.data(), [6.0 / 9.0; 4]);
    assert_eq!(pool(Kind::Average, "partial").y.data(), [1.5; 4]);
    assert_eq!(
        pool(Kind::Max, "zeros").grads[0].data(),
        [0.0, 0.0, 0.0, 4.0]
    );
    let negative = naive::pool2d(Kind::Max, &x.map(|v| v - 9.0), "zeros", &square(3, 1), ones);
    assert_eq!(negative.y.data(), [-5.0; 4], "padding is never the maximum");
    let counted = naive::pool2d(
        Kind::Max,
        &x.map(|v| v - 9.0),
        "constant:0",
        &square(3, 1),
        ones,
    );
    assert_eq!(
        (counted.y.data(), counted.grads[0].data()),
        (&[0.0; 4][..], &[0.0; 4][..])
    );
    // Replicated above: -2 4 | -2 4 at the right edge, each window of 2×1 starts one row up.
    let tall = Walk {
        kernel: [2, 1],
        before: [1, 0],
        after: [0, 0],
        ..square(1, 0)
    };
    let copied = naive::pool2d(Kind::Average, &x, "replicate", &tall, ones);
    assert_eq!(copied.y.data(), [1.0, -2.0, 2.0, 1.0]);
    assert_eq!(copied.grads[0].data(), [1.5, 1.5, 0.5, 0.5]);
}

/// A map as rows of pixels.
type Rows = Vec<Vec<f64>>;

fn pad(map: &Rows, text: &str) -> Rows {
    let width = map[0].len();
    let x = Tensor::from_vec(map.concat(), &[1, 1, map.len(), width]);
    let padding = Padding::parse(text).unwrap_or_else(|e| panic!("{e}"));
    let y = ops::pad2d(&Var::constant(x), padding).into_value();
    y.data().chunks(y.shape()[3]).map(<[f64]>::to_vec).collect()
}

fn transposed(map: &Rows) -> Rows {
    let column = |x: usize| map.iter().map(|row| row[x]).collect();
    (0..map[0].len()).map(column).collect()
}

/// Some pixels without a pattern.
fn uneven(height: usize, width: usize) -> Rows {
    let pixel = |i: usize| ((i * i + 3 * i) % 17) as f64 - 0.1 * i as f64;
    let row = |y: usize| (0..width).map(|x| pixel(y * width + x)).collect();
    (0..height).map(row).collect()
}

fn differ_nowhere(got: &Rows, want: &Rows, what: &str) {
    assert_eq!((got.len(), got[0].len()), (want.len(), want[0].len()));
    let pairs = got.iter().flatten().zip(want.iter().flatten());
    for (i, (got, want)) in pairs.enumerate() {
        assert!(
            (got - want).abs() < 1e-11,
            "{what}: {got} at {i}, not {want}"
        );
    }
}

/// Rows of `map` resized to `outputs`: output i reads input coordinate (i+1)·n_in/n_out - 1, clamped, and
/// linearly between two inputs.
fn anchored_rows(map: &Rows, outputs: usize) -> Rows {
    let inputs = map.len();
    let row = |i: usize| {
        let read = ((i + 1) * inputs) as f64 / outputs as f64 - 1.0;
        let read = read.clamp(0.0, (inputs - 1) as f64);
        let (below, above) = (&map[read.floor() as usize], &map[read.ceil() as usize]);
        let mix = |(b, a): (&f64, &f64)| b + (a - b) * read.fract();
        below.iter().zip(above).map(mix).collect()
    };
    (0..outputs).map(row).collect()
}

fn anchored(map: &Rows, [height, width]: [usize; 2]) -> Rows {
    let tall = anchored_rows(map, height);
    transposed(&anchored_rows(&transposed(&tall), width))
}

/// Distribution padding written from its description: average pooling, a resize, the image in the middle.
fn distribution(map: &Rows, p: usize, reflected: bool) -> Rows {
    let (height, width, side) = (map.len(), map[0].len(), 2 * p + 1);
    let mean = |y: usize, x: usize| {
        let window = map[y..y + side].iter().flat_map(|row| &row[x..x + side]);
        window.sum::<f64>() / (side * side) as f64
    };
    let row = |y: usize| (0..width - 2 * p).map(|x| mean(y, x)).collect();
    let means: Rows = (0..height - 2 * p).map(row).collect();
    let mut padded = match reflected {
        true => pad(&anchored(&means, [height, width]), &format!("reflect@{p}")),
        false => anchored(&means, [height + 2 * p, width + 2 * p]),
    };
    for (y, row) in map.iter().enumerate() {
        padded[y + p][p..p + width].copy_from_slice(row);
    }
    padded
}

#[test]
fn distribution_padding_is_the_resize_of_its_authors() {
    for (height, width, p) in [(5, 5, 1), (6, 9, 1), (8, 7, 2), (3, 3, 1), (11, 8, 3)] {
        let map = uneven(height, width);
        for (scheme, reflected) in [
            ("distribution:interp", false),
            ("distribution:reflect", true),
        ] {
            let what = format!("{scheme}@{p} on {height}×{width}");
            let (got, centred) = (
                pad(&map, &format!("{scheme}@{p}")),
                pad(&map, &format!("{scheme}-centred@{p}")),
            );
            differ_nowhere(&got, &distribution(&map, p, reflected), &what);
            assert!(got != centred || [height, width] == [3, 3], "{what}");
        }
    }
    // Means 2 3 4 over seven columns: the third reads 3·3/7 - 1 = 2/7, or with centres aligned 2.5·3/7 - ½.
    let ramp: Rows = vec![(1..6).map(f64::from).collect(); 5];
    let third = |scheme: &str| pad(&ramp, scheme)[0][2];
    assert!((third("distribution:interp@1") - (2.0 + 2.0 / 7.0)).abs() < 1e-12);
    assert!((third("distribution:interp-centred@1") - (2.0 + 4.0 / 7.0)).abs() < 1e-12);
}

/// `before` and `after` more rows, pixel by pixel outwards: edge + k·(edge - next).
fn lines_outwards(map: &Rows, before: usize, after: usize) -> Rows {
    let n = map.len();
    let line = |edge: &[f64], next: &[f64], k: usize| -> Vec<f64> {
        let value = |(edge, next): (&f64, &f64)| edge + k as f64 * (edge - next);
        edge.iter().zip(next).map(value).collect()
    };
    let above = (1..=before)
        .rev()
        .map(|k| line(&map[0], &map[1.min(n - 1)], k));
    let below = (1..=after).map(|k| line(&map[n - 1], &map[n.saturating_sub(2)], k));
    above.chain(map.iter().cloned()).chain(below).collect()
}

#[test]
fn extrapolation_continues_the_line_through_two_pixels() {
    for (height, width, [t, l, b, r]) in [
        (5, 4, [1, 1, 1, 1]),
        (3, 6, [2, 0, 1, 3]),
        (2, 2, [5, 6, 7, 4]),
        (1, 3, [2, 2, 2, 2]),
        (1, 1, [1, 2, 3, 4]),
    ] {
        let map = uneven(height, width);
        let wide = transposed(&lines_outwards(&transposed(&map), l, r));
        let text = format!("extrapolate@{t},{l},{b},{r}");
        differ_nowhere(&pad(&map, &text), &lines_outwards(&wide, t, b), &text);
    }
    // A tilted plane goes on for ever.
    let plane = |range: std::ops::Range<i32>| -> Rows {
        let row = |y: i32| range.clone().map(|x| f64::from(2 * y - 3 * x)).collect();
        range.clone().map(row).collect()
    };
    differ_nowhere(
        &pad(&plane(0..4), "extrapolate@5"),
        &plane(-5..9),
        "a plane",
    );
}

/// A windowed operation drawn at random; the padding may exceed the image.
#[derive(Clone, Debug)]
struct Geometry {
    samples: usize,
    groups: usize,
    /// Input and output channels per group.
    per_group: [usize; 2],
    size: [usize; 2],
    walk: Walk,
    padding: Padding,
    seed: Seed,
}

/// Every scheme for which a formula per pixel exists, detached or not.
fn scheme() -> impl Strategy<Value = Padding> {
    let by_pixel = |p: &Padding| !matches!(p.rule(), Rule::Computed(_));
    let all: Vec<Padding> = plain_samples().filter(by_pixel).collect();
    (proptest::sample::select(all), any::<bool>()).prop_map(|(p, d)| if d { p.detach() } else { p })
}

prop_compose! {
    fn geometry()(
        // More samples than a kernel takes in one piece, now and then.
        samples in prop_oneof![4 => 1usize..3, 1 => 3usize..10],
        groups in 1usize..4,
        per_group in [1usize..3, 1usize..3],
        size in [1usize..7, 1usize..7],
        kernel in [1usize..5, 1usize..5],
        stride in [1usize..4, 1usize..4],
        dilation in [1usize..3, 1usize..3],
        before in [0usize..9, 0usize..9],
        after in [0usize..9, 0usize..9],
        padding in scheme(),
        seed in any::<u64>(),
    ) -> Geometry {
        let walk = Walk { kernel, stride, dilation, before, after };
        let [top, left] = before;
        let [bottom, right] = after;
        let padding = padding.extent(Extent::Explicit { top, left, bottom, right });
        Geometry { samples, groups, per_group, size, walk, padding, seed: Seed(seed) }
    }
}

impl Geometry {
    /// The scheme as the naive loops know it, with its argument.
    fn scheme(&self) -> String {
        let text = self.padding.to_string();
        text.split_once('@')
            .map_or(text.clone(), |(scheme, _)| scheme.to_string())
    }

    fn fits(&self) -> bool {
        self.walk.output(self.size).iter().all(|&n| n > 0)
    }

    fn draw(&self, label: &str, shape: &[usize]) -> Tensor<f64> {
        Tensor::randn(shape, &mut self.seed.child(label).rng())
    }

    fn image(&self) -> Tensor<f64> {
        let channels = self.groups * self.per_group[0];
        self.draw("x", &[self.samples, channels, self.size[0], self.size[1]])
    }

    /// A window that holds padding only has no maximum under zeros and partial.
    fn has_maxima(&self) -> bool {
        let skips = self.padding.is_zeros() || self.padding.name() == "partial";
        let image = |taps: &Vec<Pixel>| taps.iter().any(|t| matches!(t, Pixel::Image(_)));
        !skips || self.walk.taps("partial", self.size).iter().all(image)
    }

    /// What differs between an operation on the tape and the naive loops.
    fn compare(
        &self,
        inputs: &[&Tensor<f64>],
        f: impl Fn(&[Var<f64>]) -> Var<f64>,
        want: &naive::Result,
    ) -> Option<String> {
        let tape = Tape::new();
        let leaves: Vec<Var<f64>> = inputs.iter().map(|&x| tape.leaf(x.clone())).collect();
        let output = f(&leaves);
        let wrong = difference("output", output.value(), &want.y);
        let gradients = output.backward_with(self.draw("cotangent", output.shape()));
        wrong.or_else(|| {
            leaves.iter().zip(&want.grads).find_map(|(leaf, want)| {
                difference("gradient", gradients.get(leaf).expect("a gradient"), want)
            })
        })
    }
}

fn pool_options(g: &Geometry) -> PoolOptions {
    PoolOptions {
        kernel: g.walk.kernel,
        stride: g.walk.stride,
        dilation: g.walk.dilation,
        padding: g.padding.into(),
    }
}

/// Random cases without files of earlier failures: the naive loops make every failure reproducible
/// from the geometry that is printed.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn conv2d_is_the_naive_loop(g in geometry()) {
        prop_assume!(g.fits());
        let [c, o] = g.per_group;
        let [kh, kw] = g.walk.kernel;
        let weight = g.draw("weight", &[o * g.groups, c, kh, kw]);
        let (x, bias) = (g.image(), g.draw("bias", &[o * g.groups]));
        let options = ConvOptions {
            stride: g.walk.stride,
            dilation: g.walk.dilation,
            groups: g.groups,
            ..ConvOptions::new(g.padding)
        };
        let inputs = [&x, &weight, &bias];
        let cotangent = |shape: &[usize]| g.draw("cotangent", shape);
        let want = naive::conv2d(inputs, &g.scheme(), &g.walk, g.groups, cotangent);
        let f = |v: &[Var<f64>]| ops::conv2d(&v[0], &v[1], Some(&v[2]), &options);
        prop_assert_eq!(g.compare(&inputs, f, &want), None);
    }

    #[test]
    fn pad2d_is_the_naive_loop(g in geometry()) {
        let x = g.image();
        let cotangent = |shape: &[usize]| g.draw("cotangent", shape);
        // A plain pad has no taps to leave out: partial pads with zeros.
        let scheme = g.scheme().replace("partial", "zeros");
        let want = naive::pad2d(&x, &scheme, g.walk.before, g.walk.after, cotangent);
        prop_assert_eq!(g.compare(&[&x], |v| ops::pad2d(&v[0], g.padding), &want), None);
    }

    #[test]
    fn pools_are_the_naive_loops(g in geometry()) {
        prop_assume!(g.fits());
        let (x, options) = (g.image(), pool_options(&g));
        let cotangent = |shape: &[usize]| g.draw("cotangent", shape);
        let scheme = g.scheme();
        let want = naive::pool2d(Kind::Average, &x, &scheme, &g.walk, cotangent);
        prop_assert_eq!(g.compare(&[&x], |v| ops::avg_pool2d(&v[0], &options), &want), None);
        if g.has_maxima() {
            let want = naive::pool2d(Kind::Max, &x, &scheme, &g.walk, cotangent);
            prop_assert_eq!(g.compare(&[&x], |v| ops::max_pool2d(&v[0], &options), &want), None);
        }
    }
}
