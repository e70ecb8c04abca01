use crate::autodiff::ops::{self, PoolOptions};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::windowed::Windowed;
use crate::nn::{Context, Feature, Kind, Module};
use crate::padding::Sides;

/// The layer of [`ops::max_pool2d`].
#[derive(Clone, Debug)]
pub struct MaxPool2d {
    pub options: PoolOptions,
}

impl MaxPool2d {
    /// The layer with these options.
    pub fn new(options: PoolOptions) -> MaxPool2d {
        MaxPool2d { options }
    }
}

impl<T: Scalar> Module<T> for MaxPool2d {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn forward(&self, x: Feature<T>, cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let pool = |x: &_, padding| ops::max_pool2d(x, &self.options.padding(padding));
        Windowed::pool(&self.options).apply(x, cx, pool)
    }

    fn output_size(&self, path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        Windowed::pool(&self.options).output_size(path, size)
    }

    fn needed_margin(&self, path: &str, size: [usize; 2], output: Sides) -> Result<Sides> {
        Windowed::pool(&self.options).needed_margin(path, size, output)
    }
}
