//! Convolution, paddings and pools against PyTorch in f64: the library, and the naive loops with which
//! other tests compare the library on shapes that PyTorch was not asked about.

use crate::difference::difference;
use crate::naive::{self, Kind, Walk};
use crate::stored::{Stored, assert_no_failures, fixture};
use padgrad::autodiff::ops::{self, ConvOptions, PoolOptions};
use padgrad::autodiff::{Tape, Var};
use padgrad::padding::{Extent, Padding, Sides, Window};
use padgrad::tensor::Tensor;
use serde::Deserialize;

#[derive(Deserialize)]
struct Conv {
    name: String,
    x: Stored,
    weight: Stored,
    bias: Option<Stored>,
    stride: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
    padding: String,
    y: Stored,
    cotangent: Stored,
    dx: Stored,
    dw: Stored,
    db: Option<Stored>,
}

#[derive(Deserialize)]
struct Pad {
    name: String,
    x: Stored,
    padding: String,
    y: Stored,
    cotangent: Stored,
    dx: Stored,
}

#[derive(Deserialize)]
struct Pool {
    name: String,
    kind: String,
    x: Stored,
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: String,
    count_include_pad: Option<bool>,
    y: Stored,
    cotangent: Stored,
    dx: Stored,
}

fn convs() -> Vec<Conv> {
    fixture(include_str!("../fixtures/conv.json"))
}

fn pads() -> Vec<Pad> {
    fixture(include_str!("../fixtures/pad.json"))
}

fn pools() -> Vec<Pool> {
    fixture(include_str!("../fixtures/pool.json"))
}

fn parse(padding: &str) -> Padding {
    Padding::parse(padding).unwrap_or_else(|e| panic!("{e}"))
}

/// What differs between an operation on the tape and PyTorch: the output and every gradient.
fn compare(
    name: &str,
    inputs: &[&Stored],
    f: impl Fn(&[Var<f64>]) -> Var<f64>,
    [y, cotangent]: [&Stored; 2],
    grads: &[&Stored],
) -> Vec<String> {
    let tape = Tape::new();
    let leaves: Vec<Var<f64>> = inputs.iter().map(|x| tape.leaf(x.tensor())).collect();
    let output = f(&leaves);
    let mut found = vec![difference("output", output.value(), &y.tensor())];
    let gradients = output.backward_with(cotangent.tensor());
    for (i, (leaf, want)) in leaves.iter().zip(grads).enumerate() {
        let got = gradients.get(leaf).expect("a gradient");
        found.push(difference(&format!("gradient {i}"), got, &want.tensor()));
    }
    named(name, found)
}

fn named(name: &str, found: Vec<Option<String>>) -> Vec<String> {
    let problems = found.into_iter().flatten();
    problems
        .map(|problem| format!("{name}: {problem}"))
        .collect()
}

#[test]
fn convolutions_agree() {
    let mut failures = Vec::new();
    for case in convs() {
        let options = ConvOptions {
            stride: case.stride,
            dilation: case.dilation,
            groups: case.groups,
            ..ConvOptions::new(parse(&case.padding))
        };
        let inputs: Vec<&Stored> = [&case.x, &case.weight]
            .into_iter()
            .chain(&case.bias)
            .collect();
        let grads: Vec<&Stored> = [&case.dx, &case.dw].into_iter().chain(&case.db).collect();
        failures.extend(compare(
            &case.name,
            &inputs,
            |v| ops::conv2d(&v[0], &v[1], v.get(2), &options),
            [&case.y, &case.cotangent],
            &grads,
        ));
    }
    assert_no_failures(failures);
}

#[test]
fn paddings_agree() {
    let mut failures = Vec::new();
    for case in pads() {
        let padding = parse(&case.padding);
        failures.extend(compare(
            &case.name,
            &[&case.x],
            |v| ops::pad2d(&v[0], padding),
            [&case.y, &case.cotangent],
            &[&case.dx],
        ));
    }
    assert_no_failures(failures);
}

/// The padding with which padgrad does what PyTorch's `count_include_pad=False` does.
fn pool_padding(case: &Pool) -> String {
    match case.count_include_pad {
        Some(false) => case.padding.replace("zeros", "partial"),
        _ => case.padding.clone(),
    }
}

#[test]
fn pools_agree() {
    let mut failures = Vec::new();
    for case in pools() {
        let options = PoolOptions {
            kernel: case.kernel,
            stride: case.stride,
            dilation: case.dilation,
            padding: parse(&pool_padding(&case)).into(),
        };
        let pool = match case.kind.as_str() {
            "max" => ops::max_pool2d,
            _ => ops::avg_pool2d,
        };
        failures.extend(compare(
            &case.name,
            &[&case.x],
            |v| pool(&v[0], &options),
            [&case.y, &case.cotangent],
            &[&case.dx],
        ));
    }
    assert_no_failures(failures);
}

/// The walk of a window and the name of the scheme, for the naive loops; `same` is PyTorch's: the odd
/// pixel at the bottom and right.
fn walk(padding: &str, window: Window) -> (String, Walk) {
    let (scheme, extent) = padding.split_once('@').unwrap_or(("zeros", "0"));
    let same = [0, 1].map(|axis| window.span(axis) - 1);
    let Sides {
        top,
        left,
        bottom,
        right,
    } = match Extent::parse(extent).expect("an extent") {
        Extent::Same => Sides {
            top: same[0] / 2,
            left: same[1] / 2,
            bottom: same[0].div_ceil(2),
            right: same[1].div_ceil(2),
        },
        extent => extent.sides_without_window("naive"),
    };
    let walk = Walk {
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        before: [top, left],
        after: [bottom, right],
    };
    (scheme.to_string(), walk)
}

fn compare_naive(name: &str, got: naive::Result, y: &Stored, grads: &[&Stored]) -> Vec<String> {
    let mut found = vec![difference("output", &got.y, &y.tensor())];
    for (got, want) in got.grads.iter().zip(grads) {
        found.push(difference("gradient", got, &want.tensor()));
    }
    named(name, found)
}

#[test]
fn the_naive_loops_agree_too() {
    let mut failures = Vec::new();
    for case in convs() {
        let weight = case.weight.tensor();
        let window = Window {
            kernel: [weight.shape()[2], weight.shape()[3]],
            stride: case.stride,
            dilation: case.dilation,
        };
        let (scheme, walk) = walk(&case.padding, window);
        let none = || Tensor::zeros(&weight.shape()[..1]);
        let bias = case.bias.as_ref().map_or_else(none, Stored::tensor);
        let inputs = [&case.x.tensor(), &weight, &bias];
        let got = naive::conv2d(inputs, &scheme, &walk, case.groups, |_| {
            case.cotangent.tensor()
        });
        let grads: Vec<&Stored> = [&case.dx, &case.dw].into_iter().chain(&case.db).collect();
        failures.extend(compare_naive(&case.name, got, &case.y, &grads));
    }
    for case in pads()
        .iter()
        .filter(|c| !c.padding.starts_with("distribution"))
    {
        let (scheme, walk) = walk(&case.padding, Window::square(1));
        let cotangent = |_: &[usize]| case.cotangent.tensor();
        let got = naive::pad2d(
            &case.x.tensor(),
            &scheme,
            walk.before,
            walk.after,
            cotangent,
        );
        failures.extend(compare_naive(&case.name, got, &case.y, &[&case.dx]));
    }
    for case in pools() {
        let window = Window {
            kernel: case.kernel,
            stride: case.stride,
            dilation: case.dilation,
        };
        let (scheme, walk) = walk(&pool_padding(&case), window);
        let kind = match case.kind.as_str() {
            "max" => Kind::Max,
            _ => Kind::Average,
        };
        let cotangent = |_: &[usize]| case.cotangent.tensor();
        let got = naive::pool2d(kind, &case.x.tensor(), &scheme, &walk, cotangent);
        failures.extend(compare_naive(&case.name, got, &case.y, &[&case.dx]));
    }
    assert_no_failures(failures);
}
