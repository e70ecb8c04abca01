//! How weights begin.

use crate::kernels::Scalar;
use crate::rng::Seed;
use crate::tensor::{Tensor, shape::numel};

/// Which side of a weight keeps its variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// Inputs: the forward pass.
    In,
    /// Outputs: the backward pass.
    Out,
}

/// How a convolution begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvInit {
    /// Weights and bias uniform in ±1/√fan_in: what PyTorch's `Conv2d` does by itself.
    Default,
    /// [`kaiming_normal`] weights by fan-out and a zero bias: torchvision's VGG.
    KaimingFanOut,
}

/// (fan_in, fan_out) of a weight [O, I, ...]: the sizes of its first axes times the rest.
fn fans(shape: &[usize]) -> (usize, usize) {
    let rest = numel(&shape[2.min(shape.len())..]);
    let axis = |i: usize| shape.get(i).copied().unwrap_or(1);
    (axis(1) * rest, axis(0) * rest)
}

fn fan(shape: &[usize], fan: Fan) -> f64 {
    let (fan_in, fan_out) = fans(shape);
    let picked = if fan == Fan::In { fan_in } else { fan_out };
    picked.max(1) as f64
}

/// N(0, 2/fan): He et al. 2015, arXiv 1502.01852, for layers followed by ReLU.
///
/// # Shapes
/// Weights [O, I, ...].
pub fn kaiming_normal<T: Scalar>(shape: &[usize], side: Fan, seed: Seed) -> Tensor<T> {
    normal(shape, (2.0 / fan(shape, side)).sqrt(), seed)
}

/// U(±√(6/fan)): He et al. 2015, arXiv 1502.01852.
///
/// # Shapes
/// Weights [O, I, ...].
pub fn kaiming_uniform<T: Scalar>(shape: &[usize], side: Fan, seed: Seed) -> Tensor<T> {
    symmetric_uniform(shape, (6.0 / fan(shape, side)).sqrt(), seed)
}

/// N(0, 2/(fan_in + fan_out)): Glorot and Bengio, AISTATS 2010.
///
/// # Shapes
/// Weights [O, I, ...].
pub fn xavier_normal<T: Scalar>(shape: &[usize], seed: Seed) -> Tensor<T> {
    let (fan_in, fan_out) = fans(shape);
    normal(shape, (2.0 / (fan_in + fan_out) as f64).sqrt(), seed)
}

/// U(±√(6/(fan_in + fan_out))): Glorot and Bengio, AISTATS 2010.
///
/// # Shapes
/// Weights [O, I, ...].
pub fn xavier_uniform<T: Scalar>(shape: &[usize], seed: Seed) -> Tensor<T> {
    let (fan_in, fan_out) = fans(shape);
    symmetric_uniform(shape, (6.0 / (fan_in + fan_out) as f64).sqrt(), seed)
}

/// N(0, deviation²).
pub fn normal<T: Scalar>(shape: &[usize], deviation: f64, seed: Seed) -> Tensor<T> {
    let deviation = T::from_f64(deviation);
    Tensor::randn(shape, &mut seed.rng()).map(|v: T| v * deviation)
}

/// U(±bound).
pub fn symmetric_uniform<T: Scalar>(shape: &[usize], bound: f64, seed: Seed) -> Tensor<T> {
    Tensor::uniform(shape, -bound, bound, &mut seed.rng())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_are_those_of_the_formulas() {
        let shape = [64, 32, 3, 3];
        let deviation =
            |t: Tensor<f64>| (t.data().iter().map(|v| v * v).sum::<f64>() / t.len() as f64).sqrt();
        let close = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 0.02, "{got} {want}");
        close(
            deviation(kaiming_normal(&shape, Fan::In, Seed(1))),
            (2.0f64 / 288.0).sqrt(),
        );
        close(
            deviation(kaiming_uniform(&shape, Fan::Out, Seed(1))),
            (2.0f64 / 576.0).sqrt(),
        );
        close(
            deviation(xavier_normal(&shape, Seed(1))),
            (2.0f64 / 864.0).sqrt(),
        );
        close(
            deviation(xavier_uniform(&shape, Seed(1))),
            (2.0f64 / 864.0).sqrt(),
        );
    }
}
