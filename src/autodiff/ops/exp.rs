#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// eˣ, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// y · grad.
///
/// # Panics
/// Never.
pub fn exp<T: Scalar>(x: &Var<T>) -> Var<T> {
    pointwise::from_output("exp", x, T::exp, |y| y)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("2×3", [spread("x", &[2, 3])], |v| exp(&v[0]))]
}
