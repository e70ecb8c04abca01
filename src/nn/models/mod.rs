//! The networks, by name. Every one takes any padding.
//!
//! A model is a file and a line in [`ARCHITECTURES`]. Names of layers are those of the PyTorch network, so that its weights fit.

mod architecture;
mod block;
mod cifar_resnet;
mod efficientnet_lite;
mod mobilenet;
mod plain;
mod resnet;
mod small;
mod vgg;

pub use architecture::Architecture;

use crate::error::{Error, Result};

/// Every architecture.
pub const ARCHITECTURES: &[Architecture] = &[
    small::SMALL,
    vgg::VGG11,
    vgg::VGG11_BN,
    vgg::VGG13,
    vgg::VGG13_BN,
    vgg::VGG16,
    vgg::VGG16_BN,
    vgg::VGG19,
    vgg::VGG19_BN,
    vgg::VGG11_IMAGENET,
    vgg::VGG11_BN_IMAGENET,
    vgg::VGG13_IMAGENET,
    vgg::VGG13_BN_IMAGENET,
    vgg::VGG16_IMAGENET,
    vgg::VGG16_BN_IMAGENET,
    vgg::VGG19_IMAGENET,
    vgg::VGG19_BN_IMAGENET,
    resnet::RESNET18,
    resnet::RESNET34,
    resnet::RESNET50,
    resnet::RESNET101,
    resnet::RESNET152,
    cifar_resnet::RESNET20,
    cifar_resnet::RESNET32,
    cifar_resnet::RESNET44,
    cifar_resnet::RESNET56,
    cifar_resnet::RESNET110,
    mobilenet::MOBILENET_V2,
    efficientnet_lite::EFFICIENTNET_LITE0,
];

/// The architecture of this name.
///
/// # Errors
/// A usage error that lists the names.
pub fn find(name: &str) -> Result<&'static Architecture> {
    ARCHITECTURES
        .iter()
        .find(|a| a.name == name)
        .ok_or_else(|| {
            let known = ARCHITECTURES.iter().map(|a| a.name);
            Error::unknown("architecture", name, known)
        })
}

/// The architecture of this name whose head is that of some weights: `vgg16` becomes `vgg16_imagenet` for a file
/// of torchvision. `has` says whether the weights have a tensor of a name.
///
/// # Errors
/// As [`find`].
pub fn for_weights(name: &str, has: impl Fn(&str) -> bool) -> Result<&'static Architecture> {
    let named = find(name)?;
    let fits = |a: &Architecture| has(&format!("{}.weight", a.head));
    match find(&format!("{name}_imagenet")) {
        Ok(other) if !fits(named) && fits(other) => Ok(other),
        _ => Ok(named),
    }
}
