//! The numbers of a network, by name.

use std::collections::BTreeMap;

use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Parameters, which are trained, and buffers, which are not, under dotted names.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T: Scalar> {
    /// Weights and biases.
    pub parameters: BTreeMap<String, Tensor<T>>,
    /// Running statistics.
    pub buffers: BTreeMap<String, Tensor<T>>,
}

impl<T: Scalar> State<T> {
    /// No numbers yet.
    pub fn new() -> State<T> {
        State {
            parameters: BTreeMap::new(),
            buffers: BTreeMap::new(),
        }
    }

    /// How many numbers are trained.
    pub fn parameter_count(&self) -> usize {
        self.parameters.values().map(Tensor::len).sum()
    }
}

impl<T: Scalar> Default for State<T> {
    fn default() -> State<T> {
        State::new()
    }
}

/// `path.name`, or `name` alone at the root.
pub(super) fn dotted(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_string()
    } else {
        format!("{path}.{name}")
    }
}
