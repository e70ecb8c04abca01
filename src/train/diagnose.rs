//! Where values stopped being finite.

use super::pass::{Gradients, Pass, input};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::nn::{Feature, Mode, Model};

const REMEDY: &str = "lower the learning rate, or warm it up";

/// The error for a loss that is not finite: runs the batch again and names the first layer whose
/// output is not.
pub(super) fn loss<T: Scalar>(model: &Model<T>, images: Feature<T>, pass: Pass<'_, T>) -> Error {
    let layer = first_not_finite(model, images, Mode::Train, pass);
    not_finite("training", "loss", layer)
}

/// The error for a test loss that is not finite after `step` steps, found as that of [`loss`].
pub(super) fn test_loss(model: &Model<f32>, data: &Dataset, pass: Pass, step: u64) -> Error {
    let layer = (0..data.test.len()).find_map(|i| {
        let (image, _) = data.test_batch(i..i + 1).ok()?;
        first_not_finite(model, input(data, image), Mode::Eval, pass)
    });
    not_finite(&format!("training at step {step}"), "test loss", layer)
}

fn not_finite(doing: &str, what: &str, layer: Option<String>) -> Error {
    let Some(layer) = layer else {
        let problem = format!("the {what} is not finite, and every output of the network is");
        return Error::invalid(
            doing,
            problem,
            "check the loss for logarithms and quotients",
        );
    };
    let problem =
        format!("the {what} is not finite; the first such output is that of layer {layer}");
    Error::diverged(doing, problem, REMEDY)
}

/// The first layer of a pass whose output is not finite.
fn first_not_finite<T: Scalar>(
    model: &Model<T>,
    images: Feature<T>,
    mode: Mode,
    pass: Pass<'_, T>,
) -> Option<String> {
    let mut first = None;
    let mut tap = |name: &str, feature: &Feature<T>| {
        if first.is_none() && !feature.value.value().is_finite() {
            first = Some(name.to_string());
        }
    };
    {
        let mut cx = pass.given(&images, &model.state, mode).tap(&mut tap);
        // Only what the tap saw matters; the pass has gone through before.
        let _ = model.forward(images, &mut cx);
    }
    first
}

/// Refuses a gradient that is not finite.
pub(super) fn gradients<T: Scalar>(gradients: &Gradients<T>) -> Result<()> {
    match gradients.iter().find(|(_, gradient)| !gradient.is_finite()) {
        None => Ok(()),
        Some((name, _)) => {
            let problem = format!("the gradient of {name} is not finite");
            Err(Error::diverged("training", problem, REMEDY))
        }
    }
}
