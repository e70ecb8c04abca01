#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// xᵉ, element by element; NaN for a negative x and an e that is no integer.
///
/// # Shapes
/// Any.
///
/// # Backward
/// e·xᵉ⁻¹ · grad; 0 everywhere for e = 0, as in PyTorch.
///
/// # Panics
/// Never.
pub fn pow_scalar<T: Scalar>(x: &Var<T>, exponent: f64) -> Var<T> {
    let e = T::from_f64(exponent);
    let slope = move |v: T| {
        if e.is_zero() {
            T::zero()
        } else {
            e * v.powf(e - T::one())
        }
    };
    pointwise::from_input("pow_scalar", x, |v| v.powf(e), slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let any = [2.0, 3.0, 1.0, 0.0].map(|e| (e, spread("x", &[2, 3])));
    let positive = [0.5, -1.5].map(|e| (e, spread("x", &[2, 3]).map(|v| v.abs() + 0.5)));
    any.into_iter()
        .chain(positive)
        .map(|(e, x)| case!(format!("e = {e}"), [x], |v| pow_scalar(&v[0], e)))
        .collect()
}
