//! The operations: one file each, with what it saves, forward, backward and its test cases.
//!
//! Every file also gives `cases()`, the inputs on which `gradcheck` and the tests try it, compiled with the
//! feature `gradcheck` alone; the registry below does not compile without them.

mod batch_norm;
#[cfg(feature = "gradcheck")]
mod case;
mod options;
mod pair;
mod pointwise;
mod recurrence;
mod then;

#[cfg(feature = "gradcheck")]
pub use case::{Case, CaseFn};
#[cfg(feature = "gradcheck")]
pub(crate) use case::{frozen_border, linear_in, padding, spread};
pub use options::{ConvOptions, PoolOptions, Sums};
pub(crate) use then::{RunningNorm, conv2d_then, train_norm};

#[cfg(feature = "gradcheck")]
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

        #[cfg(feature = "gradcheck")]
        /// Every operation.
        pub const REGISTRY: &[Op] =
            &[$(Op { name: stringify!($module), cases: $module::cases }),*];
    };
}

registry![
    abs,
    add,
    add_scalar,
    avg_pool2d,
    batch_norm2d_eval,
    batch_norm2d_train,
    clip,
    concat,
    conv2d,
    conv_transpose2d,
    crop2d,
    cross_entropy,
    div,
    dropout,
    elu,
    erf,
    exp,
    gelu,
    global_avg_pool2d,
    gru,
    hard_sigmoid,
    hard_swish,
    leaky_relu,
    linear,
    ln,
    log_softmax,
    lstm,
    matmul,
    max,
    max_pool2d,
    maximum,
    mean,
    minimum,
    mish,
    mse_loss,
    mul,
    mul_scalar,
    narrow,
    neg,
    pad2d,
    permute,
    pow,
    pow_scalar,
    prelu,
    relu,
    relu6,
    resample2d,
    reshape,
    resize_bilinear,
    rnn,
    sigmoid,
    silu,
    slice,
    softmax,
    softplus,
    sqrt,
    sub,
    sum,
    tanh,
];
