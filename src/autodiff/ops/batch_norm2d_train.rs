use super::batch_norm::{Moments, maps, normalise};
#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::Var;
use crate::kernels::Scalar;
use crate::kernels::batchnorm::moments;
use crate::tensor::Tensor;

/// (x - μ) / √(σ² + ε) · weight + bias per channel, with the mean μ and the biased variance σ² of the
/// batch, which it returns as well.
///
/// The sums over N·H·W are taken in f64 whatever the type.
///
/// # Shapes
/// x `[N, C, H, W]`, weight `[C]` and bias `[C]` to `[N, C, H, W]`; the moments are `[C]`.
///
/// # Backward
/// With x̂ the normalised input and means over N·H·W: ∂x = weight/√(σ² + ε) · (grad - mean(grad) -
/// x̂·mean(grad·x̂)), ∂weight = Σ grad·x̂, ∂bias = Σ grad. The returned moments carry no gradient.
///
/// # Panics
/// If the shapes are not these, or a channel has fewer than two pixels to take a variance of.
///
/// Ioffe and Szegedy, ICML 2015.
#[track_caller]
pub fn batch_norm2d_train<T: Scalar>(
    x: &Var<T>,
    weight: &Var<T>,
    bias: &Var<T>,
    eps: f64,
) -> (Var<T>, BatchMoments<T>) {
    normalised::<T, false>("batch_norm2d_train", [x, weight, bias], eps)
}

/// The normalisation by the batch's own moments, with a ReLU after it or without.
#[track_caller]
pub(super) fn normalised<T: Scalar, const RELU: bool>(
    name: &'static str,
    inputs: [&Var<T>; 3],
    eps: f64,
) -> (Var<T>, BatchMoments<T>) {
    let [x, weight, bias] = inputs;
    let maps = maps(name, x, [weight.shape(), bias.shape()]);
    let count = maps[0] * maps[2];
    assert!(
        count > 1,
        "{name}: an input of shape {:?} has {count} pixels per channel; a variance needs two",
        x.shape()
    );
    let moments = moments(x.value().data(), maps);
    let y = normalise::<T, RELU>(name, inputs, maps, &moments, eps, Moments::OfBatch);
    let of = |which: usize| {
        let data = moments
            .iter()
            .map(|pair| T::from_f64(pair[which]))
            .collect();
        Tensor::from_vec(data, &[maps[1]])
    };
    let statistics = BatchMoments {
        mean: of(0),
        variance: of(1),
        count,
    };
    (y, statistics)
}

/// Mean and variance of every channel of a batch.
#[derive(Clone, Debug)]
pub struct BatchMoments<T: Scalar> {
    /// The mean per channel, `[C]`.
    pub mean: Tensor<T>,
    /// The biased variance per channel (divided by `count`), `[C]`.
    pub variance: Tensor<T>,
    /// The number of pixels per channel, N·H·W.
    pub count: usize,
}

impl<T: Scalar> BatchMoments<T> {
    /// running ← (1 - momentum)·running + momentum·batch, as in PyTorch: with the unbiased variance.
    ///
    /// # Panics
    /// If the running statistics are not of shape `[C]`.
    #[track_caller]
    pub fn update_running(
        &self,
        running_mean: &mut Tensor<T>,
        running_var: &mut Tensor<T>,
        momentum: f64,
    ) {
        let unbiased = self.count as f64 / (self.count as f64 - 1.0);
        for (running, batch, factor) in [
            (running_mean, &self.mean, 1.0),
            (running_var, &self.variance, unbiased),
        ] {
            assert!(
                running.shape() == batch.shape(),
                "update_running: running statistics of shape {:?} for a batch's {:?}",
                running.shape(),
                batch.shape()
            );
            for (r, b) in running.data_mut().iter_mut().zip(batch.data()) {
                let new = (*b).as_f64() * factor;
                *r = T::from_f64((1.0 - momentum) * (*r).as_f64() + momentum * new);
            }
        }
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let shapes = [[2, 3, 3, 2], [1, 2, 4, 3], [5, 1, 1, 1]];
    let rectified = shapes.map(|shape| one_case::<true>(shape, ", then ReLU"));
    let plain = shapes.map(|shape| one_case::<false>(shape, "").linear_in(&[1, 2]));
    plain.into_iter().chain(rectified).collect()
}

#[cfg(feature = "gradcheck")]
fn one_case<const RELU: bool>(shape: [usize; 4], after: &str) -> Case {
    let inputs = [
        spread("x", &shape),
        spread("weight", &[shape[1]]).map(|v| v + 2.0),
        spread("bias", &[shape[1]]),
    ];
    case!(format!("{shape:?}{after}"), inputs, |v| {
        normalised::<_, RELU>("batch_norm2d_train", [&v[0], &v[1], &v[2]], 1e-5).0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_batches_far_from_zero_keep_their_variance_in_f32() {
        let shape = [64, 1, 64, 64];
        let far = |i: usize| 1000.0 + if i.is_multiple_of(2) { 0.5 } else { -0.5 };
        let x: Vec<f32> = (0..64 * 64 * 64).map(far).collect();
        let [one, zero] = [1.0f32, 0.0].map(|v| Var::constant(Tensor::full(&[1], v)));
        let x = Var::constant(Tensor::from_vec(x, &shape));
        let (y, moments) = batch_norm2d_train(&x, &one, &zero, 0.0);
        assert_eq!(
            (moments.mean.item(), moments.variance.item()),
            (1000.0, 0.25)
        );
        assert_eq!(y.value().data()[..2], [1.0, -1.0]);
    }
}
