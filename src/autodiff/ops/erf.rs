use std::f64::consts::FRAC_2_SQRT_PI;

#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pointwise;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// The error function (2/√π) ∫₀ˣ e^(-t²) dt, element by element.
///
/// # Shapes
/// Any.
///
/// # Backward
/// grad · (2/√π)·e^(-x²).
///
/// # Panics
/// Never.
///
/// # Source
/// Abramowitz and Stegun 7.1.6 below 3, the continued fraction 7.1.14 above.
pub fn erf<T: Scalar>(x: &Var<T>) -> Var<T> {
    pointwise::from_input(
        "erf",
        x,
        |v: T| T::from_f64(erf_of(v.as_f64())),
        |v: T| T::from_f64(FRAC_2_SQRT_PI * (-v.as_f64().powi(2)).exp()),
    )
}

/// The error function to f64's precision.
pub(super) fn erf_of(x: f64) -> f64 {
    let (a, square) = (x.abs(), x * x);
    if a < 3.0 {
        // Terms of one sign: nothing cancels.
        let (mut term, mut sum, mut n) = (a, a, 1.0);
        while term > sum * 1e-17 {
            term *= 2.0 * square / (2.0 * n + 1.0);
            sum += term;
            n += 1.0;
        }
        return (FRAC_2_SQRT_PI * (-square).exp() * sum).copysign(x);
    }
    if a > 6.0 || x.is_nan() {
        return if x.is_nan() { x } else { 1f64.copysign(x) };
    }
    let fraction = (1..60)
        .rev()
        .fold(a, |below, n| a + 0.5 * f64::from(n) / below);
    (1.0 - (-square).exp() * 0.5 * FRAC_2_SQRT_PI / fraction).copysign(x)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let wide = spread("x", &[3, 5]).map(|v| 2.7 * v);
    vec![case!("3×5", [wide], |v| erf(&v[0]))]
}

#[cfg(test)]
mod tests {
    use super::erf_of;

    #[test]
    fn values_are_those_of_the_tables() {
        // Abramowitz and Stegun, tables 7.1 and 7.3.
        for (x, want) in [
            (0.1, 0.112_462_916_018_284_9),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
            (3.5, 0.999_999_256_901_627_7),
        ] {
            assert!((erf_of(x) - want).abs() < 1e-15, "{x}: {}", erf_of(x));
            assert_eq!(erf_of(-x), -erf_of(x));
        }
        assert!((erf_of(3.0) - erf_of(3.0 - 1e-12)).abs() < 1e-14);
    }
}
