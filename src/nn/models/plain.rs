//! A plain convolutional network as a table, and what it builds.

use super::architecture::Blueprint;
use crate::kernels::Scalar;
use crate::nn::Network;
use crate::nn::init::ConvInit;
use crate::nn::layers::{
    AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Dropout, Flatten, GlobalAvgPool2d, Linear, MaxPool2d,
    Relu, Sequential,
};
use crate::padding::Padding;

/// Convolutions, each with batch norm where the network has it and a ReLU, pools, and a head.
pub(super) struct Plain {
    /// Output channels of 3×3 convolutions, or [`POOL`].
    pub layers: &'static [usize],
    pub norm: bool,
    pub conv_bias: bool,
    pub init: ConvInit,
    pub head: Head,
}

/// A 2×2 max-pool among the layers of a [`Plain`].
pub(super) const POOL: usize = 0;

/// What turns features into logits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// A global average and one linear layer.
    Average,
    /// VGG's own: 7×7 averages and three linear layers, with dropout in training.
    Vgg,
}

impl Blueprint for Plain {
    fn network<T: Scalar>(&self, channels: usize, classes: usize, padding: Padding) -> Network<T> {
        let mut features = Sequential::new();
        let mut channels = channels;
        for &out_channels in self.layers {
            if out_channels == POOL {
                features.push(MaxPool2d::new(2));
                continue;
            }
            let conv = Conv2d::new(channels, out_channels, 3, padding);
            features.push(conv.init(self.init).bias(self.conv_bias));
            if self.norm {
                features.push(BatchNorm2d::new(out_channels));
            }
            features.push(Relu);
            channels = out_channels;
        }
        let body = Sequential::new().named("features", features);
        match self.head {
            Head::Average => body
                .named("avgpool", GlobalAvgPool2d)
                .named("classifier", Linear::new(channels, classes))
                .into(),
            Head::Vgg => vgg_head(body, channels, classes).into(),
        }
    }
}

fn vgg_head<T: Scalar>(body: Sequential<T>, channels: usize, classes: usize) -> Sequential<T> {
    const SIDE: usize = 7;
    const WIDTH: usize = 4096;
    let mut classifier = Sequential::new();
    for inputs in [channels * SIDE * SIDE, WIDTH] {
        classifier.push(Linear::new(inputs, WIDTH));
        classifier.push(Relu);
        classifier.push(Dropout { p: 0.5 });
    }
    classifier.push(Linear::new(WIDTH, classes));
    body.named("avgpool", AdaptiveAvgPool2d([SIDE; 2]))
        .named("flatten", Flatten)
        .named("classifier", classifier)
}
