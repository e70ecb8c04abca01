use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Layer};

/// y = min(max(x, 0), 6).
///
/// # Shapes
/// Any; see [`ops::relu6`].
///
/// # Errors
/// Building a network fails where it has other than one input.
///
/// # Source
/// PyTorch's definition of `torch.nn.ReLU6`.
#[derive(Clone, Copy, Debug)]
pub struct Relu6;

impl<T: Scalar> Layer<T> for Relu6 {
    fn kind(&self) -> Kind {
        Kind::Activation
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        Ok(inputs[0].pointwise(ops::relu6))
    }
}
