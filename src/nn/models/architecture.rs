//! An entry of the registry, and what it builds.

use std::any::{Any, TypeId};

use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Model, Network};
use crate::padding::Padding;
use crate::rng::Seed;

/// An entry of the registry of architectures.
pub struct Architecture {
    /// Its name, torchvision's where it has one.
    pub name: &'static str,
    /// One line on what it is.
    pub about: &'static str,
    /// The side in pixels of the images that it was made for.
    pub side: usize,
    /// The name of its last linear layer, which has an output for every class.
    pub head: &'static str,
    pub(super) plan: &'static dyn Plan,
}

/// How the networks of a kind are written down: what the file of a model has to give.
pub(super) trait Blueprint: Sync {
    /// The network for images of this many channels, every window that pads padded by `padding`.
    fn network<T: Scalar>(&self, channels: usize, classes: usize, padding: Padding) -> Network<T>;
}

/// A [`Blueprint`] for both types of elements.
pub(super) trait Plan: Sync {
    /// In single precision.
    fn single(&self, channels: usize, classes: usize, padding: Padding) -> Network<f32>;
    /// In double precision.
    fn double(&self, channels: usize, classes: usize, padding: Padding) -> Network<f64>;
}

impl<B: Blueprint> Plan for B {
    fn single(&self, channels: usize, classes: usize, padding: Padding) -> Network<f32> {
        self.network(channels, classes, padding)
    }

    fn double(&self, channels: usize, classes: usize, padding: Padding) -> Network<f64> {
        self.network(channels, classes, padding)
    }
}

impl Architecture {
    /// The network for images [C, H, W] = `input` and this many classes, every window that pads padded by
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
        let network: Box<dyn Any> = match TypeId::of::<T>() == TypeId::of::<f32>() {
            true => Box::new(self.plan.single(input[0], classes, padding)),
            false => Box::new(self.plan.double(input[0], classes, padding)),
        };
        let Ok(network) = network.downcast::<Network<T>>() else {
            unreachable!("elements are f32 or f64")
        };
        Model::new(*network, input, seed)
    }
}
