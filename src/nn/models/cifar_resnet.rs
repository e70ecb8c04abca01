//! The ResNets for CIFAR-10 of He et al., CVPR 2016, arXiv 1512.03385, section 4.2: three stages of basic blocks, and
//! shortcuts without parameters (option A). Names are those of the PyTorch networks in common use, `linear` the last.

use super::architecture::{Architecture, Blueprint};
use super::block::{conv_norm, residual};
use crate::kernels::Scalar;
use crate::nn::Network;
use crate::nn::layers::{Conv2d, GlobalAvgPool2d, Linear, Relu, Sequential, Subsample};
use crate::padding::Padding;

/// Blocks to a stage.
struct CifarResNet(usize);

const fn cifar(
    name: &'static str,
    about: &'static str,
    plan: &'static CifarResNet,
) -> Architecture {
    Architecture {
        name,
        about,
        side: 32,
        head: "linear",
        plan,
    }
}

pub const RESNET20: Architecture = cifar(
    "resnet20",
    "for CIFAR: 3 blocks to a stage",
    &CifarResNet(3),
);
pub const RESNET32: Architecture = cifar(
    "resnet32",
    "for CIFAR: 5 blocks to a stage",
    &CifarResNet(5),
);
pub const RESNET44: Architecture = cifar(
    "resnet44",
    "for CIFAR: 7 blocks to a stage",
    &CifarResNet(7),
);
pub const RESNET56: Architecture = cifar(
    "resnet56",
    "for CIFAR: 9 blocks to a stage",
    &CifarResNet(9),
);
pub const RESNET110: Architecture = cifar(
    "resnet110",
    "for CIFAR: 18 blocks to a stage",
    &CifarResNet(18),
);

impl Blueprint for CifarResNet {
    fn network<T: Scalar>(&self, channels: usize, classes: usize, padding: Padding) -> Network<T> {
        const STEM: usize = 16;
        let stem = Conv2d::new(channels, STEM, 3, padding);
        let mut network = conv_norm(Sequential::new(), 1, stem).named("relu", Relu);
        let mut inputs = STEM;
        for stage in 0..3 {
            let width = STEM << stage;
            let mut layer = Sequential::new();
            for block in 0..self.0 {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let convs = vec![
                    Conv2d::new(inputs, width, 3, padding).stride(stride),
                    Conv2d::new(width, width, 3, padding),
                ];
                let mut shortcut = Sequential::new();
                if stride > 1 {
                    shortcut.push(Subsample {
                        channels: inputs,
                        stride,
                        zeros: (width - inputs) / 2,
                    });
                }
                layer.push(residual(convs, shortcut));
                inputs = width;
            }
            network = network.named(&format!("layer{}", stage + 1), layer);
        }
        network
            .named("avgpool", GlobalAvgPool2d)
            .named("linear", Linear::new(inputs, classes))
            .into()
    }
}
