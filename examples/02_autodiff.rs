//! 02. Reverse-mode autodiff: record a computation, play it back.
//!
//! **Question**: y = Σ x²·w at x = (1, -2, 3) and w = (2, 1, 3). If x₂ = -2 grows by 0.01, does y grow or
//! shrink, and by how much?
//!
//! Run with `cargo run --release --example 02_autodiff`. It prints:
//!
//! ```text
//! y = Σ x²·w      33
//! ∂y/∂x = 2·x·w   [4.0, -4.0, 18.0]
//! ∂y/∂w = x²      [1.0, 4.0, 9.0]
//! gradcheck passed: 6 elements, 0 wrong, 0 at a kink
//! with one of the two factors x forgotten:
//! gradcheck FAILED: 6 elements, 3 wrong, 0 at a kink
//! ```
//!
//! **Exercise**: gradcheck Σ relu(x) at x = (1, 0, -1). One of the three elements can be neither right nor
//! wrong. Which, and why? Then see the end of the file, and add `-- --answer` to the command.

use padgrad::autodiff::{Tape, Var, ops};
use padgrad::gradcheck::{Options, Report, gradcheck};
use padgrad::tensor::Tensor;

fn main() {
    if std::env::args().any(|argument| argument == "--answer") {
        return answer();
    }
    let x = Tensor::from_vec(vec![1.0f64, -2.0, 3.0], &[3]);
    let w = Tensor::from_vec(vec![2.0, 1.0, 3.0], &[3]);

    // Operations on variables of a tape are recorded; `backward` plays the tape back.
    let tape = Tape::new();
    let leaves = [tape.leaf(x.clone()), tape.leaf(w.clone())];
    let y = weighted_squares(&leaves);
    println!("y = Σ x²·w      {}", y.value().item());
    let gradients = y.backward();
    let of = |leaf: &Var<f64>| {
        gradients
            .get(leaf)
            .map(|g| g.data().to_vec())
            .unwrap_or_default()
    };
    println!("∂y/∂x = 2·x·w   {:?}", of(&leaves[0]));
    println!("∂y/∂w = x²      {:?}", of(&leaves[1]));

    // Never trust a gradient: compare it with finite differences.
    let inputs = [x, w];
    print_verdict(&gradcheck(weighted_squares, &inputs, &Options::default()));
    println!("with one of the two factors x forgotten:");
    print_verdict(&gradcheck(forgetful, &inputs, &Options::default()));
}

/// Σ x²·w.
fn weighted_squares(v: &[Var<f64>]) -> Var<f64> {
    ops::sum(&ops::mul(&ops::mul(&v[0], &v[0]), &v[1]), &[])
}

/// The same value, but its gradient sees only one of the two factors x.
fn forgetful(v: &[Var<f64>]) -> Var<f64> {
    ops::sum(&ops::mul(&ops::mul(&v[0], &v[0].detach()), &v[1]), &[])
}

fn print_verdict(report: &Report) {
    println!("{}", report.to_string().lines().next().unwrap_or_default());
}

/// **Answer**: the one at 0. Its slope is 0 to the left and 1 to the right: a kink, where finite differences say
/// nothing.
///
/// ```text
/// gradcheck passed: 3 elements, 0 wrong, 1 at a kink
/// ```
fn answer() {
    let x = Tensor::from_vec(vec![1.0, 0.0, -1.0], &[3]);
    let f = |v: &[Var<f64>]| ops::sum(&ops::relu(&v[0]), &[]);
    print_verdict(&gradcheck(f, &[x], &Options::default()));
}
