//! The names that most programs use: `use padgrad::prelude::*;`.

pub use crate::autodiff::ops::{ConvOptions, PoolOptions};
pub use crate::autodiff::{Tape, Var, ops};
pub use crate::data::{DataConfig, Dataset, Tensors, WideTensors, load};
pub use crate::error::{Error, Result};
pub use crate::nn::layers::{
    Add, AvgPool2d, BatchNorm2d, Concat, Conv2d, Dropout, GlobalAvgPool2d, Linear, MaxPool2d, Relu,
    Residual, Sequential,
};
pub use crate::nn::{
    Context, Feature, Geometry, Layer, Mode, Model, Network, State, Windowed, dotted, models,
};
pub use crate::optim::{OptimizerConfig, ParamGroup};
pub use crate::padding::{Extent, Padding};
pub use crate::ppp::{MeasureOptions, Metric, Taps, measure};
pub use crate::rng::Seed;
pub use crate::tensor::Tensor;
pub use crate::train::{FitOptions, TrainConfig, Trainer, evaluate, fit};
