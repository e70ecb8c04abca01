#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use super::softplus::softplus_of;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x·tanh(ln(1 + eˣ)), element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad · (t + x·(1 - t²)·σ(x)), with t the tanh and σ the sigmoid.
///
/// # Panics
/// Never.
///
/// # Source
/// Misra, BMVC 2020, arXiv 1908.08681.
pub fn mish<T: Scalar>(x: &Var<T>) -> Var<T> {
    let one = T::one();
    let slope = move |v: T| {
        let t = softplus_of(v).tanh();
        t + v * (one - t * t) / (one + (-v).exp())
    };
    pointwise::from_input("mish", x, |v: T| v * softplus_of(v).tanh(), slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("3×5", [spread("x", &[3, 5])], |v| mish(&v[0]))]
}
