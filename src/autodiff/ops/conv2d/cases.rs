//! The inputs that put the convolution to the test: every scheme over small geometries.

use super::conv2d;
use crate::autodiff::ops::case::*;
use crate::autodiff::ops::{ConvOptions, RunningNorm, conv2d_then};
use crate::padding::{Extent, Padding, Window, samples};

/// A small geometry: name, input size, kernel, options without padding, input and output channels.
type Geometry = (
    &'static str,
    [usize; 2],
    [usize; 2],
    fn(ConvOptions) -> ConvOptions,
    [usize; 2],
);

const GEOMETRIES: [Geometry; 6] = [
    ("3×3", [5, 4], [3, 3], |o| o, [2, 3]),
    ("3×3 stride 2", [6, 5], [3, 3], |o| o.stride(2), [2, 2]),
    ("3×3 dilation 2", [6, 7], [3, 3], |o| o.dilation(2), [1, 2]),
    ("even 2×4", [4, 5], [2, 4], |o| o, [2, 1]),
    ("groups 2", [4, 4], [3, 3], |o| o.groups(2), [4, 2]),
    ("padding beyond a 2×3 input", [2, 3], [5, 5], |o| o, [1, 1]),
];

pub fn cases() -> Vec<Case> {
    let extents = [
        Extent::Uniform(1),
        Extent::Same,
        Extent::Full,
        Extent::from([3, 0, 2, 4]),
    ];
    let mut cases = vec![one_case(&GEOMETRIES[0], Padding::valid()), single_pixel()];
    cases.extend(followed());
    for padding in samples() {
        let fits = |g: &Geometry, e: Extent| e != Extent::Uniform(1) || g.2 != [5, 5];
        for geometry in &GEOMETRIES {
            for extent in extents.into_iter().filter(|&e| fits(geometry, e)) {
                cases.push(one_case(geometry, padding.extent(extent)));
            }
        }
    }
    cases
}

fn one_case(&(name, size, kernel, with, [c, o]): &Geometry, padding: Padding) -> Case {
    let options = with(ConvOptions::new(padding));
    let x = spread("x", &[2, c, size[0], size[1]]);
    let weight = spread("weight", &[o, c / options.groups, kernel[0], kernel[1]]);
    let window = Window {
        kernel,
        stride: options.stride,
        dilation: options.dilation,
    };
    let explicit = padding.extent(padding.reach().sides(&window, size));
    let frozen = frozen_border(&x, explicit);
    let unpadded = ConvOptions {
        padding: Padding::valid().into(),
        ..options
    };
    let inputs = [x, weight, spread("bias", &[o])];
    let case = case!(format!("{name} {padding}"), inputs, |v| conv2d(
        &v[0],
        &v[1],
        Some(&v[2]),
        &options
    ))
    .linear_in(linear_in(padding, &[0, 1, 2]));
    match padding.stops_gradient() {
        true => case.frozen(move |v| conv2d(&frozen(&v[0]), &v[1], Some(&v[2]), &unpadded)),
        false => case,
    }
}

fn single_pixel() -> Case {
    one_case(
        &("1×1 input", [1, 1], [3, 3], |o| o, [1, 1]),
        padding("reflect@2"),
    )
}

/// The cases of [`conv2d_then`]: with a ReLU, with a normalisation, and with both.
fn followed() -> Vec<Case> {
    let mut cases = Vec::new();
    for text in ["valid", "zeros@1", "circular@1", "partial@1"] {
        for (normed, relu) in [(false, true), (true, false), (true, true)] {
            let mut inputs = vec![
                spread("x", &[2, 2, 5, 4]),
                spread("weight", &[3, 2, 3, 3]),
                spread("bias", &[3]),
            ];
            if normed {
                inputs.extend([spread("norm weight", &[3]), spread("norm bias", &[3])]);
            }
            let options = ConvOptions::new(padding(text));
            let after = match (normed, relu) {
                (false, _) => "ReLU",
                (true, false) => "norm",
                (true, true) => "norm, ReLU",
            };
            let case = case!(format!("3×3 {text}, then {after}"), inputs, |v| {
                let norm = normed.then(|| RunningNorm {
                    running_mean: spread("running mean", &[3]).cast(),
                    running_var: spread("running var", &[3]).map(f64::abs).cast(),
                    weight: v[3].clone(),
                    bias: v[4].clone(),
                    eps: 1e-3,
                });
                conv2d_then([&v[0], &v[1]], Some(&v[2]), &options, norm.as_ref(), relu)
            });
            cases.push(match relu {
                true => case,
                false => case.linear_in(&[0, 1, 2, 3, 4]),
            });
        }
    }
    cases
}
