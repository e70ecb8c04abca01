use serde::{Deserialize, Serialize};

use super::rule::Rule;
use super::slots::Slots;
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// Adadelta: with g the gradient + λw,
///
/// s ← ρs + (1 - ρ)g², δ = √(d + ε)/√(s + ε) · g, d ← ρd + (1 - ρ)δ², w ← w - lr·δ.
///
/// Zeiler, arXiv 1212.5701; there lr is 1, which is also PyTorch's default, as are those below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdadeltaConfig {
    /// ρ, the share of both running means that is kept.
    pub rho: f64,
    /// ε.
    pub eps: f64,
    /// λ.
    pub weight_decay: f64,
}

impl Default for AdadeltaConfig {
    fn default() -> AdadeltaConfig {
        AdadeltaConfig {
            rho: 0.9,
            eps: 1e-6,
            weight_decay: 0.0,
        }
    }
}

impl Rule<2> for AdadeltaConfig {
    const NAME: &'static str = "adadelta";
    const SLOTS: [&'static str; 2] = ["square_avg", "acc_delta"];

    fn update<T: Scalar>(
        &self,
        lr: f64,
        name: &str,
        w: &mut Tensor<T>,
        g: &Tensor<T>,
        slots: &mut Slots<T, 2>,
    ) {
        let [lr, old, new] = [lr, self.rho, 1.0 - self.rho].map(T::from_f64);
        let [eps, decay] = [self.eps, self.weight_decay].map(T::from_f64);
        let state = slots.next_step(name, w.shape()).values();
        elementwise::update(w.data_mut(), g.data(), state, |w, g, [s, d]| {
            let g = g + decay * *w;
            *s = old * *s + new * g * g;
            let delta = (*d + eps).sqrt() / (*s + eps).sqrt() * g;
            *d = old * *d + new * delta * delta;
            *w -= lr * delta;
        });
    }
}
