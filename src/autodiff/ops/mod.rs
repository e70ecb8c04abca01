//! The operations: one file each, with what it saves, forward, backward and its test cases.
//!
//! Every file also gives `cases()`, the inputs on which `padgrad gradcheck` and the tests try it; the
//! registry below does not compile without them.

mod case;
mod options;

pub use case::Case;
pub(crate) use case::{case, padding, sample_paddings, spread};
pub use options::{ConvOptions, PoolOptions};

/// An entry of the registry: an operation and the cases that put it to the test.
pub struct Op {
    /// Its name, that of its function.
    pub name: &'static str,
    /// Builds its cases.
    pub cases: fn() -> Vec<Case>,
}

macro_rules! registry {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        $(pub use $module::*;)*

        /// Every operation.
        pub const REGISTRY: &[Op] =
            &[$(Op { name: stringify!($module), cases: $module::cases }),*];
    };
}

registry![add, avg_pool2d, conv2d, max_pool2d, mul, pad2d, relu, sum];
