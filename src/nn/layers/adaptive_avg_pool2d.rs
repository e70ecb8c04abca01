use crate::autodiff::{Var, ops};
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Geometry, Kind, Layer};
use crate::tensor::Tensor;

/// The means of h×w areas that cover the network's own grid, never its margin.
///
/// Area i of an axis of n pixels holds the pixels from ⌊i·n/h⌋ to ⌈(i+1)·n/h⌉ - 1. A grid that has h×w pixels
/// already stays as it is.
///
/// # Shapes
/// [N, C, H, W] to [N, C, h, w].
///
/// # Errors
/// Building a network fails where it has other than one input.
///
/// # Source
/// PyTorch's definition of `torch.nn.AdaptiveAvgPool2d`.
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveAvgPool2d(
    /// Rows and columns of the output.
    pub [usize; 2],
);

impl<T: Scalar> Layer<T> for AdaptiveAvgPool2d {
    fn kind(&self) -> Kind {
        Kind::Pool
    }

    fn geometry(&self) -> Geometry {
        Geometry::Whole(self.0)
    }

    fn forward(&self, inputs: &[Feature<T>], _cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let mut map = inputs[0].on_grid();
        if map.shape()[2..] != self.0 {
            // Columns first, then rows: either pass averages the last axis and puts it in front of the other.
            for areas in [self.0[1], self.0[0]] {
                map = averaged(&map, areas);
            }
        }
        Ok(Feature {
            value: map,
            size: self.0,
            margin: Default::default(),
        })
    }
}

/// [N, C, A, B] to [N, C, `areas`, A]: the means of the areas of the last axis.
fn averaged<T: Scalar>(map: &Var<T>, areas: usize) -> Var<T> {
    let [n, c, a, b] = map.value().nchw("AdaptiveAvgPool2d");
    let lines = ops::reshape(map, &[n * c * a, b]);
    let means = ops::linear(&lines, &Var::constant(shares(areas, b)), None);
    ops::permute(&ops::reshape(&means, &[n, c, a, areas]), &[0, 1, 3, 2])
}

/// The share of every pixel in every area, [areas, pixels].
fn shares<T: Scalar>(areas: usize, pixels: usize) -> Tensor<T> {
    let mut shares = Tensor::zeros(&[areas, pixels]);
    for (i, row) in shares.data_mut().chunks_mut(pixels.max(1)).enumerate() {
        let area = &mut row[i * pixels / areas..((i + 1) * pixels).div_ceil(areas)];
        let share = T::from_f64(1.0 / area.len() as f64);
        area.fill(share);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_those_of_pytorch() {
        // torch.nn.functional.adaptive_avg_pool1d of 0..5 to 3 areas: 0..2, 1..4, 3..5.
        let shares: Tensor<f64> = shares(3, 5);
        let means: Vec<f64> = (shares.data().chunks(5))
            .map(|row| row.iter().enumerate().map(|(i, s)| i as f64 * s).sum())
            .collect();
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
        assert!(means.iter().zip(&[0.5, 2.0, 3.5]).all(close), "{means:?}");
        // A single pixel fills every area.
        let map = Var::constant(Tensor::from_vec(vec![3.0f64, 5.0], &[1, 2, 1, 1]));
        let wide = averaged(&averaged(&map, 2), 2);
        assert_eq!(
            wide.value().data(),
            [3.0, 3.0, 3.0, 3.0, 5.0, 5.0, 5.0, 5.0]
        );
        let map = Var::constant(Tensor::from_vec(
            (0..6).map(f64::from).collect(),
            &[1, 1, 2, 3],
        ));
        let rows = averaged(&averaged(&map, 3), 1);
        assert_eq!(rows.value().data(), [1.5, 2.5, 3.5]);
    }
}
