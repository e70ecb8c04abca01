//! The page's networks, and their features under padding and under true surroundings.

use std::collections::BTreeMap;

use crate::autodiff::Var;
use crate::error::Result;
use crate::nn::layers::{BatchNorm2d, Conv2d, GlobalAvgPool2d, Linear, Relu, Sequential};
use crate::nn::{Context, Feature, Mode, Model};
use crate::padding::{Extent, Padding};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// The padding of this name over one pixel, or none at all.
///
/// # Errors
/// Where the name is unknown.
pub fn one_pixel(name: &str) -> Result<Padding> {
    let padding = Padding::parse(name)?;
    Ok(match padding.reach() {
        Extent::Valid => padding,
        _ => padding.extent(Extent::Uniform(1)),
    })
}

/// What a network of the page is made of.
pub struct Plan<'a> {
    /// Rows and columns of its images.
    pub side: usize,
    /// Channels of every convolution.
    pub channels: usize,
    /// One per 3×3 convolution.
    pub strides: &'a [usize],
    /// Normalisation, and the classes that a mean over positions and a linear layer tell apart.
    pub classes: Option<usize>,
}

/// The network that is trained in the page.
pub const TRAINED: Plan = Plan {
    side: 24,
    channels: 16,
    strides: &[1; 3],
    classes: Some(4),
};

impl Plan<'_> {
    /// The network, its convolutions named `conv1`, `conv2`, …
    ///
    /// # Errors
    /// Where a window does not fit.
    pub fn build(&self, padding: &str, seed: Seed) -> Result<Model<f32>> {
        let padding = one_pixel(padding)?;
        let mut network = Sequential::new();
        let mut channels = 1;
        for (i, &stride) in self.strides.iter().enumerate() {
            let conv = Conv2d::new(channels, self.channels, 3, padding).stride(stride);
            let conv = conv.bias(self.classes.is_none());
            network = network.named(&self.layer(i), conv);
            channels = self.channels;
            if self.classes.is_some() {
                network = network.named(&format!("norm{}", i + 1), BatchNorm2d::new(channels));
            }
            network = network.named(&format!("relu{}", i + 1), Relu);
        }
        if let Some(classes) = self.classes {
            network = network
                .named("mean", GlobalAvgPool2d)
                .named("classifier", Linear::new(channels, classes));
        }
        Model::new(network, [1, self.side, self.side], seed)
    }

    /// The name of a convolution, counted from 0.
    pub fn layer(&self, index: usize) -> String {
        format!("conv{}", index + 1)
    }
}

/// What some layers give for a batch of images, by name, and the logits.
pub struct Features {
    /// [N, C, h, w] on the padded network's grid.
    pub layers: BTreeMap<String, Tensor<f32>>,
    /// What the network gives in the end.
    pub output: Tensor<f32>,
}

/// The convolutions of wide images under the padding (A) and under true surroundings (B).
///
/// # Errors
/// Where the margin is too small.
pub fn both(model: &Model<f32>, wide: &Tensor<f32>, margin: usize) -> Result<[Features; 2]> {
    let wide = Feature::wide(Var::constant(wide.clone()), margin);
    let a = pass(model, Feature::images(wide.on_grid()), false)?;
    Ok([a, pass(model, wide, true)?])
}

fn pass(model: &Model<f32>, images: Feature<f32>, surroundings: bool) -> Result<Features> {
    let mut layers = BTreeMap::new();
    let mut tap = |name: &str, feature: &Feature<f32>| {
        layers.insert(name.to_string(), feature.on_grid().into_value());
    };
    let wanted = |name: &str| name.starts_with("conv");
    let output = {
        let cx = Context::new(&model.state, Mode::Eval)
            .tap(&mut tap)
            .only(&wanted);
        let mut cx = if surroundings { cx.surroundings() } else { cx };
        model.forward(images, &mut cx)?.on_grid().into_value()
    };
    Ok(Features { layers, output })
}

/// a - b.
pub fn difference(a: &Tensor<f32>, b: &Tensor<f32>) -> Tensor<f32> {
    let values = a.data().iter().zip(b.data()).map(|(a, b)| a - b);
    Tensor::from_vec(values.collect(), a.shape())
}
