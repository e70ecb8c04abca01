#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// α·x + β cut off at 0 and 1, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// α · grad between the cuts, else 0.
///
/// # Panics
/// Never.
pub fn hard_sigmoid<T: Scalar>(x: &Var<T>, alpha: f64, beta: f64) -> Var<T> {
    let (zero, one) = (T::zero(), T::one());
    let (alpha, beta) = (T::from_f64(alpha), T::from_f64(beta));
    let f = move |v: T| (alpha * v + beta).max(zero).min(one);
    let slope = move |v: T| {
        let y = alpha * v + beta;
        if y > zero && y < one { alpha } else { zero }
    };
    pointwise::from_input("hard_sigmoid", x, f, slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [(0.2, 0.5), (1.0 / 6.0, 0.5), (1.0, 0.3)]
        .map(|(a, b)| {
            let inputs = [spread("x", &[3, 5])];
            case!(format!("{a:.2}·x + {b}"), inputs, |v| hard_sigmoid(
                &v[0], a, b
            ))
        })
        .into()
}
