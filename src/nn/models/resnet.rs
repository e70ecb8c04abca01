//! ResNet (He et al., CVPR 2016, arXiv 1512.03385) as torchvision has it: the stride of a bottleneck is that of its
//! 3×3 convolution.

use super::architecture::{Architecture, Blueprint};
use super::block::{bare, conv_norm, residual};
use crate::autodiff::ops::PoolOptions;
use crate::kernels::Scalar;
use crate::nn::Network;
use crate::nn::layers::{
    BatchNorm2d, Conv2d, GlobalAvgPool2d, Linear, MaxPool2d, Relu, Sequential,
};
use crate::padding::{Extent, Padding};

/// Blocks per stage, and how many times wider than its middle a block's output is: 1 for two 3×3 convolutions,
/// 4 for a bottleneck.
struct ResNet {
    blocks: [usize; 4],
    expansion: usize,
}

const fn resnet(name: &'static str, about: &'static str, plan: &'static ResNet) -> Architecture {
    Architecture {
        name,
        about,
        side: 224,
        head: "fc",
        plan,
    }
}

pub const RESNET18: Architecture = resnet(
    "resnet18",
    "8 basic blocks",
    &ResNet {
        blocks: [2, 2, 2, 2],
        expansion: 1,
    },
);
pub const RESNET34: Architecture = resnet(
    "resnet34",
    "16 basic blocks",
    &ResNet {
        blocks: [3, 4, 6, 3],
        expansion: 1,
    },
);
pub const RESNET50: Architecture = resnet(
    "resnet50",
    "16 bottlenecks",
    &ResNet {
        blocks: [3, 4, 6, 3],
        expansion: 4,
    },
);
pub const RESNET101: Architecture = resnet(
    "resnet101",
    "33 bottlenecks",
    &ResNet {
        blocks: [3, 4, 23, 3],
        expansion: 4,
    },
);
pub const RESNET152: Architecture = resnet(
    "resnet152",
    "50 bottlenecks",
    &ResNet {
        blocks: [3, 8, 36, 3],
        expansion: 4,
    },
);

impl Blueprint for ResNet {
    fn network<T: Scalar>(&self, channels: usize, classes: usize, padding: Padding) -> Network<T> {
        const STEM: usize = 64;
        let stem = Conv2d::new(channels, STEM, 7, padding).stride(2);
        let pool = PoolOptions::new(3).stride(2);
        let pool = pool.padding(padding.or_extent(Extent::Uniform(1)));
        let mut network = conv_norm(Sequential::new(), 1, stem)
            .named("relu", Relu)
            .named("maxpool", MaxPool2d::new(pool));
        let mut inputs = STEM;
        for (stage, &blocks) in self.blocks.iter().enumerate() {
            let width = STEM << stage;
            let mut layer = Sequential::new();
            for block in 0..blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                layer.push(self.block(inputs, width, stride, padding));
                inputs = width * self.expansion;
            }
            network = network.named(&format!("layer{}", stage + 1), layer);
        }
        network
            .named("avgpool", GlobalAvgPool2d)
            .named("fc", Linear::new(inputs, classes))
            .into()
    }
}

impl ResNet {
    fn block<T: Scalar>(
        &self,
        inputs: usize,
        width: usize,
        stride: usize,
        padding: Padding,
    ) -> Sequential<T> {
        let outputs = width * self.expansion;
        let convs = match self.expansion {
            1 => vec![
                Conv2d::new(inputs, width, 3, padding).stride(stride),
                Conv2d::new(width, width, 3, padding),
            ],
            _ => vec![
                Conv2d::new(inputs, width, 1, padding),
                Conv2d::new(width, width, 3, padding).stride(stride),
                Conv2d::new(width, outputs, 1, padding),
            ],
        };
        let mut shortcut = Sequential::new();
        if stride > 1 || inputs != outputs {
            shortcut.push(bare(
                Conv2d::new(inputs, outputs, 1, padding).stride(stride),
            ));
            shortcut.push(BatchNorm2d::new(outputs));
        }
        residual(convs, shortcut)
    }
}
