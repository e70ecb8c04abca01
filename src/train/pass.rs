//! What a pass through a network reads besides its input.

use std::collections::BTreeMap;

use crate::autodiff::Var;
use crate::data::Dataset;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Mode, Planted, State};
use crate::padding::Sides;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Gradients by the names of their parameters.
pub type Gradients<T = f32> = BTreeMap<String, Tensor<T>>;

/// What a pass reads besides its input.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'p, T: Scalar = f32> {
    /// Where dropout and random paddings draw from.
    pub seed: Seed,
    /// The index of the first image, so that its random padding does not depend on its batch.
    pub first_sample: usize,
    /// A signal added to the output of one layer.
    pub planted: Option<&'p Planted<T>>,
}

impl<T: Scalar> Default for Pass<'_, T> {
    /// Nothing planted, and draws from seed 0.
    fn default() -> Self {
        Pass::seeded(Seed(0))
    }
}

impl<'p, T: Scalar> Pass<'p, T> {
    /// A pass that draws from `seed`.
    pub fn seeded(seed: Seed) -> Pass<'p, T> {
        Pass {
            seed,
            first_sample: 0,
            planted: None,
        }
    }

    /// The pass over `state`.
    pub fn over(self, state: &'p State<T>, mode: Mode) -> Context<'p, T> {
        let cx = Context::new(state, mode)
            .seed(self.seed)
            .first_sample(self.first_sample);
        match self.planted {
            Some(signal) => cx.plant(signal),
            None => cx,
        }
    }

    /// The same on an input that may carry a margin of true surroundings, from which every border then comes.
    pub(super) fn given(
        self,
        input: &Feature<T>,
        state: &'p State<T>,
        mode: Mode,
    ) -> Context<'p, T> {
        let cx = self.over(state, mode);
        match input.margin == Sides::default() {
            true => cx,
            false => cx.surroundings(),
        }
    }
}

/// What a network is given of a batch of `data`: images, with the margin that they carry.
pub(super) fn input(data: &Dataset, images: Tensor<f32>) -> Feature<f32> {
    Feature::wide(Var::constant(images), data.margin())
}
