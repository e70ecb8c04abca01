use crate::autodiff::{Var, ops};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Layer, aligned, misfit};

/// The sum of its inputs, element by element.
///
/// Under optimal padding all are cropped to the smallest margin among them.
///
/// # Shapes
/// Inputs of one shape, which is the output's; see [`ops::add`].
///
/// # Errors
/// Building a network fails where the inputs' shapes differ.
///
/// # Source
/// PyTorch's definition of `torch.add`, for inputs of one shape.
#[derive(Clone, Copy, Debug)]
pub struct Add;

impl<T: Scalar> Layer<T> for Add {
    fn kind(&self) -> Kind {
        Kind::Join
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        match inputs {
            [first, rest @ ..] if rest.iter().all(|shape| shape == first) => Ok(first[0]),
            _ => Err(misfit(
                path,
                format!("it adds what differs in shape: {inputs:?} (channels, rows, columns)"),
                "give every branch the same channels, strides and paddings",
            )),
        }
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let inputs = aligned(inputs);
        let add = |sum: Var<T>, x: &Feature<T>| ops::add(&sum, &x.value);
        let sum = inputs[1..].iter().fold(inputs[0].value.clone(), add);
        Ok(inputs[0].pointwise(|_| sum))
    }
}
