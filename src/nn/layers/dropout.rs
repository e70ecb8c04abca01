use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Layer, Mode};

/// In training y = x/(1-p), or 0 with probability p, drawn for each element; else y = x.
///
/// # Shapes
/// Any; see [`ops::dropout`].
///
/// # Errors
/// Building a network fails where it has other than one input.
///
/// # Source
/// Srivastava et al., JMLR 2014.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// The probability with which an element is dropped.
    pub p: f64,
}

impl<T: Scalar> Layer<T> for Dropout {
    fn kind(&self) -> Kind {
        Kind::Dropout
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        if cx.mode() != Mode::Train {
            return Ok(inputs[0].clone());
        }
        let seed = cx.draw();
        Ok(inputs[0].pointwise(|x| ops::dropout(x, self.p, seed)))
    }
}
