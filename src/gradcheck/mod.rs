//! Gradients put to the test: finite differences, and the adjoint identity for linear operations.
//!
//! [`gradcheck`] compares the gradient of ⟨c, f(x)⟩, with a random cotangent c, to finite
//! differences, one input element at a time, and says where they differ: for images, whether that
//! is in the border or inside.
//!
//! ```
//! use padgrad::autodiff::ops;
//! use padgrad::gradcheck::{Options, gradcheck};
//! use padgrad::tensor::Tensor;
//! let x = Tensor::from_vec(vec![0.3, -1.2, 0.8], &[3]);
//! gradcheck(|v| ops::mul(&v[0], &v[0]), &[x], &Options::default()).assert_passed();
//! ```
//!
//! A wrong gradient is found and located. Here the product forgets that it depends on x twice:
//!
//! ```
//! use padgrad::autodiff::ops;
//! use padgrad::gradcheck::{Options, gradcheck};
//! use padgrad::tensor::Tensor;
//! let x = Tensor::from_vec(vec![0.3, -1.2, 0.8], &[3]);
//! let report = gradcheck(|v| ops::mul(&v[0], &v[0].detach()), &[x], &Options::default());
//! assert!(!report.passed());
//! let worst = report.worst().unwrap();
//! assert_eq!(worst.index, [1]); // analytic -1.2 against numeric -2.4, scaled by the cotangent
//! assert!((worst.numeric / worst.analytic - 2.0).abs() < 1e-6);
//! ```

mod adjoint;
mod numeric;
mod options;
mod report;
mod sweep;

pub use adjoint::{Adjoint, adjoint_check};
pub use options::{Options, Stencil};
pub use report::{Element, Region, Report, Statistics, Verdict};
pub use sweep::{Broken, ErrorMap, Group, Outcome, Sweep, Worst};

use crate::autodiff::ops::Case;
use crate::autodiff::{Tape, Var};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Compares the analytic gradient of ⟨c, f(inputs)⟩, c drawn from N(0, 1), with finite differences.
///
/// # Shapes
/// Any inputs and any output; inputs of four axes are taken as images [N, C, H, W] and their border
/// band is reported apart.
///
/// # Panics
/// If `f` panics, or if two calls of `f` on the same inputs differ (a random draw that is not frozen).
#[track_caller]
pub fn gradcheck<F>(f: F, inputs: &[Tensor<f64>], options: &Options) -> Report
where
    F: Fn(&[Var<f64>]) -> Var<f64>,
{
    gradcheck_frozen(&f, &f, inputs, options)
}

/// Compares the analytic gradient of `f` with finite differences of `frozen`.
///
/// For a function that stops gradients on purpose: `frozen` is the same function with the stopped
/// values held at what they are for `inputs`.
///
/// # Panics
/// As [`gradcheck`], and if the two functions differ at `inputs`.
#[track_caller]
pub fn gradcheck_frozen<F, G>(f: F, frozen: G, inputs: &[Tensor<f64>], options: &Options) -> Report
where
    F: Fn(&[Var<f64>]) -> Var<f64>,
    G: Fn(&[Var<f64>]) -> Var<f64>,
{
    let (output, analytic, cotangent) = analytic(&f, inputs, options.seed);
    let value = dot(&output, &cotangent);
    let constants = |inputs: &[Tensor<f64>]| -> Vec<Var<f64>> {
        inputs.iter().cloned().map(Var::constant).collect()
    };
    let evaluate = |inputs: &[Tensor<f64>]| dot(frozen(&constants(inputs)).value(), &cotangent);
    let base = evaluate(inputs);
    assert!(
        base.to_bits() == evaluate(inputs).to_bits(),
        "gradcheck: two calls on the same inputs differ; freeze every random draw"
    );
    let size: f64 = dot(&output.map(f64::abs), &cotangent.map(f64::abs));
    assert!(
        (value - base).abs() <= 1e-9 * size.max(1.0),
        "gradcheck: the frozen function gives {base} where the function gives {value}"
    );
    let rounding = 4.0 * f64::EPSILON * size / numeric::first_step(options);
    let mut elements = Vec::new();
    for (input, tensor) in inputs.iter().enumerate() {
        for flat in sampled(tensor.len(), options, input) {
            let slope = numeric::slope(&evaluate, inputs, input, flat, base, options);
            elements.push(Element::new(
                input,
                tensor.shape(),
                flat,
                analytic[input].data()[flat],
                slope,
                rounding,
                options,
            ));
        }
    }
    Report { elements }
}

impl Case {
    /// Checks the gradient of the case.
    pub fn gradcheck(&self, options: &Options) -> Report {
        match &self.frozen {
            None => gradcheck(&self.f64, &self.inputs, options),
            Some(frozen) => gradcheck_frozen(&self.f64, frozen, &self.inputs, options),
        }
    }
}

/// f, the gradients of ⟨c, f⟩ for every input, and the cotangent c.
fn analytic<F>(
    f: &F,
    inputs: &[Tensor<f64>],
    seed: Seed,
) -> (Tensor<f64>, Vec<Tensor<f64>>, Tensor<f64>)
where
    F: Fn(&[Var<f64>]) -> Var<f64>,
{
    let tape = Tape::new();
    let leaves: Vec<Var<f64>> = inputs.iter().cloned().map(|t| tape.leaf(t)).collect();
    let output = f(&leaves);
    let cotangent = Tensor::randn(output.shape(), &mut seed.child("cotangent").rng());
    let mut gradients = if output.requires_grad() {
        Some(output.backward_with(cotangent.clone()))
    } else {
        None
    };
    let gradient = |leaf: &Var<f64>| {
        let found = gradients.as_mut().and_then(|g| g.take(leaf));
        found.unwrap_or_else(|| Tensor::zeros(leaf.shape()))
    };
    let gradients = leaves.iter().map(gradient).collect();
    (output.into_value(), gradients, cotangent)
}

fn sampled(len: usize, options: &Options, input: usize) -> Vec<usize> {
    match options.sample {
        Some(amount) if amount < len => {
            let mut rng = options.seed.child("sample").child(input).rng();
            let mut drawn = rand::seq::index::sample(&mut rng, len, amount).into_vec();
            drawn.sort_unstable();
            drawn
        }
        _ => (0..len).collect(),
    }
}

fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    a.data().iter().zip(b.data()).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::ops::{add, mul, relu, sum};

    fn ramp(shape: &[usize]) -> Tensor<f64> {
        let n: usize = shape.iter().product();
        Tensor::from_vec((0..n).map(|i| (i as f64 * 0.7).sin()).collect(), shape)
    }

    #[test]
    fn right_gradients_pass_with_both_stencils() {
        for stencil in [Stencil::Two, Stencil::Four] {
            let options = Options {
                stencil,
                ..Options::default()
            };
            let cube = |v: &[Var<f64>]| mul(&mul(&v[0], &v[0]), &v[1]);
            let report = gradcheck(cube, &[ramp(&[2, 3]), ramp(&[3])], &options);
            assert!(report.passed(), "{report}");
            assert_eq!(report.elements.len(), 9);
        }
    }

    #[test]
    fn a_kink_is_neither_pass_nor_fail() {
        let x = Tensor::from_vec(vec![0.0, 1.0, -1.0], &[3]);
        let report = gradcheck(|v| relu(&v[0]), &[x], &Options::default());
        assert_eq!(
            report
                .elements
                .iter()
                .map(|e| e.verdict)
                .collect::<Vec<_>>(),
            [Verdict::Kink, Verdict::Pass, Verdict::Pass]
        );
        assert!(report.passed());
    }

    #[test]
    fn kinks_alone_do_not_pass() {
        let x = Tensor::zeros(&[3]);
        let report = gradcheck(|v| relu(&v[0]), &[x], &Options::default());
        assert!(!report.passed() && report.kinks() == 3);
        assert!(report.to_string().contains("nothing checked"), "{report}");
    }

    #[test]
    fn a_kink_near_by_does_not_hide_the_slope() {
        let x = Tensor::from_vec(vec![2e-6], &[1]);
        let report = gradcheck(|v| relu(&v[0]), &[x], &Options::default());
        assert_eq!(report.elements[0].verdict, Verdict::Pass, "{report}");
    }

    #[test]
    fn strong_curvature_is_no_kink() {
        let x = Tensor::from_vec(vec![0.5], &[1]);
        let hundred = Var::constant(Tensor::scalar(1e3));
        let report = gradcheck(
            |v| mul(&hundred, &mul(&v[0], &v[0])),
            &[x],
            &Options::default(),
        );
        assert_eq!(report.elements[0].verdict, Verdict::Pass, "{report}");
    }

    #[test]
    fn a_gradient_wrong_at_the_border_alone_is_located_there() {
        let mut inside = Tensor::zeros(&[1, 1, 4, 4]);
        for i in [5, 6, 9, 10] {
            inside.data_mut()[i] = 1.0;
        }
        let mask = Var::constant(inside.clone());
        let rest = Var::constant(inside.map(|m| 1.0 - m));
        let f = |v: &[Var<f64>]| sum(&add(&mul(&v[0], &mask), &mul(&v[0].detach(), &rest)), &[0]);
        let report = gradcheck(f, &[ramp(&[1, 1, 4, 4])], &Options::default());
        let [border, interior] = [Region::Border, Region::Interior].map(|r| report.statistics(r));
        assert_eq!((border.failed, border.checked), (12, 12));
        assert_eq!((interior.failed, interior.checked), (0, 4));
    }

    #[test]
    fn a_sample_is_drawn_once_and_in_order() {
        let options = Options {
            sample: Some(4),
            ..Options::default()
        };
        let report = gradcheck(|v| relu(&v[0]), &[ramp(&[10])], &options);
        let indices: Vec<usize> = report.elements.iter().map(|e| e.index[0]).collect();
        assert!(indices.len() == 4 && indices.windows(2).all(|w| w[0] < w[1]));
    }
}
