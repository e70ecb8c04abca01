use serde::{Deserialize, Serialize};

use super::rule::Rule;
use super::slots::Slots;
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// Stochastic gradient descent with momentum: with g the gradient + λw,
///
/// b ← μb + g, then w ← w - lr·b, or w ← w - lr·(g + μb) after Nesterov.
///
/// By default plain gradient descent, as in PyTorch.
///
/// Sutskever, Martens, Dahl and Hinton, ICML 2013, in PyTorch's form: lr stands outside of b.
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

impl Rule<1> for SgdConfig {
    const NAME: &'static str = "sgd";
    const SLOTS: [&'static str; 1] = ["momentum_buffer"];

    fn update<T: Scalar>(
        &self,
        lr: f64,
        name: &str,
        w: &mut Tensor<T>,
        g: &Tensor<T>,
        slots: &mut Slots<T, 1>,
    ) {
        let [lr, mu, decay] = [lr, self.momentum, self.weight_decay].map(T::from_f64);
        let nesterov = self.nesterov;
        if self.momentum == 0.0 {
            let descend = |w: &mut T, g| *w -= lr * (g + decay * *w);
            return elementwise::zip_assign(w.data_mut(), g.data(), descend);
        }
        let state = slots.next_step(name, w.shape()).values();
        elementwise::update(w.data_mut(), g.data(), state, |w, g, [b]| {
            let g = g + decay * *w;
            *b = mu * *b + g;
            *w -= lr * if nesterov { g + mu * *b } else { *b };
        });
    }
}
