use super::pixelwise::Function;
use crate::autodiff::Var;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Geometry, Kind, Layer};
use crate::padding::Sides;

/// A function of the whole grids of its inputs, never of their margins; its output has no surroundings.
///
/// # Shapes
/// Inputs [N, Cᵢ, Hᵢ, Wᵢ] or any [N, …] to what the function gives for each image: C·h·w elements.
///
/// # Errors
/// None of its own: building a network relies on `shape` and does not run the function.
///
/// # Source
/// This project's.
pub struct WholeImage<T: Scalar> {
    /// What kind of layer it is.
    pub kind: Kind,
    /// The output's shape [C, h, w]; [C, 1, 1] where it has no rows and columns.
    pub shape: [usize; 3],
    function: Function<T>,
}

impl<T: Scalar> WholeImage<T> {
    /// The layer of a function whose output has this shape.
    pub fn new(
        kind: Kind,
        shape: [usize; 3],
        function: impl Fn(&[Var<T>]) -> Var<T> + Send + Sync + 'static,
    ) -> WholeImage<T> {
        WholeImage {
            kind,
            shape,
            function: Box::new(function),
        }
    }
}

impl<T: Scalar> Layer<T> for WholeImage<T> {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn geometry(&self) -> Geometry {
        let [_, h, w] = self.shape;
        Geometry::Whole([h, w])
    }

    fn channels(&self, _path: &str, _inputs: &[[usize; 3]]) -> Result<usize> {
        Ok(self.shape[0])
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let grids: Vec<Var<T>> = inputs.iter().map(Feature::on_grid).collect();
        let [_, h, w] = self.shape;
        Ok(Feature {
            value: (self.function)(&grids),
            margin: Sides::default(),
            size: [h, w],
        })
    }
}
