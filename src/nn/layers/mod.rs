//! The layers: one file each; [`Sequential`] and [`Residual`] write down networks of them.

mod add;
mod avg_pool2d;
mod batch_norm2d;
mod concat;
mod conv2d;
mod dropout;
mod global_avg_pool2d;
mod linear;
mod max_pool2d;
mod relu;
mod residual;
mod sequential;

pub use add::Add;
pub use avg_pool2d::AvgPool2d;
pub use batch_norm2d::BatchNorm2d;
pub use concat::Concat;
pub use conv2d::{Conv2d, Pair};
pub use dropout::Dropout;
pub use global_avg_pool2d::GlobalAvgPool2d;
pub use linear::Linear;
pub use max_pool2d::MaxPool2d;
pub use relu::Relu;
pub use residual::Residual;
pub use sequential::Sequential;
