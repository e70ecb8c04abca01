#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// The hyperbolic tangent, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// (1 - y²) · grad.
///
/// # Panics
/// Never.
pub fn tanh<T: Scalar>(x: &Var<T>) -> Var<T> {
    pointwise::from_output("tanh", x, T::tanh, |y| T::one() - y * y)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("2×3", [spread("x", &[2, 3])], |v| tanh(&v[0]))]
}
