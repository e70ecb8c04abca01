use std::f64::consts::{FRAC_1_SQRT_2, PI};

#[cfg(feature = "gradcheck")]
use super::case::*;
use super::erf::erf_of;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x·Φ(x), with Φ the normal distribution; `tanh` asks for its approximation by a hyperbolic tangent.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad · (Φ(x) + x·φ(x)), or the slope of the approximation.
///
/// # Panics
/// Never.
///
/// # Source
/// Hendrycks and Gimpel 2016, arXiv 1606.08415.
pub fn gelu<T: Scalar>(x: &Var<T>, tanh: bool) -> Var<T> {
    let f = move |v: T| T::from_f64(value_and_slope(v.as_f64(), tanh)[0]);
    let slope = move |v: T| T::from_f64(value_and_slope(v.as_f64(), tanh)[1]);
    pointwise::from_input("gelu", x, f, slope)
}

fn value_and_slope(x: f64, tanh: bool) -> [f64; 2] {
    if tanh {
        let scale = (2.0 / PI).sqrt();
        let t = (scale * (x + 0.044715 * x.powi(3))).tanh();
        let inner = scale * (1.0 + 3.0 * 0.044715 * x * x);
        return [
            0.5 * x * (1.0 + t),
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner,
        ];
    }
    let distribution = 0.5 * (1.0 + erf_of(x * FRAC_1_SQRT_2));
    let density = (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
    [x * distribution, distribution + x * density]
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [false, true]
        .map(|tanh| {
            let inputs = [spread("x", &[3, 5])];
            case!(format!("tanh {tanh}"), inputs, |v| gelu(&v[0], tanh))
        })
        .into()
}
