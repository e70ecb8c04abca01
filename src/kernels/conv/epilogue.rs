//! What an output channel's output goes through in the pass that computes it.

use super::shape::ConvShape;
use crate::kernels::affine::Affine;
use crate::tensor::Element;

/// What each output channel's sums become, in this order: with its bias, normalised, rectified.
///
/// Every step rounds as it does by itself, so that computing them together changes no bit.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a, T> {
    /// One per output channel; what the sums start from.
    pub bias: Option<&'a [T]>,
    /// One per output channel.
    pub norm: Option<&'a [Affine<T>]>,
    /// Whether what is below 0 becomes 0.
    pub relu: bool,
}

impl<'a, T: Element> Epilogue<'a, T> {
    /// The bias alone.
    pub fn bias(bias: Option<&'a [T]>) -> Epilogue<'a, T> {
        Epilogue {
            bias,
            norm: None,
            relu: false,
        }
    }

    /// What follows the bias, for outputs that have it already.
    pub fn after_bias(self) -> Epilogue<'a, T> {
        Epilogue { bias: None, ..self }
    }

    /// Applies it to whole images.
    pub fn apply(&self, shape: &ConvShape, images: &mut [T]) {
        let maps = images.chunks_mut(shape.output_pixels().max(1));
        for (map, out_channel) in maps.zip((0..shape.out_channels).cycle()) {
            if let Some(bias) = self.bias {
                map.iter_mut().for_each(|y| *y += bias[out_channel]);
            }
            if let Some(norm) = self.norm {
                map.iter_mut().for_each(|y| *y = norm[out_channel].of(*y));
            }
            if self.relu {
                map.iter_mut().for_each(|y| *y = rectified(*y));
            }
        }
    }
}

/// max(y, 0); NaN stays NaN.
fn rectified<T: Element>(y: T) -> T {
    if y < T::zero() { T::zero() } else { y }
}
