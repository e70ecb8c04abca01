//! VGG (Simonyan and Zisserman, ICLR 2015, arXiv 1409.1556): torchvision's features, and two heads.
//!
//! `vgg16` is the form for small images: a global average and one linear layer. `vgg16_imagenet` has torchvision's
//! head; a file of weights that has it is loaded into that one under either name ([`super::for_weights`]).

use super::architecture::Architecture;
use super::plain::{Head, POOL, Plain};
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

const fn plain(layers: &'static [usize], norm: bool, head: Head) -> Plain {
    Plain {
        layers,
        norm,
        conv_bias: true,
        init: ConvInit::KaimingFanOut,
        head,
    }
}

const fn vgg(name: &'static str, about: &'static str, plan: &'static Plain) -> Architecture {
    let (side, head) = match plan.head {
        Head::Average => (32, "classifier"),
        Head::Vgg => (224, "classifier.6"),
    };
    Architecture {
        name,
        about,
        side,
        head,
        plan,
    }
}

pub const VGG11: Architecture = vgg(
    "vgg11",
    "eight 3×3 convolutions, no batch norm",
    &plain(FEATURES11, false, Head::Average),
);
pub const VGG11_IMAGENET: Architecture = vgg(
    "vgg11_imagenet",
    "eight 3×3 convolutions, no batch norm, torchvision's head",
    &plain(FEATURES11, false, Head::Vgg),
);
pub const VGG11_BN: Architecture = vgg(
    "vgg11_bn",
    "eight 3×3 convolutions with batch norm",
    &plain(FEATURES11, true, Head::Average),
);
pub const VGG11_BN_IMAGENET: Architecture = vgg(
    "vgg11_bn_imagenet",
    "eight 3×3 convolutions with batch norm, torchvision's head",
    &plain(FEATURES11, true, Head::Vgg),
);
pub const VGG13: Architecture = vgg(
    "vgg13",
    "ten 3×3 convolutions, no batch norm",
    &plain(FEATURES13, false, Head::Average),
);
pub const VGG13_IMAGENET: Architecture = vgg(
    "vgg13_imagenet",
    "ten 3×3 convolutions, no batch norm, torchvision's head",
    &plain(FEATURES13, false, Head::Vgg),
);
pub const VGG13_BN: Architecture = vgg(
    "vgg13_bn",
    "ten 3×3 convolutions with batch norm",
    &plain(FEATURES13, true, Head::Average),
);
pub const VGG13_BN_IMAGENET: Architecture = vgg(
    "vgg13_bn_imagenet",
    "ten 3×3 convolutions with batch norm, torchvision's head",
    &plain(FEATURES13, true, Head::Vgg),
);
pub const VGG16: Architecture = vgg(
    "vgg16",
    "thirteen 3×3 convolutions, no batch norm",
    &plain(FEATURES16, false, Head::Average),
);
pub const VGG16_IMAGENET: Architecture = vgg(
    "vgg16_imagenet",
    "thirteen 3×3 convolutions, no batch norm, torchvision's head",
    &plain(FEATURES16, false, Head::Vgg),
);
pub const VGG16_BN: Architecture = vgg(
    "vgg16_bn",
    "thirteen 3×3 convolutions with batch norm",
    &plain(FEATURES16, true, Head::Average),
);
pub const VGG16_BN_IMAGENET: Architecture = vgg(
    "vgg16_bn_imagenet",
    "thirteen 3×3 convolutions with batch norm, torchvision's head",
    &plain(FEATURES16, true, Head::Vgg),
);
pub const VGG19: Architecture = vgg(
    "vgg19",
    "sixteen 3×3 convolutions, no batch norm",
    &plain(FEATURES19, false, Head::Average),
);
pub const VGG19_IMAGENET: Architecture = vgg(
    "vgg19_imagenet",
    "sixteen 3×3 convolutions, no batch norm, torchvision's head",
    &plain(FEATURES19, false, Head::Vgg),
);
pub const VGG19_BN: Architecture = vgg(
    "vgg19_bn",
    "sixteen 3×3 convolutions with batch norm",
    &plain(FEATURES19, true, Head::Average),
);
pub const VGG19_BN_IMAGENET: Architecture = vgg(
    "vgg19_bn_imagenet",
    "sixteen 3×3 convolutions with batch norm, torchvision's head",
    &plain(FEATURES19, true, Head::Vgg),
);
