//! A network with its state.

use std::any::{Any, type_name};
use std::collections::BTreeMap;

use super::context::{Context, Mode};
use super::feature::Feature;
use super::layer::{Geometry, Kind, Layer};
use super::misfit::misfit;
use super::network::{INPUT, Network, Node, Value};
use super::receptive::{ReceptiveField, fields};
use super::state::State;
use super::uneven::{self, LayerWindow};
use super::{margins, run, shapes};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::padding::{Padding, Sides};
use crate::rng::Seed;
use crate::tensor::Tensor;
use crate::threads::in_pool;

/// A network for images of one shape, and its state.
pub struct Model<T: Scalar> {
    pub(super) network: Network<T>,
    pub(super) input: [usize; 3],
    /// Parameters and buffers by name.
    pub state: State<T>,
}

/// A named layer of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerInfo {
    /// Dotted name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Output shape [C, h, w].
    pub shape: [usize; 3],
    /// Whether it is or lies behind an operation over the whole image, so that a border reaches even the
    /// centre of its output.
    pub global: bool,
    /// What of the image a pixel of its output sees.
    pub field: ReceptiveField,
}

impl<T: Scalar> Model<T> {
    /// A network for images [C, H, W] = `input`, freshly initialised from `seed`.
    ///
    /// # Errors
    /// Where a layer's channels, inputs or window do not fit images of that shape, or two layers have one
    /// name; the message names the layer.
    pub fn new(network: impl Into<Network<T>>, input: [usize; 3], seed: Seed) -> Result<Model<T>> {
        let network = network.into();
        shapes::shapes(&network, input)?;
        let mut state = State::new();
        for node in &network.nodes {
            node.layer.init(&node.name, &mut state, seed);
        }
        Ok(Model {
            network,
            input,
            state,
        })
    }

    /// A network for images [C, H, W] = `input` with the values that it was given.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn with_state(
        network: impl Into<Network<T>>,
        input: [usize; 3],
        state: State<T>,
    ) -> Result<Model<T>> {
        let network = network.into();
        shapes::shapes(&network, input)?;
        Ok(Model {
            network,
            input,
            state,
        })
    }

    /// The shape [C, H, W] of its images.
    pub fn input(&self) -> [usize; 3] {
        self.input
    }

    /// The same model for images of another height and width.
    ///
    /// # Errors
    /// Where a window or a linear layer does not fit; the message names the layer.
    pub fn resized(self, [height, width]: [usize; 2]) -> Result<Model<T>> {
        let input = [self.input[0], height, width];
        shapes::shapes(&self.network, input)?;
        Ok(Model { input, ..self })
    }

    /// The same model, which gives what the layers of these names do and ends with them.
    ///
    /// # Errors
    /// Where a name is no layer's, with the nearest ones.
    pub fn ending_at<N: AsRef<str>>(self, names: &[N]) -> Result<Model<T>> {
        let mut network = self.network;
        let values = names.iter().map(|name| network.value(name.as_ref()));
        let values = values.collect::<Result<Vec<Value>>>()?;
        network.set_outputs(&values);
        let network = network.without_unused();
        Ok(Model { network, ..self })
    }

    /// The windows of its layers on images of this height and width, in the order in which they run.
    ///
    /// # Errors
    /// As [`Model::resized`].
    pub fn windows(&self, [height, width]: [usize; 2]) -> Result<Vec<LayerWindow>> {
        let input = [self.input[0], height, width];
        let shapes = shapes::shapes(&self.network, input)?;
        Ok(uneven::windows(&self.network, &shapes))
    }

    /// The windows of those layers that come before any that does not fit such images, or is built for one size of them.
    pub fn leading_windows(&self, [height, width]: [usize; 2]) -> Vec<LayerWindow> {
        let input = [self.input[0], height, width];
        uneven::windows(&self.network, &shapes::leading(&self.network, input))
    }

    /// How many positions of the output of the layer `name` every row and every column of an image of this height
    /// and width takes part in; a pixel takes part in the product of its row's and its column's.
    ///
    /// # Errors
    /// As [`Model::resized`], and where the name is no layer's.
    pub fn foveation(&self, size: [usize; 2], name: &str) -> Result<[Vec<usize>; 2]> {
        let input = [self.input[0], size[0], size[1]];
        let shapes = shapes::shapes(&self.network, input)?;
        let value = self.network.value(name)?;
        Ok(uneven::foveation(&self.network, &shapes, value))
    }

    /// Its network.
    pub fn network(&self) -> &Network<T> {
        &self.network
    }

    /// What of the image a pixel of a node's output sees.
    pub(super) fn field_of(&self, node: usize) -> Result<ReceptiveField> {
        Ok(fields(&self.network, &self.shapes()?)[node + 1])
    }

    /// The shape of every value of its network.
    pub(super) fn shapes(&self) -> Result<Vec<[usize; 3]>> {
        shapes::shapes(&self.network, self.input)
    }

    /// Its layers in the order in which they run, and the names of parts behind their last layer.
    ///
    /// # Errors
    /// Where a layer does not fit. [`Model::new`] rules that out, but a change through [`Model::layer_mut`] can cause
    /// it.
    pub fn layers(&self) -> Result<Vec<LayerInfo>> {
        let shapes = self.shapes()?;
        let fields = fields(&self.network, &shapes);
        let global = shapes::global(&self.network);
        let mut layers = Vec::new();
        for (i, node) in self.network.nodes.iter().enumerate() {
            for (n, name) in self.network.names(i).enumerate() {
                layers.push(LayerInfo {
                    name: name.to_string(),
                    kind: if n == 0 {
                        node.layer.kind()
                    } else {
                        Kind::Composition
                    },
                    shape: shapes[i + 1],
                    global: global[i + 1],
                    field: fields[i + 1],
                });
            }
        }
        Ok(layers)
    }

    /// The (first) output for `x` in the pass `cx`, which must be over this model's state.
    ///
    /// # Errors
    /// Where the image or its surroundings are too small.
    pub fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let first = self.network.outputs()[0];
        self.run(x, &[first], cx)
            .map(|mut outputs| outputs.remove(0))
    }

    /// All outputs for `x`; see [`Model::forward`].
    ///
    /// # Errors
    /// As [`Model::forward`].
    pub fn outputs(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Vec<Feature<T>>> {
        self.run(x, &self.network.outputs(), cx)
    }

    fn run(
        &self,
        x: Feature<T>,
        wanted: &[Value],
        cx: &mut Context<'_, T>,
    ) -> Result<Vec<Feature<T>>> {
        run::run(&self.network, (INPUT, x), wanted, cx)
    }

    /// The logits [N, K] of images [N, C, H, W] in evaluation.
    ///
    /// # Errors
    /// Where the images are too small.
    pub fn logits(&self, images: Tensor<T>) -> Result<Tensor<T>> {
        in_pool(|| {
            let mut cx = Context::new(&self.state, Mode::Eval);
            let output = self.forward(images.into(), &mut cx)?;
            Ok(output.value.into_value())
        })
    }

    /// The outputs of the layers of these names for images [N, C, H, W] in evaluation.
    ///
    /// ```
    /// use padgrad::{nn::models, padding::Padding, rng::Seed, tensor::Tensor};
    ///
    /// let model = models::find("small")?.build::<f32>([3, 16, 16], 10, Padding::parse("zeros")?, Seed(0))?;
    /// let features = model.features(&Tensor::ones(&[2, 3, 16, 16]), &["features.2", "features"])?;
    /// assert_eq!(features["features.2"].shape(), [2, 32, 16, 16]);
    /// assert_eq!(features["features"].shape(), [2, 128, 4, 4]);
    /// # Ok::<(), padgrad::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Where a name is no layer's, with the nearest ones; where the images are too small.
    pub fn features(
        &self,
        images: &Tensor<T>,
        names: &[&str],
    ) -> Result<BTreeMap<String, Tensor<T>>> {
        let values = names.iter().map(|name| self.network.value(name));
        let values = values.collect::<Result<Vec<Value>>>()?;
        in_pool(|| {
            let mut cx = Context::new(&self.state, Mode::Eval);
            let found = self.run(images.clone().into(), &values, &mut cx)?;
            let found = found.into_iter().map(|f| f.value.into_value());
            let named = names.iter().map(|name| name.to_string());
            Ok(named.zip(found).collect())
        })
    }

    /// The pixels of true surroundings that optimal padding needs around an image.
    ///
    /// # Errors
    /// Where a layer does not fit. [`Model::new`] rules that out, but a change through [`Model::layer_mut`] can cause
    /// it.
    pub fn needed_margin(&self) -> Result<usize> {
        let Sides {
            top,
            left,
            bottom,
            right,
        } = self.needed_sides()?;
        Ok(top.max(left).max(bottom).max(right))
    }

    /// [`Model::needed_margin`], side by side: around a wider image there is more to compute for the same.
    ///
    /// # Errors
    /// As [`Model::needed_margin`].
    pub fn needed_sides(&self) -> Result<Sides> {
        margins::needed(&self.network, &self.shapes()?)
    }

    /// The first layer whose border optimal padding cannot fill from a margin of `margin` pixels; the last
    /// layer where it can fill all.
    ///
    /// # Errors
    /// Where a layer does not fit. [`Model::new`] rules that out, but a change through [`Model::layer_mut`] can cause
    /// it.
    pub fn first_layer_beyond(&self, margin: usize) -> Result<String> {
        let node = match margins::runs_out(&self.network, &self.shapes()?, margin)? {
            Some(node) => self.network.nodes.get(node),
            None => self.network.nodes.last(),
        };
        Ok(node.map_or(String::from("(none)"), |node| node.name.clone()))
    }

    /// The layer of this name, which must be an `L`.
    ///
    /// # Errors
    /// Where the name is no layer's, with the nearest ones, or the layer is no `L`.
    pub fn layer<L: Layer<T>>(&self, name: &str) -> Result<&L> {
        let node = self.network.nodes.iter().find(|node| node.name == name);
        let node = node.ok_or_else(|| self.network.unknown(name))?;
        let layer: &dyn Any = node.layer.as_ref();
        layer.downcast_ref().ok_or_else(|| other_type::<L>(name))
    }

    /// The layer of this name, to be changed; [`Model::check`] says whether all still fits.
    ///
    /// # Errors
    /// As [`Model::layer`].
    pub fn layer_mut<L: Layer<T>>(&mut self, name: &str) -> Result<&mut L> {
        let layer: &mut dyn Any = self.network.node_mut(name)?.layer.as_mut();
        layer.downcast_mut().ok_or_else(|| other_type::<L>(name))
    }

    /// Whether channels, joins and windows fit its images.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn check(&self) -> Result<()> {
        self.shapes().map(|_| ())
    }

    /// Gives the layer of this name another padding; where it has no extent, the layer keeps its own choice.
    ///
    /// # Errors
    /// Where the name is no layer's or the layer has no padding; where a later window no longer fits: then
    /// the layer keeps its padding.
    pub fn set_padding(&mut self, name: &str, padding: Padding) -> Result<()> {
        let layer = &mut self.network.node_mut(name)?.layer;
        let before = layer.geometry();
        if !layer.set_padding(padding) {
            let remedy = "name a convolution or a pool";
            return Err(misfit(name, "it has no padding", remedy));
        }
        let checked = self.check();
        if let (Err(_), Geometry::Window(windowed)) = (&checked, before) {
            self.network
                .node_mut(name)?
                .layer
                .set_padding(windowed.padding);
        }
        checked
    }

    /// The same model, every layer that pads under this padding, as far as each did where it has no extent; pools that do
    /// not pad stay as they are.
    ///
    /// # Errors
    /// Where a window no longer fits.
    pub fn with_padding(mut self, padding: Padding) -> Result<Model<T>> {
        for node in &mut self.network.nodes {
            let Geometry::Window(windowed) = node.layer.geometry() else {
                continue;
            };
            if windowed.pads() || node.layer.kind() == Kind::Conv2d {
                let own = windowed.padding.reach();
                node.layer.set_padding(padding.or_extent(own));
            }
        }
        self.check()?;
        Ok(self)
    }

    /// Freezes the layers of this name and below it: their parameters are constants, no gradient is computed
    /// for them, and the backward pass ends where nothing before needs one.
    ///
    /// Running statistics still follow the batches; [`Model::eval`] stops them.
    ///
    /// # Errors
    /// Where there is no such layer, with the nearest names.
    pub fn freeze(&mut self, prefix: &str) -> Result<()> {
        self.mark(prefix, |node| node.frozen = true)
    }

    /// Undoes [`Model::freeze`].
    ///
    /// # Errors
    /// As [`Model::freeze`].
    pub fn unfreeze(&mut self, prefix: &str) -> Result<()> {
        self.mark(prefix, |node| node.frozen = false)
    }

    /// Puts the layers of this name and below it in evaluation, whatever the pass: running statistics
    /// normalise and stay as they are, dropout is off.
    ///
    /// # Errors
    /// As [`Model::freeze`].
    pub fn eval(&mut self, prefix: &str) -> Result<()> {
        self.mark(prefix, |node| node.evaluates = true)
    }

    /// Undoes [`Model::eval`].
    ///
    /// # Errors
    /// As [`Model::freeze`].
    pub fn train(&mut self, prefix: &str) -> Result<()> {
        self.mark(prefix, |node| node.evaluates = false)
    }

    fn mark(&mut self, prefix: &str, set: impl Fn(&mut Node<T>)) -> Result<()> {
        let below = |name: &str| match name.strip_prefix(prefix) {
            Some(rest) => prefix.is_empty() || rest.is_empty() || rest.starts_with('.'),
            None => false,
        };
        let mut found = false;
        for node in self.network.nodes.iter_mut().filter(|n| below(&n.name)) {
            set(node);
            found = true;
        }
        match found {
            true => Ok(()),
            false => Err(self.network.unknown(prefix)),
        }
    }
}

fn other_type<L>(name: &str) -> crate::error::Error {
    let problem = format!("it is no {}", type_name::<L>());
    misfit(name, problem, "ask for the type that it was built with")
}
