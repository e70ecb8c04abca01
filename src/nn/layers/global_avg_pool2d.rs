use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, Module};
use crate::padding::Sides;

/// The mean over rows and columns of the network's own grid: [N, C, H, W] → [N, C].
#[derive(Clone, Copy, Debug)]
pub struct GlobalAvgPool2d;

impl<T: Scalar> Module<T> for GlobalAvgPool2d {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn forward(&self, x: Feature<T>, _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        Ok(Feature::flat(ops::global_avg_pool2d(&x.on_grid())))
    }

    fn output_size(&self, _path: &str, _size: [usize; 2]) -> Result<[usize; 2]> {
        Ok([1, 1])
    }

    fn needed_margin(&self, _: &str, _: [usize; 2], _: Sides) -> Result<Sides> {
        Ok(Sides::default())
    }
}
