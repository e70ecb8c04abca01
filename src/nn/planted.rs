//! A position signal of known strength, put into a network on purpose.

use super::feature::Feature;
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// A pattern that is added to the output of one layer, the same for every image.
///
/// It is what a measure of position information ought to find: the test of a measure, not of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted<T: Scalar> {
    /// Dotted name of the layer.
    pub layer: String,
    /// What is added, [C, h, w] like the layer's output.
    pub pattern: Tensor<T>,
}

impl<T: Scalar> Planted<T> {
    /// The same signal with another type of elements.
    pub fn cast<U: Scalar>(&self) -> Planted<U> {
        Planted {
            layer: self.layer.clone(),
            pattern: self.pattern.cast(),
        }
    }

    /// The layer's output with the pattern added.
    ///
    /// # Panics
    /// If the shapes differ, as they do where the pass has true surroundings.
    #[track_caller]
    pub(super) fn add_to(&self, output: Feature<T>) -> Feature<T> {
        assert!(
            output.value.shape().get(1..) == Some(self.pattern.shape()),
            "a pattern of shape {:?} cannot be planted at {}, whose output is {:?}",
            self.pattern.shape(),
            self.layer,
            output.value.shape()
        );
        let pattern = Var::constant(self.pattern.clone());
        output.pointwise(|x| ops::add(x, &pattern))
    }
}
