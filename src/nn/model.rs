//! A network with its numbers.

use super::context::{Context, Mode};
use super::feature::Feature;
use super::layers::Sequential;
use super::module::{Kind, Module};
use super::state::State;
use crate::autodiff::Var;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::padding::Sides;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A network for images of one shape, and its state.
pub struct Model<T: Scalar> {
    root: Sequential<T>,
    input: [usize; 3],
    /// Parameters and buffers by name.
    pub state: State<T>,
}

/// A named layer of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerInfo {
    /// Dotted name.
    pub name: String,
    pub kind: Kind,
    /// Output shape [C, h, w].
    pub shape: [usize; 3],
}

impl<T: Scalar> Model<T> {
    /// The network `root` for images [C, H, W] = `input`, freshly initialised from `seed`.
    ///
    /// # Errors
    /// Where a layer's window does not fit images of that size.
    pub fn new(root: Sequential<T>, input: [usize; 3], seed: Seed) -> Result<Model<T>> {
        root.output_shape("", input)?;
        let mut state = State::new();
        root.init("", &mut state, seed);
        Ok(Model { root, input, state })
    }

    /// The shape [C, H, W] of its images.
    pub fn input(&self) -> [usize; 3] {
        self.input
    }

    /// Its named layers in the order in which they run.
    ///
    /// # Errors
    /// Where a window does not fit, which [`Model::new`] has ruled out.
    pub fn layers(&self) -> Result<Vec<LayerInfo>> {
        let mut layers = Vec::new();
        self.root
            .visit("", self.input, &mut |name, module, shape| {
                layers.push(LayerInfo {
                    name: name.to_string(),
                    kind: module.kind(),
                    shape,
                });
            })?;
        Ok(layers)
    }

    /// The output for `x` in the pass `cx`, which must be over this model's state.
    ///
    /// # Errors
    /// Where the image or its surroundings are too small.
    pub fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        self.root.forward(x, cx)
    }

    /// The logits [N, K] of images [N, C, H, W] in evaluation.
    ///
    /// # Errors
    /// Where the images are too small.
    pub fn logits(&self, images: Tensor<T>) -> Result<Tensor<T>> {
        let mut cx = Context::new(&self.state, Mode::Eval);
        let output = self.forward(Feature::images(Var::constant(images)), &mut cx)?;
        Ok(output.value.into_value())
    }

    /// The pixels of true surroundings that optimal padding needs around an image.
    ///
    /// # Errors
    /// Where a window does not fit, which [`Model::new`] has ruled out.
    pub fn needed_margin(&self) -> Result<usize> {
        let Sides {
            top,
            left,
            bottom,
            right,
        } = self.needed_sides()?;
        Ok(top.max(left).max(bottom).max(right))
    }

    /// [`Model::needed_margin`], side by side: a wider image would be computed on in vain.
    ///
    /// # Errors
    /// As [`Model::needed_margin`].
    pub fn needed_sides(&self) -> Result<Sides> {
        let [_, h, w] = self.input;
        self.root.needed_margin("", [h, w], Sides::default())
    }

    /// The first layer whose border optimal padding cannot fill from a margin of `margin` pixels.
    ///
    /// # Errors
    /// Where a window does not fit, which [`Model::new`] has ruled out.
    pub fn first_layer_beyond(&self, margin: usize) -> Result<String> {
        let [c, h, w] = self.input;
        let wide = Tensor::zeros(&[1, c, h + 2 * margin, w + 2 * margin]);
        let mut last = String::from("(none)");
        let mut tap = |name: &str, _: &Feature<T>| last = name.to_string();
        let reached = {
            let mut cx = Context::new(&self.state, Mode::Eval)
                .surroundings()
                .tap(&mut tap);
            self.forward(Feature::wide(Var::constant(wide), margin), &mut cx)
                .is_ok()
        };
        let layers = self.layers()?;
        let after = layers
            .iter()
            .position(|l| l.name == last)
            .map_or(0, |i| i + 1);
        Ok(match layers.get(after) {
            Some(layer) if !reached => layer.name.clone(),
            _ => last,
        })
    }
}
