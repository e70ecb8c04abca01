//! The adjoint identity: a linear operation and its gradient must be transposes of each other.

use std::fmt;

use super::dot;
use crate::autodiff::{Tape, Var};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// The two sides of ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ for random x and y.
#[derive(Clone, Copy, Debug)]
pub struct Adjoint {
    /// ⟨Ax, y⟩, from the forward pass.
    pub forward: f64,
    /// ⟨x, Aᵀy⟩, from the backward pass.
    pub backward: f64,
    /// Their difference, in units of ε times the sum of the absolute values of all terms.
    pub ulps: f64,
}

impl Adjoint {
    /// The identity holds to a few roundings.
    pub const ULPS: f64 = 16.0;

    /// Whether the identity holds.
    pub fn passed(&self) -> bool {
        self.ulps <= Self::ULPS
    }
}

impl fmt::Display for Adjoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed() { "passed" } else { "FAILED" };
        write!(f, "adjoint {verdict}: ⟨Ax,y⟩ = {:.15e}, ", self.forward)?;
        write!(
            f,
            "⟨x,Aᵀy⟩ = {:.15e}, {:.1} ulps apart",
            self.backward, self.ulps
        )
    }
}

/// Checks ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ for an `f` that is affine in input `which` while the others stay.
///
/// x and y are drawn from N(0, 1); Ax is f(x) - f(0). No finite difference is involved, so the
/// identity must hold to rounding, and a gradient that lands on a wrong element cannot pass.
///
/// # Panics
/// If `f` panics.
#[track_caller]
pub fn adjoint_check<F>(f: F, inputs: &[Tensor<f64>], which: usize, seed: Seed) -> Adjoint
where
    F: Fn(&[Var<f64>]) -> Var<f64>,
{
    let shape = inputs[which].shape();
    let x = Tensor::randn(shape, &mut seed.child("x").rng());
    let tape = Tape::new();
    let leaf = tape.leaf(x.clone());
    let with = |value: Var<f64>| {
        let mut vars: Vec<Var<f64>> = inputs.iter().cloned().map(Var::constant).collect();
        vars[which] = value;
        f(&vars)
    };
    let at_zero = with(Var::constant(Tensor::zeros(shape))).into_value();
    let output = with(leaf.clone());
    let y = Tensor::randn(output.shape(), &mut seed.child("y").rng());
    let forward = dot(output.value(), &y) - dot(&at_zero, &y);
    let size = |a: &Tensor<f64>, b: &Tensor<f64>| dot(&a.map(f64::abs), &b.map(f64::abs));
    let terms = size(output.value(), &y) + size(&at_zero, &y);
    let gradient = if output.requires_grad() {
        output.backward_with(y).take(&leaf)
    } else {
        None
    };
    let gradient = gradient.unwrap_or_else(|| Tensor::zeros(shape));
    let backward = dot(&x, &gradient);
    let terms = (terms + size(&x, &gradient)).max(f64::MIN_POSITIVE);
    Adjoint {
        forward,
        backward,
        ulps: (forward - backward).abs() / (terms * f64::EPSILON),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::ops::{add, mul};

    #[test]
    fn products_with_a_constant_pass_and_a_dropped_term_does_not() {
        let inputs = [
            Tensor::ones(&[4]),
            Tensor::from_vec(vec![1.0, -2.0, 0.5, 3.0], &[4]),
        ];
        let right = adjoint_check(|v| add(&mul(&v[0], &v[1]), &v[1]), &inputs, 0, Seed(1));
        assert!(right.passed(), "{right}");
        let wrong = |v: &[Var<f64>]| add(&mul(&v[0], &v[1]), &v[0].detach());
        assert!(!adjoint_check(wrong, &inputs, 0, Seed(1)).passed());
    }
}
