use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::slots::Slots;
use super::{Optimizer, for_each_gradient};
use crate::error::Result;
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// How [`Sgd`] steps; by default plain gradient descent, as in PyTorch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdConfig {
    /// μ, the share of the last step's direction that is kept.
    pub momentum: f64,
    /// Whether the gradient is taken a step ahead; nothing without momentum.
    pub nesterov: bool,
    /// λ.
    pub weight_decay: f64,
}

/// Stochastic gradient descent with momentum: with g the gradient + λw,
///
/// b ← μb + g, then w ← w - lr·b, or w ← w - lr·(g + μb) after Nesterov.
///
/// Sutskever, Martens, Dahl and Hinton, ICML 2013, in PyTorch's form: lr stands outside of b.
pub struct Sgd<T> {
    config: SgdConfig,
    slots: Slots<T, 1>,
}

impl<T: Scalar> Sgd<T> {
    /// An optimiser that has taken no step.
    pub fn new(config: SgdConfig) -> Sgd<T> {
        Sgd {
            config,
            slots: Slots::new("sgd", ["momentum_buffer"]),
        }
    }
}

impl<T: Scalar> Optimizer<T> for Sgd<T> {
    fn name(&self) -> &'static str {
        "sgd"
    }

    fn step(
        &mut self,
        lr: f64,
        params: &mut BTreeMap<String, Tensor<T>>,
        grads: &BTreeMap<String, Tensor<T>>,
    ) {
        let SgdConfig {
            momentum, nesterov, ..
        } = self.config;
        let [lr, mu, decay] = [lr, momentum, self.config.weight_decay].map(T::from_f64);
        for_each_gradient("sgd", params, grads, |name, param, grad| {
            if momentum == 0.0 {
                let descend = |w: &mut T, g| *w -= lr * (g + decay * *w);
                return elementwise::zip_assign(param.data_mut(), grad.data(), descend);
            }
            let [buffer] = &mut self.slots.next_step(name, param.shape()).tensors;
            let (w, state) = (param.data_mut(), [buffer.data_mut()]);
            elementwise::update(w, grad.data(), state, |w, g, [b]| {
                let g = g + decay * *w;
                *b = mu * *b + g;
                *w -= lr * if nesterov { g + mu * *b } else { *b };
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
