use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Geometry, Kind, Layer, misfit};

/// All elements of an image in one row, in the order channels, rows, columns.
///
/// # Shapes
/// [N, C, H, W] to [N, C·H·W].
///
/// # Errors
/// Building a network fails where it has other than one input.
///
/// # Source
/// PyTorch's definition of `torch.nn.Flatten`.
#[derive(Clone, Copy, Debug)]
pub struct Flatten;

impl<T: Scalar> Layer<T> for Flatten {
    fn kind(&self) -> Kind {
        Kind::Other
    }

    fn geometry(&self) -> Geometry {
        Geometry::Whole([1, 1])
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        match inputs {
            [shape] => Ok(shape.iter().product()),
            _ => Err(misfit(path, "it takes one input", "join them first")),
        }
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let map = inputs[0].on_grid();
        let images = map.shape()[0];
        let elements = map.shape()[1..].iter().product();
        Ok(Feature::flat(ops::reshape(&map, &[images, elements])))
    }
}
