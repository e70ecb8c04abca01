use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::slots::Slots;
use super::{Optimizer, for_each_gradient};
use crate::error::Result;
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// How [`Adam`] steps; the defaults are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamConfig {
    /// β₁, of the mean gradient.
    pub beta1: f64,
    /// β₂, of the mean squared gradient.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// λ, added to the gradient.
    pub weight_decay: f64,
}

impl Default for AdamConfig {
    fn default() -> AdamConfig {
        AdamConfig {
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// Adam: with g the gradient + λw and t the number of the step,
///
/// m ← β₁m + (1 - β₁)g, v ← β₂v + (1 - β₂)g²,
/// w ← w - lr/(1 - β₁ᵗ) · m / (√v/√(1 - β₂ᵗ) + ε).
///
/// Kingma and Ba, ICLR 2015.
pub struct Adam<T> {
    moments: Moments<T>,
}

impl<T: Scalar> Adam<T> {
    /// An optimiser that has taken no step.
    pub fn new(config: AdamConfig) -> Adam<T> {
        Adam {
            moments: Moments::new("adam", config, false),
        }
    }
}

impl<T: Scalar> Optimizer<T> for Adam<T> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn step(
        &mut self,
        lr: f64,
        params: &mut BTreeMap<String, Tensor<T>>,
        grads: &BTreeMap<String, Tensor<T>>,
    ) {
        self.moments.step(lr, params, grads);
    }

    fn state(&self) -> Vec<(String, Tensor<T>)> {
        self.moments.slots.state()
    }

    fn load_state(&mut self, state: Vec<(String, Tensor<T>)>) -> Result<()> {
        self.moments.slots.load(state)
    }
}

/// What Adam and AdamW share: all but where the weight decay goes.
pub(super) struct Moments<T> {
    optimizer: &'static str,
    config: AdamConfig,
    decoupled: bool,
    pub slots: Slots<T, 2>,
}

impl<T: Scalar> Moments<T> {
    pub fn new(optimizer: &'static str, config: AdamConfig, decoupled: bool) -> Moments<T> {
        Moments {
            optimizer,
            config,
            decoupled,
            slots: Slots::new(optimizer, ["exp_avg", "exp_avg_sq"]),
        }
    }

    pub fn step(
        &mut self,
        lr: f64,
        params: &mut BTreeMap<String, Tensor<T>>,
        grads: &BTreeMap<String, Tensor<T>>,
    ) {
        let config = self.config;
        let (shrink, added) = if self.decoupled {
            (1.0 - lr * config.weight_decay, 0.0)
        } else {
            (1.0, config.weight_decay)
        };
        let [shrink, added, eps] = [shrink, added, config.eps].map(T::from_f64);
        let [old1, new1] = [config.beta1, 1.0 - config.beta1].map(T::from_f64);
        let [old2, new2] = [config.beta2, 1.0 - config.beta2].map(T::from_f64);
        for_each_gradient(self.optimizer, params, grads, |name, param, grad| {
            let slot = self.slots.next_step(name, param.shape());
            let correction = |beta: f64| 1.0 - beta.powf(slot.steps);
            let step = T::from_f64(lr / correction(config.beta1));
            let root = T::from_f64(correction(config.beta2).sqrt());
            let (w, state) = (param.data_mut(), slot.tensors.each_mut());
            elementwise::update(
                w,
                grad.data(),
                state.map(Tensor::data_mut),
                |w, g, [m, v]| {
                    *w *= shrink;
                    let g = g + added * *w;
                    *m = old1 * *m + new1 * g;
                    *v = old2 * *v + new2 * g * g;
                    *w -= step * *m / (v.sqrt() / root + eps);
                },
            );
        });
    }
}
