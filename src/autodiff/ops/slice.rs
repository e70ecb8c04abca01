#[cfg(feature = "gradcheck")]
use super::case::*;
use std::ops::Range;

use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::{Scalar, lanes};
use crate::tensor::{Tensor, shape};

/// The elements within one range per axis, copied.
///
/// # Shapes
/// Any; the output has the lengths of the ranges.
///
/// # Backward
/// The gradient inside the ranges, 0 outside.
///
/// # Panics
/// If there is not one range per axis, or one does not lie within its axis.
#[track_caller]
pub fn slice<T: Scalar>(x: &Var<T>, ranges: &[Range<usize>]) -> Var<T> {
    cut("slice", x, ranges)
}

/// [`slice`] for the operation of the given name.
#[track_caller]
pub(super) fn cut<T: Scalar>(
    operation: &'static str,
    x: &Var<T>,
    ranges: &[Range<usize>],
) -> Var<T> {
    let inside = |(range, &n): (&Range<usize>, &usize)| range.start <= range.end && range.end <= n;
    assert!(
        ranges.len() == x.value().rank() && ranges.iter().zip(x.shape()).all(inside),
        "{operation}: the ranges {ranges:?} do not lie within the shape {:?}",
        x.shape()
    );
    let window = Window {
        operation,
        shape: x.shape().to_vec(),
        ranges: ranges.to_vec(),
    };
    let sizes: Vec<usize> = ranges.iter().map(Range::len).collect();
    let mut rows = Vec::new();
    window.rows(|row| rows.push(row));
    let data = lanes::gather(x.value().data(), &rows, shape::numel(&sizes));
    Var::record(Tensor::from_vec(data, &sizes), &[x], || window)
}

struct Window {
    operation: &'static str,
    shape: Vec<usize>,
    ranges: Vec<Range<usize>>,
}

impl Window {
    /// Visits the stretches of the whole array that make up the window, in order.
    fn rows(&self, mut visit: impl FnMut(Range<usize>)) {
        let strides = shape::strides(&self.shape);
        let starts = self.ranges.iter().zip(&strides);
        let first: usize = starts.map(|(range, stride)| range.start * stride).sum();
        let sizes: Vec<usize> = self.ranges.iter().map(Range::len).collect();
        let (inner, outer) = sizes.split_last().map_or((1, &[][..]), |(&n, o)| (n, o));
        broadcast::walk(outer, [&strides[..outer.len()]], |[i]| {
            visit(first + i..first + i + inner);
        });
    }
}

impl<T: Scalar> Backward<T> for Window {
    fn name(&self) -> &'static str {
        self.operation
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let mut dx = Tensor::zeros(&self.shape);
        let (to, mut from) = (dx.data_mut(), grad.data());
        self.rows(|row| {
            let (now, later) = from.split_at(row.len());
            to[row].copy_from_slice(now);
            from = later;
        });
        vec![Some(dx)]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let ranges: [&'static [Range<usize>; 3]; 4] = [
        &[0..2, 1..3, 1..4],
        &[1..2, 0..3, 0..5],
        &[0..2, 2..3, 4..5],
        &[0..2, 0..3, 0..5],
    ];
    ranges
        .map(|ranges| {
            let inputs = [spread("x", &[2, 3, 5])];
            case!(format!("{ranges:?}"), inputs, |v| slice(&v[0], ranges)).linear_in(&[0])
        })
        .into()
}
