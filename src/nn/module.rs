//! What a layer or a composition of layers is.

use super::context::Context;
use super::feature::Feature;
use super::layers::{BatchNorm2d, Conv2d};
use super::state::State;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::padding::Sides;
use crate::rng::Seed;

/// The kinds of layers that can be asked for by name, for example as taps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Conv2d,
    BatchNorm2d,
    Activation,
    Pool,
    Linear,
    Dropout,
    /// A composition of other modules.
    Composition,
}

/// What a sequence knows of a layer so as to compute it together with the next.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    Conv2d(&'a Conv2d),
    BatchNorm2d(&'a BatchNorm2d),
    Relu,
    /// Computed by itself.
    Other,
}

/// A layer: a description of what to compute, without numbers of its own.
pub trait Module<T: Scalar>: Send + Sync {
    /// What kind of layer it is.
    fn kind(&self) -> Kind;

    /// What a sequence may compute together with its neighbours, bit for bit as if apart.
    fn part(&self) -> Part<'_> {
        Part::Other
    }

    /// Puts fresh parameters and buffers into `state` under `path`.
    fn init(&self, _path: &str, _state: &mut State<T>, _seed: Seed) {}

    /// The output for `x`.
    ///
    /// # Errors
    /// Where the image is too small for a window, or its surroundings for a layer's border.
    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>>;

    /// The output's grid (rows, columns) for an input grid of `size`.
    ///
    /// # Errors
    /// Where a window does not fit; the message names the layer `path`.
    fn output_size(&self, _path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        Ok(size)
    }

    /// The margin that optimal padding needs around an input grid of `size` for `output` around the
    /// output's.
    ///
    /// # Errors
    /// As [`Module::output_size`].
    fn needed_margin(&self, _path: &str, _size: [usize; 2], output: Sides) -> Result<Sides> {
        Ok(output)
    }

    /// The shape [C, h, w] of the output for an input of this shape.
    ///
    /// # Errors
    /// As [`Module::output_size`].
    fn output_shape(&self, path: &str, [c, h, w]: [usize; 3]) -> Result<[usize; 3]> {
        let [h, w] = self.output_size(path, [h, w])?;
        Ok([c, h, w])
    }

    /// Calls `visit` with the dotted name, the module and the output shape of every named layer in it,
    /// in the order in which they run.
    ///
    /// # Errors
    /// As [`Module::output_size`].
    fn visit(&self, _path: &str, _input: [usize; 3], _visit: Visitor<'_, T>) -> Result<()> {
        Ok(())
    }
}

/// See [`Module::visit`].
pub type Visitor<'a, T> = &'a mut dyn FnMut(&str, &dyn Module<T>, [usize; 3]);
