use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Layer, aligned, misfit};

/// The channels of its inputs, one input after the other.
///
/// Under optimal padding all are cropped to the smallest margin among them.
///
/// # Shapes
/// Inputs [N, Cᵢ, H, W] to [N, ΣCᵢ, H, W]; see [`ops::concat`].
///
/// # Errors
/// Building a network fails where the inputs' rows or columns differ.
///
/// # Source
/// PyTorch's definition of `torch.cat`, along the channels.
#[derive(Clone, Copy, Debug)]
pub struct Concat;

impl<T: Scalar> Layer<T> for Concat {
    fn kind(&self) -> Kind {
        Kind::Join
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        let fits = |first: &[usize; 3]| inputs.iter().all(|shape| shape[1..] == first[1..]);
        match inputs.first().is_some_and(fits) {
            true => Ok(inputs.iter().map(|shape| shape[0]).sum()),
            false => Err(misfit(
                path,
                format!("it joins maps of different sizes: {inputs:?} (channels, rows, columns)"),
                "give every branch the same strides and paddings",
            )),
        }
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let inputs = aligned(inputs);
        let values: Vec<_> = inputs.iter().map(|x| &x.value).collect();
        Ok(inputs[0].pointwise(|_| ops::concat(&values, 1)))
    }
}
