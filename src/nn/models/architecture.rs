//! A plain convolutional network as a table, and what it builds.

use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::Model;
use crate::nn::init::ConvInit;
use crate::nn::layers::{
    BatchNorm2d, Conv2d, GlobalAvgPool2d, Linear, MaxPool2d, Relu, Sequential,
};
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
    pub(super) layers: &'static [usize],
    pub(super) norm: bool,
    pub(super) conv_bias: bool,
    pub(super) init: ConvInit,
}

/// A 2×2 max-pool among the layers of an [`Architecture`].
pub(super) const POOL: usize = 0;

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
        let mut features = Sequential::new();
        let mut channels = input[0];
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
        let root = Sequential::new()
            .named("features", features)
            .named("avgpool", GlobalAvgPool2d)
            .named("classifier", Linear::new(channels, classes));
        Model::new(root, input, seed)
    }
}
