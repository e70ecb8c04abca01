#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// c·x, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// c · grad.
///
/// # Panics
/// Never.
pub fn mul_scalar<T: Scalar>(x: &Var<T>, c: f64) -> Var<T> {
    let c = T::from_f64(c);
    pointwise::affine("mul_scalar", x, c, |v| v * c)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [0.75, -2.0, 0.0]
        .map(|c| {
            let x = spread("x", &[2, 3]);
            case!(format!("c = {c}"), [x], |v| mul_scalar(&v[0], c)).linear_in(&[0])
        })
        .into()
}
