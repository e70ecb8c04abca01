#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x · min(max(x + 3, 0), 6)/6, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad · (2x + 3)/6 for -3 < x < 3, grad above, 0 below.
///
/// # Panics
/// Never.
///
/// # Source
/// Howard et al., *Searching for MobileNetV3*, ICCV 2019.
pub fn hard_swish<T: Scalar>(x: &Var<T>) -> Var<T> {
    let [zero, one, three, six] = [0.0, 1.0, 3.0, 6.0].map(T::from_f64);
    let f = move |v: T| v * (v + three).max(zero).min(six) / six;
    let slope = move |v: T| {
        if v <= -three {
            zero
        } else if v >= three {
            one
        } else {
            (v + v + three) / six
        }
    };
    pointwise::from_input("hard_swish", x, f, slope)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let wide = spread("x", &[3, 5]).map(|v| 3.3 * v);
    vec![case!("3×5", [wide], |v| hard_swish(&v[0]))]
}
