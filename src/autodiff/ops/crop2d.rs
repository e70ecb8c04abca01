#[cfg(feature = "gradcheck")]
use super::case::*;
use std::ops::Range;

use super::slice::cut;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// A window of every map.
///
/// # Shapes
/// [N, C, H, W] to [N, C, rows, columns].
///
/// # Backward
/// The gradient inside the window, 0 outside.
///
/// # Panics
/// If the input does not have four axes, or the window does not lie within its maps.
#[track_caller]
pub fn crop2d<T: Scalar>(x: &Var<T>, rows: Range<usize>, columns: Range<usize>) -> Var<T> {
    let [samples, channels, ..] = x.value().nchw("crop2d");
    cut("crop2d", x, &[0..samples, 0..channels, rows, columns])
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("centre", [1, 4], [1, 3]),
        ("bottom right corner", [4, 5], [3, 4]),
        ("everything", [0, 5], [0, 4]),
    ]
    .map(|(name, rows, columns)| {
        case!(name, [spread("x", &[2, 2, 5, 4])], |v| {
            crop2d(&v[0], rows[0]..rows[1], columns[0]..columns[1])
        })
        .linear_in(&[0])
    })
    .into()
}
