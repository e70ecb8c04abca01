//! VGG (Simonyan and Zisserman, ICLR 2015, arXiv 1409.1556) in its CIFAR form: torchvision's features,
//! then a global average and one linear layer.

use super::Architecture;
use super::ConvInit;
use super::Layer::{self, Conv, Pool};

const FEATURES11: &[Layer] = &[
    Conv(64),
    Pool,
    Conv(128),
    Pool,
    Conv(256),
    Conv(256),
    Pool,
    Conv(512),
    Conv(512),
    Pool,
    Conv(512),
    Conv(512),
    Pool,
];

const FEATURES13: &[Layer] = &[
    Conv(64),
    Conv(64),
    Pool,
    Conv(128),
    Conv(128),
    Pool,
    Conv(256),
    Conv(256),
    Pool,
    Conv(512),
    Conv(512),
    Pool,
    Conv(512),
    Conv(512),
    Pool,
];

const FEATURES16: &[Layer] = &[
    Conv(64),
    Conv(64),
    Pool,
    Conv(128),
    Conv(128),
    Pool,
    Conv(256),
    Conv(256),
    Conv(256),
    Pool,
    Conv(512),
    Conv(512),
    Conv(512),
    Pool,
    Conv(512),
    Conv(512),
    Conv(512),
    Pool,
];

const FEATURES19: &[Layer] = &[
    Conv(64),
    Conv(64),
    Pool,
    Conv(128),
    Conv(128),
    Pool,
    Conv(256),
    Conv(256),
    Conv(256),
    Conv(256),
    Pool,
    Conv(512),
    Conv(512),
    Conv(512),
    Conv(512),
    Pool,
    Conv(512),
    Conv(512),
    Conv(512),
    Conv(512),
    Pool,
];

const fn vgg(
    name: &'static str,
    about: &'static str,
    layers: &'static [Layer],
    norm: bool,
) -> Architecture {
    Architecture {
        name,
        about,
        layers,
        norm,
        conv_bias: true,
        init: ConvInit::KaimingFanOut,
    }
}

pub const VGG11: Architecture = vgg(
    "vgg11",
    "eight 3×3 convolutions, no batch norm",
    FEATURES11,
    false,
);
pub const VGG11_BN: Architecture = vgg(
    "vgg11_bn",
    "eight 3×3 convolutions with batch norm",
    FEATURES11,
    true,
);
pub const VGG13: Architecture = vgg(
    "vgg13",
    "ten 3×3 convolutions, no batch norm",
    FEATURES13,
    false,
);
pub const VGG13_BN: Architecture = vgg(
    "vgg13_bn",
    "ten 3×3 convolutions with batch norm",
    FEATURES13,
    true,
);
pub const VGG16: Architecture = vgg(
    "vgg16",
    "thirteen 3×3 convolutions, no batch norm",
    FEATURES16,
    false,
);
pub const VGG16_BN: Architecture = vgg(
    "vgg16_bn",
    "thirteen 3×3 convolutions with batch norm",
    FEATURES16,
    true,
);
pub const VGG19: Architecture = vgg(
    "vgg19",
    "sixteen 3×3 convolutions, no batch norm",
    FEATURES19,
    false,
);
pub const VGG19_BN: Architecture = vgg(
    "vgg19_bn",
    "sixteen 3×3 convolutions with batch norm",
    FEATURES19,
    true,
);
