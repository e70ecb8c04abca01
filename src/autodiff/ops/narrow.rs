#[cfg(feature = "gradcheck")]
use super::case::*;
use super::slice::cut;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// The `length` entries of one axis that begin at `start`.
///
/// # Shapes
/// Any with that axis, which gets the size `length`.
///
/// # Backward
/// The gradient inside, 0 outside.
///
/// # Panics
/// If the axis does not exist or is too short.
#[track_caller]
pub fn narrow<T: Scalar>(x: &Var<T>, axis: usize, start: usize, length: usize) -> Var<T> {
    assert!(
        axis < x.value().rank(),
        "narrow: the shape {:?} has no axis {axis}",
        x.shape()
    );
    let mut ranges: Vec<_> = x.shape().iter().map(|&n| 0..n).collect();
    ranges[axis] = start..start + length;
    cut("narrow", x, &ranges)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [(0, 1, 1), (1, 0, 2), (2, 2, 3)]
        .map(|(axis, start, length)| {
            let name = format!("axis {axis} from {start}, {length}");
            case!(name, [spread("x", &[2, 3, 5])], |v| narrow(
                &v[0], axis, start, length
            ))
            .linear_in(&[0])
        })
        .into()
}
