#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// min(max(x, 0), 6), element by element; NaN stays NaN.
///
/// # Shapes
/// Any.
///
/// # Backward
/// The gradient where 0 < x < 6, else 0; at the kinks 0, as in PyTorch.
///
/// # Panics
/// Never.
pub fn relu6<T: Scalar>(x: &Var<T>) -> Var<T> {
    let (zero, six) = (T::zero(), T::from_f64(6.0));
    let f = move |v: T| {
        let v = if v < zero { zero } else { v };
        if v > six { six } else { v }
    };
    let slope = move |v: T| match v > zero && v < six {
        true => T::one(),
        false => zero,
    };
    pointwise::from_input("relu6", x, f, slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("scaled to both kinks", [spread("x", &[3, 5])], |v| {
        relu6(&(&v[0] * 8.0))
    })]
}
