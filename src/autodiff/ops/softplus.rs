#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// ln(1 + eˣ), element by element; it does not overflow.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad · σ(x), with σ the sigmoid.
///
/// # Panics
/// Never.
pub fn softplus<T: Scalar>(x: &Var<T>) -> Var<T> {
    let one = T::one();
    let slope = move |v: T| one / (one + (-v).exp());
    pointwise::from_input("softplus", x, softplus_of, slope)
}

/// max(x, 0) + ln(1 + e^-|x|).
pub(super) fn softplus_of<T: Scalar>(v: T) -> T {
    v.max(T::zero()) + (-v.abs()).exp().ln_1p()
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("3×5", [spread("x", &[3, 5])], |v| softplus(&v[0]))]
}
