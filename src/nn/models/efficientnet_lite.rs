//! EfficientNet-Lite0: EfficientNet (Tan and Le, ICML 2019, arXiv 1905.11946) with ReLU6 and without squeeze and
//! excitation, padded as TensorFlow does, with the names of its PyTorch form.

use super::architecture::{Architecture, Blueprint};
use super::block::bare;
use crate::kernels::Scalar;
use crate::nn::Network;
use crate::nn::layers::{
    BatchNorm2d, Conv2d, Dropout, GlobalAvgPool2d, Linear, Relu6, Residual, Sequential,
};
use crate::padding::{Extent, Padding};

pub const EFFICIENTNET_LITE0: Architecture = Architecture {
    name: "efficientnet_lite0",
    about: "16 inverted residuals, padded as TensorFlow does",
    side: 224,
    head: "_fc",
    plan: &EfficientNetLite0,
};

struct EfficientNetLite0;

/// Kernel, expansion, output channels, blocks, and the stride of the first of them.
const STAGES: [[usize; 5]; 7] = [
    [3, 1, 16, 1, 1],
    [3, 6, 24, 2, 2],
    [5, 6, 40, 2, 2],
    [3, 6, 80, 3, 2],
    [5, 6, 112, 3, 1],
    [5, 6, 192, 4, 2],
    [3, 6, 320, 1, 1],
];
const STEM: usize = 32;
const LAST: usize = 1280;

impl Blueprint for EfficientNetLite0 {
    fn network<T: Scalar>(&self, channels: usize, classes: usize, padding: Padding) -> Network<T> {
        let padding = padding.or_extent(Extent::Same);
        let stem = Conv2d::new(channels, STEM, 3, padding).stride(2);
        let network = with_norm(Sequential::new(), "_conv_stem", "_bn0", stem);
        let mut blocks = Sequential::new();
        let mut inputs = STEM;
        for [kernel, expansion, outputs, count, first_stride] in STAGES {
            for block in 0..count {
                let stride = if block == 0 { first_stride } else { 1 };
                let hidden = inputs * expansion;
                let depthwise = Conv2d::new(hidden, hidden, kernel, padding).groups(hidden);
                let inner = inverted([inputs, outputs], depthwise.stride(stride), padding);
                match stride == 1 && inputs == outputs {
                    true => blocks.push(Residual::new(inner)),
                    false => blocks.push(inner),
                }
                inputs = outputs;
            }
        }
        let network = network.named("_swish", Relu6).named("_blocks", blocks);
        let head = Conv2d::new(inputs, LAST, 1, padding);
        with_norm(network, "_conv_head", "_bn1", head)
            .named("_swish_head", Relu6)
            .named("_avg_pooling", GlobalAvgPool2d)
            .named("_dropout", Dropout { p: 0.2 })
            .named("_fc", Linear::new(LAST, classes))
            .into()
    }
}

/// A convolution and its norm, with TensorFlow's ε and momentum.
fn with_norm<T: Scalar>(
    part: Sequential<T>,
    conv_name: &str,
    norm_name: &str,
    conv: Conv2d,
) -> Sequential<T> {
    let norm = BatchNorm2d::new(conv.out_channels).eps(1e-3).momentum(0.01);
    part.named(conv_name, bare(conv)).named(norm_name, norm)
}

/// Expand by 1×1, filter each channel, project by 1×1 without activation.
fn inverted<T: Scalar>(
    [inputs, outputs]: [usize; 2],
    depthwise: Conv2d,
    padding: Padding,
) -> Sequential<T> {
    let hidden = depthwise.in_channels;
    let mut part = Sequential::new();
    if hidden != inputs {
        let expand = Conv2d::new(inputs, hidden, 1, padding);
        part = with_norm(part, "_expand_conv", "_bn0", expand).named("_swish0", Relu6);
    }
    part = with_norm(part, "_depthwise_conv", "_bn1", depthwise).named("_swish1", Relu6);
    let project = Conv2d::new(hidden, outputs, 1, padding);
    with_norm(part, "_project_conv", "_bn2", project)
}
