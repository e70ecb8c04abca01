#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// √x, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad / (2√x).
///
/// # Panics
/// Never.
pub fn sqrt<T: Scalar>(x: &Var<T>) -> Var<T> {
    let half = T::from_f64(0.5);
    pointwise::from_output("sqrt", x, T::sqrt, move |y: T| half / y)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let positive = spread("x", &[3, 5]).map(|v| v.abs() + 0.2);
    vec![case!("3×5", [positive], |v| sqrt(&v[0]))]
}
