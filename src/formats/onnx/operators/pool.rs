//! Pools.

use super::super::builder::{Builder, Lowered};
use super::super::call::Call;
use super::super::slot::{Bound, Slot};
use super::conv::{following, images_of, outputs_of, window, zeros};
use crate::autodiff::ops::PoolOptions;
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::nn::Kind;
use crate::nn::layers::{AvgPool2d, MaxPool2d, Pad2d, WholeImage};
use crate::padding::{Padding, Sides, Window};

/// `MaxPool` and `AveragePool`.
pub fn pool<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let node = call.node;
    let mut x = builder.images_or_row(call.live(0)?)?;
    let (window, mut sides) = window(call, None, x.size())?;
    let beyond = match node.int("ceil_mode", 0) {
        0 => [0; 2],
        _ => beyond(&window, sides, x.size()),
    };
    // Sides that follow the map's size stay the node's own.
    let follows = following(node).filter(|_| beyond == [0; 2] && window.kernel != [1; 2]);
    let is_max = call.operator() == "MaxPool";
    let counts = !is_max && node.int("count_include_pad", 0) != 0;
    if counts && follows.is_none() && !sides.is_none() {
        // Zeros that count, as a layer of their own; what lies beyond them does not.
        let layer = Pad2d {
            padding: Padding::zeros(sides),
        };
        let size = sides.padded(x.size());
        let value = builder.add(layer, &[x.value]);
        x.value = value;
        x.shape[2..].copy_from_slice(&size);
        sides = Sides::default();
    }
    let sides = Sides {
        bottom: sides.bottom + beyond[0],
        right: sides.right + beyond[1],
        ..sides
    };
    for axis in [0, 1] {
        reaches_image(&window, sides, x.size(), axis)?;
    }
    let size = outputs_of(&window, sides, x.size())?;
    let padding = match (follows, is_max || counts) {
        (Some(extent), true) => Padding::zeros(extent),
        (Some(extent), false) => Padding::partial(extent),
        (None, false) if !sides.is_none() => Padding::partial(sides),
        (None, _) => zeros(sides),
    };
    let options = PoolOptions {
        kernel: window.kernel,
        stride: window.stride,
        dilation: window.dilation,
        padding: padding.into(),
    };
    let value = match is_max {
        true => builder.add(MaxPool2d { options }, &[x.value]),
        false => builder.add(AvgPool2d { options }, &[x.value]),
    };
    Ok(images_of(value, [x.channels(), size[0], size[1]]))
}

/// How many pixels the last windows reach beyond the padding where the number of outputs is rounded up; a window must
/// begin within the image or the padding before it.
fn beyond(window: &Window, sides: Sides, size: [usize; 2]) -> [usize; 2] {
    [0, 1].map(|axis| {
        let (padded, stride) = (sides.padded(size)[axis], window.stride[axis]);
        let Some(room) = padded.checked_sub(window.span(axis)) else {
            return 0;
        };
        let mut last = room.div_ceil(stride);
        if last * stride >= sides.before(axis) + size[axis] {
            last -= 1;
        }
        (last * stride + window.span(axis)).saturating_sub(padded)
    })
}

/// Whether every window holds a pixel of the image.
fn reaches_image(
    window: &Window,
    sides: Sides,
    size: [usize; 2],
    axis: usize,
) -> Result<(), String> {
    let padded = sides.padded(size)[axis];
    let image = sides.before(axis)..sides.before(axis) + size[axis];
    let outputs = window.output(axis, padded).unwrap_or(0);
    let reaches = |o: usize| {
        let (first, step) = (o * window.stride[axis], window.dilation[axis]);
        // The first tap that is not before the image.
        let tap = image.start.saturating_sub(first).div_ceil(step);
        tap < window.kernel[axis] && first + tap * step < image.end
    };
    match (0..outputs).all(reaches) {
        true => Ok(()),
        false => Err(format!(
            "windows of {:?} that hold padding only",
            window.kernel
        )),
    }
}

/// `GlobalAveragePool` and `GlobalMaxPool`.
pub fn global<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let x = builder.images_or_row(call.live(0)?)?;
    let is_max = call.operator() == "GlobalMaxPool";
    Ok(vec![Bound::Live(over_grid(
        builder,
        &x,
        move |x| match is_max {
            true => ops::max(x, &[2, 3]),
            false => ops::global_avg_pool2d(x),
        },
    ))])
}

/// A function of every map of a value, whose rows and columns become one.
pub fn over_grid<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    f: impl Fn(&Var<T>) -> Var<T> + Send + Sync + 'static,
) -> Slot {
    let mut shape = x.shape.clone();
    x.map.into_iter().flatten().for_each(|axis| shape[axis] = 1);
    let per_image = shape[1..].to_vec();
    let layer = WholeImage::new(Kind::Pool, [x.channels(), 1, 1], move |x: &[Var<T>]| {
        let y = f(&x[0]);
        ops::reshape(&y, &[&y.shape()[..1], &per_image[..]].concat())
    });
    Slot {
        value: builder.add(layer, &[x.value]),
        shape,
        map: None,
        batched: true,
    }
}
