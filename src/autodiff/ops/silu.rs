#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x·σ(x), with σ the sigmoid, element by element; also called swish.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad · σ(x)·(1 + x·(1 - σ(x))).
///
/// # Panics
/// Never.
///
/// # Source
/// Ramachandran et al. 2017, arXiv 1710.05941.
pub fn silu<T: Scalar>(x: &Var<T>) -> Var<T> {
    let one = T::one();
    let sigmoid = move |v: T| one / (one + (-v).exp());
    let slope = move |v: T| {
        let s = sigmoid(v);
        s * (one + v * (one - s))
    };
    pointwise::from_input("silu", x, move |v: T| v * sigmoid(v), slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("3×5", [spread("x", &[3, 5])], |v| silu(&v[0]))]
}
