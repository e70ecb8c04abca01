use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::slots::Slots;
use super::{Optimizer, for_each_gradient};
use crate::error::Result;
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// How [`Adadelta`] steps; the defaults are PyTorch's.
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

/// Adadelta: with g the gradient + λw,
///
/// s ← ρs + (1 - ρ)g², δ = √(d + ε)/√(s + ε) · g, d ← ρd + (1 - ρ)δ², w ← w - lr·δ.
///
/// Zeiler, arXiv 1212.5701; there lr is 1, which is also PyTorch's default.
pub struct Adadelta<T> {
    config: AdadeltaConfig,
    slots: Slots<T, 2>,
}

impl<T: Scalar> Adadelta<T> {
    /// An optimiser that has taken no step.
    pub fn new(config: AdadeltaConfig) -> Adadelta<T> {
        Adadelta {
            config,
            slots: Slots::new("adadelta", ["square_avg", "acc_delta"]),
        }
    }
}

impl<T: Scalar> Optimizer<T> for Adadelta<T> {
    fn name(&self) -> &'static str {
        "adadelta"
    }

    fn step(
        &mut self,
        lr: f64,
        params: &mut BTreeMap<String, Tensor<T>>,
        grads: &BTreeMap<String, Tensor<T>>,
    ) {
        let AdadeltaConfig {
            rho,
            eps,
            weight_decay,
        } = self.config;
        let [lr, old, new] = [lr, rho, 1.0 - rho].map(T::from_f64);
        let [eps, decay] = [eps, weight_decay].map(T::from_f64);
        for_each_gradient("adadelta", params, grads, |name, param, grad| {
            let slot = self.slots.next_step(name, param.shape());
            let state = slot.tensors.each_mut().map(Tensor::data_mut);
            elementwise::update(param.data_mut(), grad.data(), state, |w, g, [s, d]| {
                let g = g + decay * *w;
                *s = old * *s + new * g * g;
                let delta = (*d + eps).sqrt() / (*s + eps).sqrt() * g;
                *d = old * *d + new * delta * delta;
                *w -= lr * delta;
            });
        });
    }

    fn state(&self) -> Vec<(String, Tensor<T>)> {
        self.slots.state()
    }

    fn load_state(&mut self, state: Vec<(String, Tensor<T>)>) -> Result<()> {
        self.slots.load(state)
    }
}
