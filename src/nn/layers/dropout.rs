use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Mode, Module};

/// Drops each element with probability p in training, and scales the rest by 1/(1-p).
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    pub p: f64,
}

impl<T: Scalar> Module<T> for Dropout {
    fn kind(&self) -> Kind {
        Kind::Dropout
    }

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        if cx.mode() != Mode::Train {
            return Ok(x);
        }
        let seed = cx.draw();
        Ok(x.pointwise(|x| ops::dropout(x, self.p, seed)))
    }
}
