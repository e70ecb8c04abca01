use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Geometry, Kind, Layer};

/// The mean over rows and columns of the network's own grid, never of its margin.
///
/// # Shapes
/// [N, C, H, W] to [N, C]; see [`ops::global_avg_pool2d`].
///
/// # Errors
/// Building a network fails where it has other than one input.
///
/// # Source
/// Lin, Chen and Yan, *Network In Network*, ICLR 2014, arXiv 1312.4400.
#[derive(Clone, Copy, Debug)]
pub struct GlobalAvgPool2d;

impl<T: Scalar> Layer<T> for GlobalAvgPool2d {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn geometry(&self) -> Geometry {
        Geometry::Whole([1, 1])
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let means = ops::global_avg_pool2d(&inputs[0].on_grid());
        Ok(Feature::flat(means))
    }
}
