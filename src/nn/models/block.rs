//! What the residual networks share: a convolution with its norm, and a sum with a shortcut.

use crate::kernels::Scalar;
use crate::nn::Part;
use crate::nn::init::ConvInit;
use crate::nn::layers::{BatchNorm2d, Conv2d, Relu, Residual, Sequential};

/// The convolution as these networks have it: without bias, as a norm follows.
pub(super) fn bare(conv: Conv2d) -> Conv2d {
    conv.without_bias().init(ConvInit::KaimingFanOut)
}

/// A convolution `conv{number}` and its norm `bn{number}` behind what there is.
pub(super) fn conv_norm<T: Scalar>(
    body: Sequential<T>,
    number: usize,
    conv: Conv2d,
) -> Sequential<T> {
    let channels = conv.out_channels;
    body.named(&format!("conv{number}"), bare(conv))
        .named(&format!("bn{number}"), BatchNorm2d::new(channels))
}

/// relu(body(x) + shortcut(x)), where the body is convolutions, each with a norm, and ReLUs between them.
pub(super) fn residual<T: Scalar, W>(
    convs: Vec<Conv2d>,
    shortcut: impl Part<T, W>,
) -> Sequential<T> {
    let mut body = Sequential::new();
    for (i, conv) in convs.into_iter().enumerate() {
        if i > 0 {
            body = body.named(&format!("relu{i}"), Relu);
        }
        body = conv_norm(body, i + 1, conv);
    }
    Sequential::new()
        .named("", Residual::with_shortcut(body, shortcut))
        .named("relu", Relu)
}
