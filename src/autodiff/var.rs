//! The operations as methods of a variable.

use std::ops::Range;

use super::Var;
use super::ops::{self, ConvOptions, PoolOptions};
use crate::kernels::Scalar;
use crate::padding::Drawn;
use crate::rng::Seed;

macro_rules! methods {
    ($($name:ident($($argument:ident: $type:ty),*),)*) => {
        impl<T: Scalar> Var<T> {$(
            #[doc = concat!(
                "[`ops::", stringify!($name), "`](crate::autodiff::ops::", stringify!($name), "()) of it."
            )]
            #[track_caller]
            pub fn $name(&self, $($argument: $type),*) -> Var<T> {
                ops::$name(self, $($argument),*)
            }
        )*}
    };
}

methods! {
    abs(),
    avg_pool2d(options: &PoolOptions),
    clip(low: f64, high: f64),
    conv2d(weight: &Var<T>, bias: Option<&Var<T>>, options: &ConvOptions),
    crop2d(rows: Range<usize>, columns: Range<usize>),
    cross_entropy(labels: &[usize], label_smoothing: f64),
    dropout(p: f64, seed: Seed),
    elu(alpha: f64),
    erf(),
    exp(),
    gelu(tanh: bool),
    global_avg_pool2d(),
    hard_sigmoid(alpha: f64, beta: f64),
    hard_swish(),
    leaky_relu(negative_slope: f64),
    linear(weight: &Var<T>, bias: Option<&Var<T>>),
    ln(),
    log_softmax(axis: usize),
    matmul(other: &Var<T>),
    max(axes: &[usize]),
    max_pool2d(options: &PoolOptions),
    mean(axes: &[usize]),
    mish(),
    mse_loss(target: &Var<T>),
    narrow(axis: usize, start: usize, length: usize),
    pad2d(padding: impl Into<Drawn>),
    permute(order: &[usize]),
    pow_scalar(exponent: f64),
    relu(),
    reshape(shape: &[usize]),
    resize_bilinear(size: [usize; 2], align_corners: bool),
    sigmoid(),
    silu(),
    slice(ranges: &[Range<usize>]),
    softmax(axis: usize),
    softplus(),
    sqrt(),
    sum(axes: &[usize]),
    tanh(),
}
