//! Every operation of the registry, on every one of its cases.

use padgrad::autodiff::Var;
use padgrad::autodiff::gradcheck::{Options, adjoint_check};
use padgrad::autodiff::ops::{Case, REGISTRY};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use rayon::prelude::*;

/// Runs `check` on every case and names those for which it has a complaint.
fn on_every_case(check: impl Fn(&Case) -> Option<String> + Sync) {
    let complaints: Vec<String> = REGISTRY
        .par_iter()
        .flat_map(|op| {
            let cases = (op.cases)();
            assert!(!cases.is_empty(), "{} has no cases", op.name);
            let named =
                |case: &Case| check(case).map(|c| format!("{}, {}: {c}", op.name, case.name));
            cases.iter().filter_map(named).collect::<Vec<_>>()
        })
        .collect();
    assert!(
        complaints.is_empty(),
        "{} cases:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn gradients_agree_with_finite_differences() {
    on_every_case(|case| {
        let report = case.gradcheck(&Options::default());
        (!report.passed() || report.kinks() > 0).then(|| report.to_string())
    });
}

#[test]
fn linear_operations_and_their_gradients_are_transposes() {
    on_every_case(|case| {
        let failed = |&input: &usize| {
            let adjoint = adjoint_check(&case.f64, &case.inputs, input, Seed(1));
            (!adjoint.passed()).then(|| format!("input {input}: {adjoint}"))
        };
        case.linear_in.iter().find_map(failed)
    });
}

#[test]
fn single_precision_follows_double() {
    on_every_case(|case| {
        let wide: Vec<Var<f64>> = case.inputs.iter().cloned().map(Var::constant).collect();
        let narrow: Vec<Var<f32>> = case
            .inputs
            .iter()
            .map(|t| Var::constant(t.cast()))
            .collect();
        let (want, got) = (
            (case.f64)(&wide).into_value(),
            (case.f32)(&narrow).into_value(),
        );
        let size = want.data().iter().fold(1.0f64, |m, v| m.max(v.abs()));
        let far = |got: &Tensor<f32>| {
            let pairs = want.data().iter().zip(got.data());
            pairs
                .map(|(w, &g)| (w - f64::from(g)).abs())
                .fold(0.0, f64::max)
                / size
        };
        // A few hundred roundings of inputs and sums at most.
        (want.shape() != got.shape() || far(&got) > 2e-5).then(|| format!("off by {:e}", far(&got)))
    });
}
