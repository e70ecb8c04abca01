#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x cut off at `low` and `high`, element by element; NaN stays NaN.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad where low ≤ x ≤ high, else 0.
///
/// # Panics
/// Never.
pub fn clip<T: Scalar>(x: &Var<T>, low: f64, high: f64) -> Var<T> {
    let (low, high) = (T::from_f64(low), T::from_f64(high));
    let f = move |v: T| {
        if v < low {
            low
        } else if v > high {
            high
        } else {
            v
        }
    };
    let slope = move |v: T| {
        if v < low || v > high {
            T::zero()
        } else {
            T::one()
        }
    };
    pointwise::from_input("clip", x, f, slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [(-0.5, 0.7), (f64::NEG_INFINITY, 0.9), (0.0, f64::INFINITY)]
        .map(|(low, high)| {
            let inputs = [spread("x", &[3, 5])];
            case!(format!("{low} to {high}"), inputs, |v| clip(
                &v[0], low, high
            ))
        })
        .into()
}
