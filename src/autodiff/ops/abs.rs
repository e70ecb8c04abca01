#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// |x|, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad · sign(x); 0 at the kink.
///
/// # Panics
/// Never.
pub fn abs<T: Scalar>(x: &Var<T>) -> Var<T> {
    let zero = T::zero();
    let slope = move |v: T| if v == zero { zero } else { v.signum() };
    pointwise::from_input("abs", x, T::abs, slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("3×5", [spread("x", &[3, 5])], |v| abs(&v[0]))]
}
