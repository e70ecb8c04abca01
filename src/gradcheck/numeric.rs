//! The numeric slope along one input element.

use super::{Options, Stencil};
use crate::tensor::Tensor;

/// What finite differences say of one element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Slope {
    /// The function is smooth here, with this slope.
    Smooth(f64),
    /// The slopes of the two sides differ at every step tried; their mean is given.
    Kink(f64),
}

/// How often a step over a kink is shortened by ten before the kink is believed.
const SHORTER_STEPS: usize = 2;

/// The slope of `evaluate` along element `flat` of input `input`.
pub(super) fn slope(
    evaluate: &impl Fn(&[Tensor<f64>]) -> f64,
    inputs: &[Tensor<f64>],
    input: usize,
    flat: usize,
    base: f64,
    options: &Options,
) -> Slope {
    let x = inputs[input].data()[flat];
    let mut moved = inputs.to_vec();
    let mut at = |offset: f64| {
        moved[input].data_mut()[flat] = x + offset;
        evaluate(&moved)
    };
    let mut step = first_step(options) * x.abs().max(1.0);
    let mut gap_before = f64::INFINITY;
    for _ in 0..=SHORTER_STEPS {
        // The step that floating point really takes: x + h rounds.
        let h = (x + step) - x;
        let (above, below) = (at(h), at(-h));
        let (right, left) = ((above - base) / h, (base - below) / h);
        let gap = (right - left).abs();
        let central = match options.stencil {
            Stencil::Two => (above - below) / (2.0 * h),
            Stencil::Four => (8.0 * (above - below) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h),
        };
        let limit = options.kink * right.abs().max(left.abs()).max(1.0);
        // Curvature makes a gap as well, but one that shrinks with the step.
        if gap <= limit || gap < 0.2 * gap_before && gap_before.is_finite() {
            return Slope::Smooth(central);
        }
        gap_before = gap;
        step *= 0.1;
    }
    Slope::Kink((at(step) - at(-step)) / (2.0 * step))
}

/// The step for inputs of up to 1.
pub(super) fn first_step(options: &Options) -> f64 {
    options.step.unwrap_or(match options.stencil {
        Stencil::Two => f64::EPSILON.cbrt(),
        Stencil::Four => f64::EPSILON.powf(0.2),
    })
}
