#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x where x > 0, else α·(eˣ - 1), element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad where x > 0, else grad · α·eˣ.
///
/// # Panics
/// Never.
///
/// # Source
/// Clevert et al., ICLR 2016, arXiv 1511.07289.
pub fn elu<T: Scalar>(x: &Var<T>, alpha: f64) -> Var<T> {
    let (zero, one, alpha) = (T::zero(), T::one(), T::from_f64(alpha));
    let f = move |v: T| if v > zero { v } else { alpha * v.exp_m1() };
    let slope = move |v: T| if v > zero { one } else { alpha * v.exp() };
    pointwise::from_input("elu", x, f, slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [1.0, 0.3]
        .map(|alpha| {
            let inputs = [spread("x", &[3, 5])];
            case!(format!("α = {alpha}"), inputs, |v| elu(&v[0], alpha))
        })
        .into()
}
