//! The networks, by name. Every one takes any padding.

mod small;
mod vgg;

use super::init::ConvInit;
use super::layers::Sequential;
use super::model::Model;
use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::padding::Padding;
use crate::rng::Seed;

/// An entry of the registry of architectures.
pub struct Architecture {
    /// Its name, torchvision's where it has one.
    pub name: &'static str,
    /// One line on what it is.
    pub about: &'static str,
    /// Output channels of 3×3 convolutions, each with batch norm where the network has it and a ReLU; or
    /// [`POOL`].
    layers: &'static [usize],
    norm: bool,
    conv_bias: bool,
    init: ConvInit,
}

/// A 2×2 max-pool among the layers of an [`Architecture`].
const POOL: usize = 0;

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
            let known: Vec<&str> = ARCHITECTURES.iter().map(|a| a.name).collect();
            Error::usage(
                "architecture",
                format!("`{name}` is not known"),
                format!("use one of {}", known.join(", ")),
            )
        })
}

impl Architecture {
    /// The network for images [C, H, W] = `input` and this many classes, every convolution padded by
    /// `padding`, initialised from `seed`.
    ///
    /// Layers are named as in torchvision: `features.0` …, `avgpool`, `classifier`.
    ///
    /// # Errors
    /// Where the images are too small for the network under this padding.
    pub fn build<T: Scalar>(
        &self,
        input: [usize; 3],
        classes: usize,
        padding: Padding,
        seed: Seed,
    ) -> Result<Model<T>> {
        use super::layers::{BatchNorm2d, Conv2d, GlobalAvgPool2d, Linear, MaxPool2d, Relu};
        use crate::autodiff::ops::PoolOptions;
        let mut features = Sequential::new();
        let mut channels = input[0];
        for &out_channels in self.layers {
            if out_channels == POOL {
                features.push(MaxPool2d::new(PoolOptions::new(2)));
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
        let root = Sequential::new()
            .named("features", features)
            .named("avgpool", GlobalAvgPool2d)
            .named("classifier", Linear::new(channels, classes));
        Model::new(root, input, seed)
    }
}
