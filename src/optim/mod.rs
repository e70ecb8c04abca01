//! Optimisers with PyTorch's formulas, and learning-rate schedules.
//!
//! An optimiser keeps its state by the name of the parameter, so that a checkpoint can save it and a
//! parameter may come or go. All weights decay, biases and batch-norm parameters too, as in PyTorch.
//!
//! ```
//! use std::collections::BTreeMap;
//! use padgrad::optim::OptimizerConfig;
//! use padgrad::tensor::Tensor;
//! let mut sgd = OptimizerConfig::parse("sgd")?.build::<f64>();
//! let mut params = BTreeMap::from([("w".to_string(), Tensor::scalar(1.0))]);
//! let grads = BTreeMap::from([("w".to_string(), Tensor::scalar(0.5))]);
//! sgd.step(0.1, &mut params, &grads);
//! assert_eq!(params["w"].item(), 0.95);
//! # Ok::<(), padgrad::error::Error>(())
//! ```

mod adadelta;
mod adam;
mod clip;
mod config;
mod groups;
mod rule;
pub mod schedule;
mod sgd;
mod slots;

use std::collections::BTreeMap;

pub use adadelta::AdadeltaConfig;
pub use adam::{AdamConfig, AdamWConfig};
pub use clip::{clip_grad_norm, clip_grad_value};
pub use config::OptimizerConfig;
pub use groups::ParamGroup;
pub use schedule::{Decay, Schedule};
pub use sgd::SgdConfig;

use crate::error::Result;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Moves parameters against their gradients.
pub trait Optimizer<T: Scalar>: Send {
    /// One step of learning rate `lr`; parameters without a gradient are left alone.
    ///
    /// # Panics
    /// If a gradient, or the state from earlier steps, does not have the shape of its parameter.
    fn step(
        &mut self,
        lr: f64,
        params: &mut BTreeMap<String, Tensor<T>>,
        grads: &BTreeMap<String, Tensor<T>>,
    );

    /// All that it remembers from one step to the next, as `parameter.slot`, in order of the names.
    fn state(&self) -> Vec<(String, Tensor<T>)>;

    /// Replaces what it remembers by what [`state`](Optimizer::state) gave.
    ///
    /// # Errors
    /// Where a tensor belongs to no slot of this optimiser, a slot of a parameter is missing, or the
    /// slots of one parameter differ in shape.
    fn load_state(&mut self, state: Vec<(String, Tensor<T>)>) -> Result<()>;
}
