//! What an optimiser remembers of each parameter: K tensors of its shape, and a count of steps.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// The name under which the count of steps is saved.
const STEP: &str = "step";

pub struct Slots<T, const K: usize> {
    optimizer: &'static str,
    names: [&'static str; K],
    of: BTreeMap<String, Slot<T, K>>,
}

/// The memory of one parameter.
pub struct Slot<T, const K: usize> {
    /// Steps taken, this one included.
    pub steps: f64,
    pub tensors: [Tensor<T>; K],
}

impl<T: Scalar, const K: usize> Slot<T, K> {
    pub fn values(&mut self) -> [&mut [T]; K] {
        self.tensors.each_mut().map(Tensor::data_mut)
    }
}

impl<T: Scalar, const K: usize> Slots<T, K> {
    pub fn new(optimizer: &'static str, names: [&'static str; K]) -> Slots<T, K> {
        Slots {
            optimizer,
            names,
            of: BTreeMap::new(),
        }
    }

    /// The memory of `param` for its next step; zeros before the first.
    #[track_caller]
    pub fn next_step(&mut self, param: &str, shape: &[usize]) -> &mut Slot<T, K> {
        let zeros = || Slot {
            steps: 0.0,
            tensors: std::array::from_fn(|_| Tensor::zeros(shape)),
        };
        let slot = self.of.entry(param.to_string()).or_insert_with(zeros);
        for (name, tensor) in self.names.iter().zip(&slot.tensors) {
            assert!(
                tensor.shape() == shape,
                "{}: the parameter {param} has the shape {shape:?}, its {name} {:?}",
                self.optimizer,
                tensor.shape()
            );
        }
        slot.steps += 1.0;
        slot
    }

    pub fn state(&self) -> Vec<(String, Tensor<T>)> {
        let mut state = Vec::new();
        for (param, slot) in &self.of {
            let step = Tensor::scalar(T::from_f64(slot.steps));
            state.push((format!("{param}.{STEP}"), step));
            for (name, tensor) in self.names.iter().zip(&slot.tensors) {
                state.push((format!("{param}.{name}"), tensor.clone()));
            }
        }
        state
    }

    pub fn load(&mut self, state: Vec<(String, Tensor<T>)>) -> Result<()> {
        let mut by_param: BTreeMap<String, BTreeMap<String, Tensor<T>>> = BTreeMap::new();
        for (key, tensor) in state {
            let known = |slot: &str| slot == STEP || self.names.contains(&slot);
            match key.rsplit_once('.') {
                Some((param, slot)) if known(slot) => {
                    let slots = by_param.entry(param.to_string()).or_default();
                    slots.insert(slot.to_string(), tensor);
                }
                _ => return Err(self.unfit(format!("`{key}` is none of its slots"))),
            }
        }
        let mut of = BTreeMap::new();
        for (param, slots) in by_param {
            let slot = self.slot(&param, slots)?;
            of.insert(param, slot);
        }
        self.of = of;
        Ok(())
    }

    fn slot(&self, param: &str, mut slots: BTreeMap<String, Tensor<T>>) -> Result<Slot<T, K>> {
        let mut take = |name: &str| {
            let missing = || self.unfit(format!("`{param}.{name}` is missing"));
            slots.remove(name).ok_or_else(missing)
        };
        let steps = take(STEP)?;
        let mut tensors = Vec::with_capacity(K);
        for name in self.names {
            tensors.push(take(name)?);
        }
        let differ = || self.unfit(format!("the slots of `{param}` differ in shape"));
        let same = tensors.windows(2).all(|t| t[0].shape() == t[1].shape());
        match <[Tensor<T>; K]>::try_from(tensors) {
            Ok(tensors) if same && steps.len() == 1 => Ok(Slot {
                steps: steps.item().as_f64(),
                tensors,
            }),
            _ => Err(differ()),
        }
    }

    fn unfit(&self, problem: String) -> Error {
        Error::invalid(
            format!("state of the optimiser {}", self.optimizer),
            problem,
            "go on with the optimiser that the checkpoint was written with, or start afresh",
        )
    }
}
