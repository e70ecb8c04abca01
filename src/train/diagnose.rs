//! Where numbers stopped being finite.

use std::collections::BTreeMap;

use crate::autodiff::Var;
use crate::error::Error;
use crate::nn::{Context, Feature, Mode, Model};
use crate::rng::Seed;
use crate::tensor::Tensor;

const REMEDY: &str = "lower the learning rate, or warm it up";

/// The error for a loss that is not finite: runs the batch again and names the first layer whose
/// output is not.
pub(super) fn loss(model: &Model<f32>, images: Tensor<f32>, seed: Seed, step: u64) -> Error {
    let mut first = None;
    let mut tap = |name: &str, feature: &Feature<f32>| {
        if first.is_none() && !feature.value.value().is_finite() {
            first = Some(name.to_string());
        }
    };
    let input = Feature::images(Var::constant(images));
    {
        let mut cx = Context::new(&model.state, Mode::Train)
            .seed(seed)
            .tap(&mut tap);
        // Only what the tap saw matters; the pass has gone through before.
        let _ = model.forward(input, &mut cx);
    }
    let layer = first.unwrap_or_else(|| "loss".to_string());
    Error::invalid(
        format!("training at step {step}"),
        format!("the loss is not finite; the first such output is that of layer {layer}"),
        REMEDY,
    )
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
