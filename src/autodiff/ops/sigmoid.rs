#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// 1 / (1 + e⁻ˣ), element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// y·(1 - y) · grad.
///
/// # Panics
/// Never.
pub fn sigmoid<T: Scalar>(x: &Var<T>) -> Var<T> {
    let one = T::one();
    let slope = move |y: T| y * (one - y);
    pointwise::from_output("sigmoid", x, |v| one / (one + (-v).exp()), slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let far = spread("far", &[2, 3]).map(|v| 8.0 * v);
    vec![
        case!("2×3", [spread("x", &[2, 3])], |v| sigmoid(&v[0])),
        case!("far from 0", [far], |v| sigmoid(&v[0])),
    ]
}
