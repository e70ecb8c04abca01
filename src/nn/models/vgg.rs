//! VGG (Simonyan and Zisserman, ICLR 2015, arXiv 1409.1556) in its CIFAR form: torchvision's features,
//! then a global average and one linear layer.

use super::architecture::{Architecture, POOL};
use crate::nn::init::ConvInit;

const FEATURES11: &[usize] = &[
    64, POOL, 128, POOL, 256, 256, POOL, 512, 512, POOL, 512, 512, POOL,
];
const FEATURES13: &[usize] = &[
    64, 64, POOL, 128, 128, POOL, 256, 256, POOL, 512, 512, POOL, 512, 512, POOL,
];
const FEATURES16: &[usize] = &[
    64, 64, POOL, 128, 128, POOL, 256, 256, 256, POOL, 512, 512, 512, POOL, 512, 512, 512, POOL,
];
const FEATURES19: &[usize] = &[
    64, 64, POOL, 128, 128, POOL, 256, 256, 256, 256, POOL, 512, 512, 512, 512, POOL, 512, 512,
    512, 512, POOL,
];

const fn vgg(
    name: &'static str,
    about: &'static str,
    layers: &'static [usize],
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
