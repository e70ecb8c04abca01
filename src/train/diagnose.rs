//! Where numbers stopped being finite.

use std::collections::BTreeMap;

use crate::autodiff::Var;
use crate::data::Dataset;
use crate::error::Error;
use crate::nn::{Context, Feature, Mode, Model};
use crate::rng::Seed;
use crate::tensor::Tensor;

const REMEDY: &str = "lower the learning rate, or warm it up";

/// The error for a loss that is not finite: runs the batch again and names the first layer whose
/// output is not.
pub(super) fn loss(model: &Model<f32>, images: Tensor<f32>, seed: Seed, step: u64) -> Error {
    let layer = first_not_finite(model, images, Mode::Train, seed);
    not_finite("loss", layer, step)
}

/// The error for a test loss that is not finite after `step` steps, found as that of [`loss`].
pub(super) fn test_loss(model: &Model<f32>, data: &Dataset, seed: Seed, step: u64) -> Error {
    let layer = (0..data.test.len()).find_map(|i| {
        let (image, _) = data.test_batch(i..i + 1);
        first_not_finite(model, image, Mode::Eval, seed)
    });
    not_finite("test loss", layer, step)
}

fn not_finite(what: &str, layer: Option<String>, step: u64) -> Error {
    let layer = layer.unwrap_or_else(|| "loss".to_string());
    Error::invalid(
        format!("training at step {step}"),
        format!("the {what} is not finite; the first such output is that of layer {layer}"),
        REMEDY,
    )
}

/// The first layer of a pass whose output is not finite.
fn first_not_finite(
    model: &Model<f32>,
    images: Tensor<f32>,
    mode: Mode,
    seed: Seed,
) -> Option<String> {
    let mut first = None;
    let mut tap = |name: &str, feature: &Feature<f32>| {
        if first.is_none() && !feature.value.value().is_finite() {
            first = Some(name.to_string());
        }
    };
    let mut cx = Context::new(&model.state, mode).seed(seed).tap(&mut tap);
    // Only what the tap saw matters; the pass has gone through before.
    let _ = model.forward(Feature::images(Var::constant(images)), &mut cx);
    drop(cx);
    first
}

/// The error for a gradient that is not finite, or `None` where all are.
pub(super) fn gradients(gradients: &BTreeMap<String, Tensor<f32>>, step: u64) -> Option<Error> {
    let (name, _) = gradients
        .iter()
        .find(|(_, gradient)| !gradient.is_finite())?;
    Some(Error::invalid(
        format!("training at step {step}"),
        format!("the gradient of {name} is not finite"),
        REMEDY,
    ))
}
