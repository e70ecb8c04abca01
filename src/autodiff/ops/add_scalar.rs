#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x + c, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// The gradient as it is.
///
/// # Panics
/// Never.
pub fn add_scalar<T: Scalar>(x: &Var<T>, c: f64) -> Var<T> {
    let c = T::from_f64(c);
    pointwise::affine("add_scalar", x, T::one(), |v| v + c)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [0.75, -2.0]
        .map(|c| {
            let x = spread("x", &[2, 3]);
            case!(format!("c = {c}"), [x], |v| add_scalar(&v[0], c)).linear_in(&[0])
        })
        .into()
}
