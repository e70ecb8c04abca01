use serde::{Deserialize, Serialize};

use super::rule::Rule;
use super::slots::Slots;
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// Adam: with g the gradient + λw and t the number of the step,
///
/// m ← β₁m + (1 - β₁)g, v ← β₂v + (1 - β₂)g²,
/// w ← w - lr/(1 - β₁ᵗ) · m / (√v/√(1 - β₂ᵗ) + ε).
///
/// The defaults are PyTorch's. Kingma and Ba, ICLR 2015.
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

impl Rule<2> for AdamConfig {
    const NAME: &'static str = "adam";
    const SLOTS: [&'static str; 2] = ["exp_avg", "exp_avg_sq"];

    fn update<T: Scalar>(
        &self,
        lr: f64,
        name: &str,
        w: &mut Tensor<T>,
        g: &Tensor<T>,
        slots: &mut Slots<T, 2>,
    ) {
        self.move_by(1.0, lr, name, w, g, slots);
    }
}

impl AdamConfig {
    /// Adam's step on `shrink`·w.
    fn move_by<T: Scalar>(
        &self,
        shrink: f64,
        lr: f64,
        name: &str,
        w: &mut Tensor<T>,
        g: &Tensor<T>,
        slots: &mut Slots<T, 2>,
    ) {
        let [shrink, added, eps] = [shrink, self.weight_decay, self.eps].map(T::from_f64);
        let [old1, new1] = [self.beta1, 1.0 - self.beta1].map(T::from_f64);
        let [old2, new2] = [self.beta2, 1.0 - self.beta2].map(T::from_f64);
        let slot = slots.next_step(name, w.shape());
        let correction = |beta: f64| 1.0 - beta.powf(slot.steps);
        let step = T::from_f64(lr / correction(self.beta1));
        let root = T::from_f64(correction(self.beta2).sqrt());
        elementwise::update(w.data_mut(), g.data(), slot.values(), |w, g, [m, v]| {
            *w *= shrink;
            let g = g + added * *w;
            *m = old1 * *m + new1 * g;
            *v = old2 * *v + new2 * g * g;
            *w -= step * *m / (v.sqrt() / root + eps);
        });
    }
}

/// AdamW: w ← (1 - lr·λ)·w, then a step of [Adam](AdamConfig) without weight decay.
///
/// The defaults are PyTorch's. Loshchilov and Hutter, ICLR 2019.
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
        AdamWConfig {
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.01,
        }
    }
}

impl Rule<2> for AdamWConfig {
    const NAME: &'static str = "adamw";
    const SLOTS: [&'static str; 2] = AdamConfig::SLOTS;

    fn update<T: Scalar>(
        &self,
        lr: f64,
        name: &str,
        w: &mut Tensor<T>,
        g: &Tensor<T>,
        slots: &mut Slots<T, 2>,
    ) {
        let adam = AdamConfig {
            beta1: self.beta1,
            beta2: self.beta2,
            eps: self.eps,
            weight_decay: 0.0,
        };
        adam.move_by(1.0 - lr * self.weight_decay, lr, name, w, g, slots);
    }
}
