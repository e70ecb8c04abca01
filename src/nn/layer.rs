//! What a layer is.

use std::any::Any;

use super::context::Context;
use super::feature::Feature;
use super::misfit::misfit;
use super::sampling::Sampled;
use super::state::State;
use super::windowed::Windowed;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::padding::Padding;
use crate::rng::Seed;

/// The kinds of layers that can be asked for, for example as taps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A convolution.
    Conv2d,
    /// Batch normalisation.
    BatchNorm2d,
    /// A function of every element.
    Activation,
    /// A pool, or another layer that changes the size of maps.
    Pool,
    /// A linear layer.
    Linear,
    /// Dropout.
    Dropout,
    /// Several inputs become one output.
    Join,
    /// A name for the output of several layers, that of the last of them.
    Composition,
    /// Anything else.
    Other,
}

/// Which pixels of its inputs a pixel of a layer's output depends on.
///
/// Output sizes, the margins that optimal padding needs, and receptive fields follow from it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Geometry {
    /// The pixel at the same position.
    Pixel,
    /// Those under a window.
    Window(Windowed),
    /// Those that an interpolation, a transposed convolution or a repetition reads.
    Sampled(Sampled),
    /// The pixel at the same position, and statistics over the image's own grid: a norm over space.
    Statistics,
    /// The whole grid of the image, never its margin; the output has this size and no margin.
    Whole([usize; 2]),
}

/// A layer: a description of what to compute, without parameters of its own.
///
/// Parameters and buffers live in a [`State`] under the layer's dotted name. A layer outside of this crate
/// needs [`Layer::forward`], and of the others those whose defaults (one input, as many channels, the same
/// grid, no parameters) do not fit it.
///
/// ```
/// use padgrad::autodiff::ops;
/// use padgrad::error::Result;
/// use padgrad::kernels::Scalar;
/// use padgrad::nn::{Context, Feature, Geometry, Layer, Windowed};
/// use padgrad::padding::{Extent, Padding, Window};
///
/// /// What a 3×3 window takes away from a pixel: x - mean(window).
/// struct HighPass(Padding);
///
/// impl HighPass {
///     fn windowed(&self) -> Windowed {
///         Windowed { window: Window::square(3), padding: self.0.or_extent(Extent::Uniform(1)) }
///     }
/// }
///
/// impl<T: Scalar> Layer<T> for HighPass {
///     fn geometry(&self) -> Geometry {
///         Geometry::Window(self.windowed())
///     }
///
///     fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
///         let mean = self.windowed().apply(&inputs[0], cx, |x, padding| {
///             ops::avg_pool2d(x, &ops::PoolOptions::new(3).stride(1).padding(padding))
///         })?;
///         // Under optimal padding the window has used up some of the margin.
///         let centre = inputs[0].cropped(mean.margin);
///         Ok(mean.pointwise(|mean| ops::sub(&centre.value, mean)))
///     }
/// }
/// ```
pub trait Layer<T: Scalar>: Any + Send + Sync {
    /// What kind of layer it is; by default [`Kind::Other`].
    fn kind(&self) -> Kind {
        Kind::Other
    }

    /// Which pixels of its inputs a pixel of its output depends on; by default the one at the same position.
    fn geometry(&self) -> Geometry {
        Geometry::Pixel
    }

    /// Whether input `_index` is one pixel that is read everywhere, whatever the grid of the others.
    fn spreads(&self, _index: usize) -> bool {
        false
    }

    /// The channels of the output for inputs of the shapes [C, h, w]; by default those of its one input.
    ///
    /// # Errors
    /// Where the layer cannot take them; [`misfit`] makes the error that names the layer.
    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        match inputs {
            [[channels, _, _]] => Ok(*channels),
            _ => Err(misfit(
                path,
                format!("it has {} inputs and takes one", inputs.len()),
                "give it one, or join them first",
            )),
        }
    }

    /// Puts fresh parameters and buffers into `state`; by default there are none.
    ///
    /// A parameter that [`Layer::forward`] reads by `cx.parameter("amount")` goes under the layer's dotted name:
    ///
    /// ```
    /// use padgrad::autodiff::ops;
    /// use padgrad::error::Result;
    /// use padgrad::nn::{Context, Feature, Layer, State, dotted};
    /// use padgrad::rng::Seed;
    /// use padgrad::tensor::Tensor;
    ///
    /// /// x · amount, one learned amount for all channels.
    /// struct Amount;
    ///
    /// impl Layer<f32> for Amount {
    ///     fn init(&self, path: &str, state: &mut State<f32>, _seed: Seed) {
    ///         state.parameters.insert(dotted(path, "amount"), Tensor::ones(&[1]));
    ///     }
    ///
    ///     fn forward(&self, inputs: &[Feature<f32>], cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
    ///         let amount = cx.parameter("amount");
    ///         Ok(inputs[0].pointwise(|x| ops::mul(x, &amount)))
    ///     }
    /// }
    /// ```
    fn init(&self, _path: &str, _state: &mut State<T>, _seed: Seed) {}

    /// The output for its inputs.
    ///
    /// # Errors
    /// Where an image is too small for a window, or its surroundings for a layer's border.
    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>>;

    /// Replaces the layer's padding and returns whether it has one; by default it has none.
    ///
    /// An extent that `padding` does not give stays the layer's own choice.
    fn set_padding(&mut self, _padding: Padding) -> bool {
        false
    }
}

/// The error of a layer that takes one input of `channels` channels and is given another.
pub(super) fn takes(path: &str, inputs: &[[usize; 3]], channels: usize) -> Result<()> {
    match inputs {
        [[given, ..]] if *given == channels => Ok(()),
        _ => Err(misfit(
            path,
            format!(
                "it takes {channels} channels, and is given {inputs:?} (channels, rows, columns)"
            ),
            "give it as many input channels as arrive",
        )),
    }
}

/// The error of a layer whose groups do not divide its input and output channels.
pub(super) fn divides(path: &str, groups: usize, [inputs, outputs]: [usize; 2]) -> Result<()> {
    if groups > 0 && inputs % groups == 0 && outputs % groups == 0 {
        return Ok(());
    }
    let problem =
        format!("{groups} groups do not divide {inputs} input and {outputs} output channels");
    Err(misfit(path, problem, "use a common divisor of the two"))
}
