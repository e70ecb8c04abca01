//! One step of training, for networks whose data is no [`Dataset`](crate::data::Dataset).

use std::collections::BTreeMap;

use crate::autodiff::{Tape, Var};
use crate::error::{Error, Result};
use crate::nn::{Context, Feature, Mode, Model, Planted, State};
use crate::optim::Optimizer;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// What a pass reads besides its input.
#[derive(Clone, Copy)]
pub(super) struct Pass<'p> {
    /// Where random paddings draw from.
    pub seed: Seed,
    /// The number of the first image, so that its random padding is its own.
    pub first_sample: usize,
    /// A signal added on the way.
    pub planted: Option<&'p Planted<f32>>,
}

impl<'p> Pass<'p> {
    /// The pass over `state`.
    pub fn over(self, state: &'p State<f32>, mode: Mode) -> Context<'p, f32> {
        let cx = Context::new(state, mode)
            .seed(self.seed)
            .first_sample(self.first_sample);
        match self.planted {
            Some(signal) => cx.plant(signal),
            None => cx,
        }
    }
}

/// A network and its optimiser.
pub(super) struct Fit {
    pub model: Model<f32>,
    optimizer: Box<dyn Optimizer<f32>>,
    steps: u64,
}

impl Fit {
    pub fn new(model: Model<f32>, optimizer: Box<dyn Optimizer<f32>>) -> Fit {
        Fit {
            model,
            optimizer,
            steps: 0,
        }
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Moves the weights against the gradient of `loss` on `input`.
    ///
    /// # Errors
    /// Where the loss is not finite; the weights are those before the step.
    pub fn step(
        &mut self,
        lr: f64,
        input: Tensor<f32>,
        pass: Pass<'_>,
        loss: impl FnOnce(&Var<f32>) -> Var<f32>,
    ) -> Result<()> {
        let tape = Tape::new();
        let mut cx = pass.over(&self.model.state, Mode::Train).tape(&tape);
        let input = Feature::images(Var::constant(input));
        let loss = loss(&self.model.forward(input, &mut cx)?.value);
        let collected = cx.finish();
        if !loss.value().item().is_finite() {
            return Err(Error::invalid(
                format!("the probe's training at step {}", self.steps + 1),
                "its loss is not finite",
                "check the features that it reads and the values of the padding",
            ));
        }
        let mut found = loss.backward();
        let gradients: BTreeMap<String, Tensor<f32>> = collected
            .leaves
            .iter()
            .filter_map(|(name, leaf)| Some((name.clone(), found.take(leaf)?)))
            .collect();
        // The leaves share the weights' memory; the optimiser would have to copy them otherwise.
        drop((collected.leaves, tape, loss));
        let state = &mut self.model.state;
        self.optimizer.step(lr, &mut state.parameters, &gradients);
        state.buffers.extend(collected.buffers);
        self.steps += 1;
        Ok(())
    }
}
