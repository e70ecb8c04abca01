//! A batch of images run under the network's padding, and under its true surroundings.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Mode, Model, Planted, Surroundings};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// What one pass over a batch has given.
pub(super) struct Pass<T: Scalar> {
    /// Of the wanted layers, on the network's own grid.
    pub features: BTreeMap<String, Tensor<T>>,
    /// [N, K], or maps on the network's own grid.
    pub logits: Tensor<T>,
}

/// How a batch is run.
#[derive(Clone, Copy)]
pub(super) struct Setting<'p, T: Scalar> {
    /// The number of its first image.
    pub first: usize,
    /// Where random paddings draw from.
    pub seed: Seed,
    /// A signal that is added under the network's padding alone.
    pub planted: Option<&'p Planted<T>>,
}

/// A batch of wide images under the network's padding and under what surrounds them.
pub(super) fn both_passes<T: Scalar>(
    model: &Model<T>,
    wide: Feature<T>,
    surroundings: Surroundings,
    setting: Setting<'_, T>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<(Pass<T>, Pass<T>)> {
    let inside = Feature::images(wide.on_grid());
    let padded = pass(model, inside, Surroundings::Padded, setting, wanted)?;
    let truth = pass(model, wide, surroundings, setting, wanted)?;
    Ok((padded, truth))
}

/// A batch of images, as wide as these surroundings ask for.
pub(super) fn pass<T: Scalar>(
    model: &Model<T>,
    images: Feature<T>,
    surroundings: Surroundings,
    setting: Setting<'_, T>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Pass<T>> {
    let mut features = BTreeMap::new();
    let mut tap = |name: &str, feature: &Feature<T>| {
        features.insert(name.to_string(), feature.on_grid().into_value());
    };
    // The tap must not outlive the features it fills, so the context lives inside this block.
    let logits = {
        let cx = Context::new(&model.state, Mode::Eval).tap(&mut tap);
        let cx = cx.only(&wanted).seed(setting.seed);
        let cx = cx.first_sample(setting.first);
        let mut cx = match (surroundings, setting.planted) {
            (Surroundings::Padded, Some(signal)) => cx.plant(signal),
            _ => cx.borders_from(surroundings),
        };
        // All outputs, as layers that only others of them need may be watched; the first is the prediction.
        let outputs = model.outputs(images, &mut cx)?;
        outputs[0].on_grid().into_value()
    };
    Ok(Pass { features, logits })
}
