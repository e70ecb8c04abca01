#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// The natural logarithm, element by element; PyTorch calls it `log`.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad / x.
///
/// # Panics
/// Never.
pub fn ln<T: Scalar>(x: &Var<T>) -> Var<T> {
    pointwise::from_input("ln", x, T::ln, T::recip)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let x = spread("x", &[2, 3]).map(|v| v.abs() + 0.25);
    vec![case!("2×3", [x], |v| ln(&v[0]))]
}
