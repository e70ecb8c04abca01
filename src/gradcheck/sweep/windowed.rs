//! The cases of the operations with a window: a grid over schemes, extents, strides, dilations, kernels
//! and sizes.

use std::sync::Arc;

use super::broken::{self, Windowed};
use super::choice::{Sweep, Trial};
use crate::autodiff::Var;
use crate::autodiff::ops::{
    self, Case, CaseFn, ConvOptions, PoolOptions, frozen_border, linear_in, padding, spread,
};
use crate::kernels::Scalar;
use crate::kernels::im2col::Windows;
use crate::kernels::pool::reaches_image;
use crate::padding::{Extent, Padding, Rule, Sides, Window, samples};
use crate::tensor::Tensor;

/// An even and an odd side; the errors of the first are mapped.
pub(super) const SIZES: [usize; 2] = [6, 5];
const KERNELS: [usize; 2] = [3, 2];
const STRIDES: [usize; 3] = [1, 2, 3];
const DILATIONS: [usize; 2] = [1, 2];
/// Kernel and stride 4 on sides which, with a border of one pixel, leave 1, 2 and 3 pixels that no window
/// reads.
const UNEVEN: (usize, [usize; 3]) = (4, [7, 8, 9]);

/// An operation with a window, as the grid sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Conv2d,
    AvgPool2d,
    MaxPool2d,
    Pad2d,
}

impl Op {
    const ALL: [Op; 4] = [Op::Conv2d, Op::AvgPool2d, Op::MaxPool2d, Op::Pad2d];

    fn name(self) -> &'static str {
        match self {
            Op::Conv2d => "conv2d",
            Op::AvgPool2d => "avg_pool2d",
            Op::MaxPool2d => "max_pool2d",
            Op::Pad2d => "pad2d",
        }
    }

    /// The operation on the inputs `v` under `padding`.
    fn apply<T: Scalar>(self, v: &[Var<T>], window: Window, padding: Padding) -> Var<T> {
        let Window {
            kernel,
            stride,
            dilation,
        } = window;
        let pool = PoolOptions {
            kernel,
            stride,
            dilation,
            padding: padding.into(),
        };
        match self {
            Op::Conv2d => {
                let options = ConvOptions {
                    stride,
                    dilation,
                    ..ConvOptions::new(padding)
                };
                ops::conv2d(&v[0], &v[1], Some(&v[2]), &options)
            }
            Op::AvgPool2d => ops::avg_pool2d(&v[0], &pool),
            Op::MaxPool2d => ops::max_pool2d(&v[0], &pool),
            Op::Pad2d => ops::pad2d(&v[0], padding),
        }
    }
}

/// Every case of the grid that `sweep` asks for and that can be.
pub(super) fn trials<'a>(
    sweep: &'a Sweep,
    wanted: impl Fn(&str) -> bool,
) -> impl Iterator<Item = Trial> + 'a {
    let wanted: Vec<Op> = Op::ALL.into_iter().filter(|op| wanted(op.name())).collect();
    let points = wanted.into_iter().flat_map(|op| grid(sweep, op));
    points
        .filter(Point::can_be)
        .filter_map(|point| match sweep.broken {
            None => Some(point.trial(sweep)),
            Some(kind) => kind.breaks(point.op.name()).then(|| point.trial(sweep)),
        })
}

/// One point of the grid: square windows on square images.
#[derive(Clone, Copy, Debug)]
struct Point {
    op: Op,
    padding: Padding,
    window: Window,
    size: usize,
}

fn grid(sweep: &Sweep, op: Op) -> Vec<Point> {
    let paddings: Vec<Padding> = match sweep.padding {
        Some(padding) => vec![padding],
        None => samples().collect(),
    };
    let mut points = Vec::new();
    for [size, kernel, stride, dilation] in geometries(sweep, op) {
        let window = Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [dilation; 2],
        };
        for &padding in &paddings {
            let extents = extents(padding, size, sweep.padding.is_some());
            points.extend(extents.map(|padding| Point {
                op,
                padding,
                window,
                size,
            }));
        }
    }
    points
}

/// Size, kernel, stride and dilation of every window that is asked for. A plain pad has none: it is tried
/// once per size.
fn geometries(sweep: &Sweep, op: Op) -> Vec<[usize; 4]> {
    let asked = [sweep.size, sweep.kernel, sweep.stride, sweep.dilation];
    let grid: [&[usize]; 4] = match op {
        Op::Pad2d if asked[1..].iter().any(Option::is_some) => return Vec::new(),
        Op::Pad2d => [&SIZES, &[1], &[1], &[1]],
        _ => [&SIZES, &KERNELS, &STRIDES, &DILATIONS],
    };
    let mut all = vec![[0; 4]];
    for (axis, values) in grid.iter().enumerate() {
        let chosen = asked[axis].map_or(values.to_vec(), |n| vec![n]);
        let with = |g: [usize; 4]| {
            chosen.clone().into_iter().map(move |n| {
                let mut g = g;
                g[axis] = n;
                g
            })
        };
        all = all.into_iter().flat_map(with).collect();
    }
    if op != Op::Pad2d {
        let wanted = |g: &[usize; 4]| g.iter().zip(asked).all(|(&n, a)| a.is_none_or(|a| a == n));
        let (k, sizes) = UNEVEN;
        let uneven = sizes.map(|size| [size, k, k, 1]).into_iter().filter(wanted);
        let new: Vec<_> = uneven.filter(|g| !all.contains(g)).collect();
        all.extend(new);
    }
    all
}

/// The padding over its own extent if the user wrote one, else over every kind, one of which is larger
/// than the image.
fn extents(padding: Padding, size: usize, asked: bool) -> impl Iterator<Item = Padding> {
    let written = padding.to_string();
    let own = asked && (written.contains('@') || written == "valid");
    let uneven = Extent::from([2, 0, 1, 3]);
    let all = [
        Extent::Uniform(1),
        uneven,
        Extent::Uniform(size + 1),
        Extent::Same,
        Extent::Full,
    ];
    let chosen = if own {
        vec![padding.reach()]
    } else {
        all.to_vec()
    };
    chosen.into_iter().map(move |extent| padding.extent(extent))
}

impl Point {
    fn sides(&self) -> Sides {
        self.padding.reach().sides(&self.window, [self.size; 2])
    }

    /// Whether the window fits, and a maximum has something to choose from.
    fn can_be(&self) -> bool {
        if self.op == Op::Pad2d {
            return !self.padding.reach().needs_window();
        }
        let padded = self.sides().padded([self.size; 2]);
        let [Some(rows), Some(columns)] = [0, 1].map(|a| self.window.output(a, padded[a])) else {
            return false;
        };
        let skips = self.padding.is_zeros() || matches!(self.padding.rule(), Rule::Excluded);
        if self.op != Op::MaxPool2d || !skips {
            return true;
        }
        let windows = Windows {
            window: self.window,
            output: [rows, columns],
        };
        let axes = self.padding.axes(self.sides(), [self.size; 2]);
        [0, 1]
            .into_iter()
            .all(|axis| reaches_image(&axes[axis], &windows, axis))
    }

    fn name(&self) -> String {
        let Window {
            kernel: [k, _],
            stride: [s, _],
            dilation: [d, _],
        } = self.window;
        let (size, padding) = (self.size, self.padding);
        match self.op {
            Op::Pad2d => format!("{size}×{size} {padding}"),
            _ => format!("{size}×{size} kernel {k} stride {s} dilation {d} {padding}"),
        }
    }

    fn trial(self, sweep: &Sweep) -> Trial {
        let mut group = self.padding.extent(Extent::Same).to_string();
        group.truncate(group.find('@').unwrap_or(group.len()));
        Trial {
            op: self.op.name(),
            padding: Some(group),
            mapped: self.size == sweep.map_size() && self.is_narrow(sweep),
            case: self.case(sweep.broken),
        }
    }

    /// Whether it belongs into the map of errors: a wide border shows every pixel, and nothing would stand out.
    fn is_narrow(&self, sweep: &Sweep) -> bool {
        let asked = sweep
            .padding
            .is_some_and(|p| p.reach() == self.padding.reach());
        asked || self.padding.reach() == Extent::Uniform(1)
    }

    fn inputs(&self) -> Vec<Tensor<f64>> {
        let [kh, kw] = self.window.kernel;
        let mut inputs = vec![spread("x", &[1, 2, self.size, self.size])];
        if self.op == Op::Conv2d {
            inputs.extend([spread("weight", &[2, 2, kh, kw]), spread("bias", &[2])]);
        }
        inputs
    }

    fn case(self, kind: Option<super::Broken>) -> Case {
        let Point {
            op,
            padding,
            window,
            ..
        } = self;
        let apply = move |v: &[Var<f64>], padding: Padding| op.apply(v, window, padding);
        let windowed = Windowed {
            sides: self.sides(),
            padding,
            apply: Arc::new(apply),
        };
        let f64: CaseFn<f64> = match kind {
            None => Box::new(move |v| apply(v, padding)),
            Some(kind) => Box::new(move |v| broken::run(kind, &windowed, v)),
        };
        let inputs = self.inputs();
        let linear: &'static [usize] = match op {
            Op::Conv2d => &[0, 1, 2],
            Op::MaxPool2d => &[],
            Op::AvgPool2d | Op::Pad2d => &[0],
        };
        let linear = if linear.is_empty() {
            linear
        } else {
            linear_in(padding, linear)
        };
        Case {
            name: self.name(),
            frozen: self.frozen(&inputs[0]),
            inputs,
            f64,
            f32: Box::new(move |v| op.apply(v, window, padding)),
            linear_in: linear.to_vec(),
        }
    }

    /// Where the padding stops gradients, the operation on an image whose border is held.
    fn frozen(&self, x: &Tensor<f64>) -> Option<CaseFn<f64>> {
        if !self.padding.stops_gradient() {
            return None;
        }
        let (op, window) = (self.op, self.window);
        let mut held = self.padding;
        if op == Op::MaxPool2d && held.is_zeros() {
            // Zeros are left out of a maximum, and so is what is too small to be one.
            held = padding(&held.to_string().replace("zeros", "constant:-100"));
        }
        let border = frozen_border(x, held.extent(self.sides()));
        Some(Box::new(move |v| {
            let mut v = v.to_vec();
            v[0] = border(&v[0]);
            op.apply(&v, window, Padding::valid())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_leave_every_remainder_of_their_stride() {
        for op in [Op::Conv2d, Op::AvgPool2d, Op::MaxPool2d] {
            let strided = grid(&Sweep::default(), op);
            let four = strided
                .iter()
                .filter(|p| p.window.stride == [4; 2] && p.can_be());
            for padding in samples() {
                let name = padding.name();
                let left = |p: &Point| {
                    let padded = p.sides().padded([p.size; 2])[0];
                    (padded - p.window.span(0)) % p.window.stride[0]
                };
                let of_scheme = four.clone().filter(|p| p.padding.name() == name);
                let found: std::collections::BTreeSet<usize> = of_scheme.map(left).collect();
                assert_eq!(Vec::from_iter(found), [0, 1, 2, 3], "{} {name}", op.name());
            }
        }
    }
}
