//! Convolution, paddings and pools against naive loops: the loops on examples worked by hand, then the
//! library against the loops on random shapes, strides, dilations, groups and paddings.

mod difference;
mod naive;

use difference::difference;
use naive::{Kind, Pixel, Walk};
use padgrad::autodiff::ops::{self, ConvOptions, PoolOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::padding::{Extent, Padding, Rule, schemes};
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

/// A windowed operation drawn at random; the padding may exceed the image.
#[derive(Clone, Debug)]
struct Geometry {
    samples: usize,
    groups: usize,
    /// Channels and filters per group.
    per_group: [usize; 2],
    size: [usize; 2],
    walk: Walk,
    padding: Padding,
    seed: Seed,
}

/// Every scheme for which a formula per pixel exists, detached or not.
fn scheme() -> impl Strategy<Value = Padding> {
    let written = |s: &padgrad::padding::Scheme| -> Vec<String> {
        let with = |a: &Option<&str>| a.map_or(s.name.to_string(), |a| format!("{}:{a}", s.name));
        s.samples.iter().map(with).collect()
    };
    let parse = |text: String| Padding::parse(&text).expect("a sample of the registry");
    let by_pixel = |p: &Padding| !matches!(p.rule(), Rule::Computed(_));
    let all: Vec<Padding> = schemes()
        .iter()
        .flat_map(written)
        .map(parse)
        .filter(by_pixel)
        .collect();
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
