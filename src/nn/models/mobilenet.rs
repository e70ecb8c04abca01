//! MobileNetV2 (Sandler et al., CVPR 2018, arXiv 1801.04381) as torchvision has it.

use super::architecture::{Architecture, Blueprint};
use super::block::bare;
use crate::kernels::Scalar;
use crate::nn::Network;
use crate::nn::layers::{
    BatchNorm2d, Conv2d, Dropout, GlobalAvgPool2d, Linear, Relu6, Residual, Sequential,
};
use crate::padding::Padding;

pub const MOBILENET_V2: Architecture = Architecture {
    name: "mobilenet_v2",
    about: "17 inverted residuals of depthwise convolutions",
    side: 224,
    head: "classifier.1",
    plan: &MobileNetV2,
};

struct MobileNetV2;

/// Expansion, output channels, blocks, and the stride of the first of them.
const STAGES: [[usize; 4]; 7] = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
];
const STEM: usize = 32;
const LAST: usize = 1280;

impl Blueprint for MobileNetV2 {
    fn network<T: Scalar>(&self, channels: usize, classes: usize, padding: Padding) -> Network<T> {
        let mut features = Sequential::new();
        features.push(activated(Conv2d::new(channels, STEM, 3, padding).stride(2)));
        let mut inputs = STEM;
        for [expansion, outputs, blocks, first_stride] in STAGES {
            for block in 0..blocks {
                let stride = if block == 0 { first_stride } else { 1 };
                let inner = inverted([inputs, inputs * expansion, outputs], stride, padding);
                let inner = Sequential::new().named("conv", inner);
                match stride == 1 && inputs == outputs {
                    true => features.push(Residual::new(inner)),
                    false => features.push(inner),
                }
                inputs = outputs;
            }
        }
        features.push(activated(Conv2d::new(inputs, LAST, 1, padding)));
        let mut classifier = Sequential::new();
        classifier.push(Dropout { p: 0.2 });
        classifier.push(Linear::new(LAST, classes));
        Sequential::new()
            .named("features", features)
            .named("avgpool", GlobalAvgPool2d)
            .named("classifier", classifier)
            .into()
    }
}

/// A convolution, its norm and a ReLU6.
fn activated<T: Scalar>(conv: Conv2d) -> Sequential<T> {
    let channels = conv.out_channels;
    let mut part = Sequential::new();
    part.push(bare(conv));
    part.push(BatchNorm2d::new(channels));
    part.push(Relu6);
    part
}

/// Expand by 1×1, filter each channel by 3×3, project by 1×1 without activation.
fn inverted<T: Scalar>(
    [inputs, hidden, outputs]: [usize; 3],
    stride: usize,
    padding: Padding,
) -> Sequential<T> {
    let mut part = Sequential::new();
    if hidden != inputs {
        part.push(activated(Conv2d::new(inputs, hidden, 1, padding)));
    }
    let depthwise = Conv2d::new(hidden, hidden, 3, padding).groups(hidden);
    part.push(activated(depthwise.stride(stride)));
    part.push(bare(Conv2d::new(hidden, outputs, 1, padding)));
    part.push(BatchNorm2d::new(outputs));
    part
}
