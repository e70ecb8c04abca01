use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Optimizer;
use super::adam::{AdamConfig, Moments};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// How [`AdamW`] steps; the defaults are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamWConfig {
    /// β₁, of the mean gradient.
    pub beta1: f64,
    /// β₂, of the mean squared gradient.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// λ, taken off the weight itself.
    pub weight_decay: f64,
}

impl Default for AdamWConfig {
    fn default() -> AdamWConfig {
        let AdamConfig {
            beta1, beta2, eps, ..
        } = AdamConfig::default();
        AdamWConfig {
            beta1,
            beta2,
            eps,
            weight_decay: 0.01,
        }
    }
}

/// AdamW: w ← (1 - lr·λ)·w, then a step of [`Adam`](super::Adam) without weight decay.
///
/// Loshchilov and Hutter, ICLR 2019.
pub struct AdamW<T> {
    moments: Moments<T>,
}

impl<T: Scalar> AdamW<T> {
    /// An optimiser that has taken no step.
    pub fn new(config: AdamWConfig) -> AdamW<T> {
        let AdamWConfig {
            beta1,
            beta2,
            eps,
            weight_decay,
        } = config;
        let config = AdamConfig {
            beta1,
            beta2,
            eps,
            weight_decay,
        };
        AdamW {
            moments: Moments::new("adamw", config, true),
        }
    }
}

impl<T: Scalar> Optimizer<T> for AdamW<T> {
    fn name(&self) -> &'static str {
        "adamw"
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
