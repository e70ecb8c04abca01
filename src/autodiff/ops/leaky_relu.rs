#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x where x > 0, else a·x, element by element; NaN stays NaN.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad where x > 0, else a · grad; at the kink the latter, as in PyTorch.
///
/// # Panics
/// Never.
pub fn leaky_relu<T: Scalar>(x: &Var<T>, negative_slope: f64) -> Var<T> {
    let (zero, a) = (T::zero(), T::from_f64(negative_slope));
    let f = move |v: T| if v > zero { v } else { a * v };
    let slope = move |v: T| if v > zero { T::one() } else { a };
    pointwise::from_input("leaky_relu", x, f, slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [0.01, 0.2, 0.0]
        .map(|a| {
            case!(format!("a = {a}"), [spread("x", &[3, 5])], |v| leaky_relu(
                &v[0], a
            ))
        })
        .into()
}
