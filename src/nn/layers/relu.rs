use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Module, Part};

/// max(x, 0).
#[derive(Clone, Copy, Debug)]
pub struct Relu;

impl<T: Scalar> Module<T> for Relu {
    fn kind(&self) -> Kind {
        Kind::Activation
    }

    fn part(&self) -> Part<'_> {
        Part::Relu
    }

    fn forward(&self, x: Feature<T>, _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        Ok(x.pointwise(ops::relu))
    }
}
