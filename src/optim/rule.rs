//! What all optimisers share: a rule for one parameter, applied to all that have a gradient.

use std::collections::BTreeMap;

use super::Optimizer;
use super::slots::Slots;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// How one parameter moves, with K tensors that are remembered from step to step.
pub trait Rule<const K: usize>: Send {
    /// The optimiser's name.
    const NAME: &'static str;
    /// The names of the K tensors.
    const SLOTS: [&'static str; K];

    /// Moves the parameter `name`, w, against its gradient g at the rate `lr`.
    fn update<T: Scalar>(
        &self,
        lr: f64,
        name: &str,
        w: &mut Tensor<T>,
        g: &Tensor<T>,
        slots: &mut Slots<T, K>,
    );
}

/// The optimiser of a rule.
pub struct ByRule<T, R, const K: usize> {
    rule: R,
    slots: Slots<T, K>,
}

impl<T: Scalar, R: Rule<K>, const K: usize> ByRule<T, R, K> {
    pub fn new(rule: R) -> ByRule<T, R, K> {
        ByRule {
            rule,
            slots: Slots::new(R::NAME, R::SLOTS),
        }
    }
}

impl<T: Scalar, R: Rule<K>, const K: usize> Optimizer<T> for ByRule<T, R, K> {
    fn step(
        &mut self,
        lr: f64,
        params: &mut BTreeMap<String, Tensor<T>>,
        grads: &BTreeMap<String, Tensor<T>>,
    ) {
        for (name, w) in params {
            let Some(g) = grads.get(name) else {
                continue;
            };
            assert!(
                g.shape() == w.shape(),
                "{}: the parameter {name} has the shape {:?}, its gradient {:?}",
                R::NAME,
                w.shape(),
                g.shape()
            );
            self.rule.update(lr, name, w, g, &mut self.slots);
        }
    }

    fn state(&self) -> Vec<(String, Tensor<T>)> {
        self.slots.state()
    }

    fn load_state(&mut self, state: Vec<(String, Tensor<T>)>) -> Result<()> {
        self.slots.load(state)
    }
}
