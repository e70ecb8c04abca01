use crate::autodiff::ops;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::layer::takes;
use crate::nn::{Context, Feature, Geometry, Kind, Layer, State, dotted};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// y = (x - μ)/√(σ² + ε) · weight + bias, with μ and σ² over the image's own grid, never over its margin.
///
/// The statistics are those of each image's groups of neighbouring channels: one group makes a layer norm over space,
/// as many as there are channels an instance norm. `weight` and `bias` `[C]` are parameters.
///
/// # Shapes
/// [N, C, H, W] to the same.
///
/// # Errors
/// Building a network fails where other than C channels arrive.
///
/// # Source
/// Wu and He, *Group Normalization*, ECCV 2018, arXiv 1803.08494.
#[derive(Clone, Copy, Debug)]
pub struct SpatialNorm {
    /// Channels C.
    pub channels: usize,
    /// Groups of channels that have statistics of their own; they divide C.
    pub groups: usize,
    /// ε, which keeps the denominator from 0.
    pub eps: f64,
}

impl<T: Scalar> Layer<T> for SpatialNorm {
    fn kind(&self) -> Kind {
        Kind::BatchNorm2d
    }

    fn geometry(&self) -> Geometry {
        Geometry::Statistics
    }

    fn channels(&self, path: &str, inputs: &[[usize; 3]]) -> Result<usize> {
        takes(path, inputs, self.channels)?;
        Ok(self.channels)
    }

    fn init(&self, path: &str, state: &mut State<T>, _seed: Seed) {
        let shape = [self.channels];
        let parameters = &mut state.parameters;
        parameters.insert(dotted(path, "weight"), Tensor::ones(&shape));
        parameters.insert(dotted(path, "bias"), Tensor::zeros(&shape));
    }

    fn forward(&self, inputs: &[Feature<T>], cx: &mut Context<'_, T>) -> Result<Feature<T>> {
        let x = &inputs[0];
        let samples = x.value.shape()[0];
        let grouped = |v: &crate::autodiff::Var<T>| {
            let each = v.value().len() / (samples * self.groups).max(1);
            ops::reshape(v, &[samples, self.groups, each])
        };
        let each = [samples, self.groups, 1];
        let grid = grouped(&x.on_grid());
        let mean = ops::reshape(&ops::mean(&grid, &[2]), &each);
        let centred = ops::sub(&grid, &mean);
        let variance = ops::reshape(&ops::mean(&ops::mul(&centred, &centred), &[2]), &each);
        let scale = ops::pow_scalar(&ops::add_scalar(&variance, self.eps), -0.5);
        let normed = ops::mul(&ops::sub(&grouped(&x.value), &mean), &scale);
        let normed = ops::reshape(&normed, x.value.shape());
        let [weight, bias] = ["weight", "bias"]
            .map(|name| ops::reshape(&cx.parameter(name), &[self.channels, 1, 1]));
        Ok(x.pointwise(|_| ops::add(&ops::mul(&normed, &weight), &bias)))
    }
}
