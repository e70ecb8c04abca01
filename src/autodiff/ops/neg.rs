#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// -x, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// -grad.
///
/// # Panics
/// Never.
pub fn neg<T: Scalar>(x: &Var<T>) -> Var<T> {
    pointwise::affine("neg", x, -T::one(), |v| -v)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("2×3", [spread("x", &[2, 3])], |v| neg(&v[0])).linear_in(&[0])]
}
