use super::batch_norm::{Moments, maps, normalise};
#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::Var;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// (x - running_mean) / √(running_var + ε) · weight + bias per channel.
///
/// A pixel's output depends on its value and its channel alone, bit for bit, wherever it lies.
///
/// # Shapes
/// x `[N, C, H, W]` and the four others `[C]` to `[N, C, H, W]`.
///
/// # Backward
/// ∂x = weight/√(running_var + ε) · grad, ∂weight = Σ grad·x̂ with x̂ the normalised input, ∂bias = Σ
/// grad; the running statistics are constants.
///
/// # Panics
/// If the shapes are not these.
#[track_caller]
pub fn batch_norm2d_eval<T: Scalar>(
    x: &Var<T>,
    running_mean: &Tensor<T>,
    running_var: &Tensor<T>,
    weight: &Var<T>,
    bias: &Var<T>,
    eps: f64,
) -> Var<T> {
    let inputs = [x, weight, bias];
    normalised::<T, false>(
        "batch_norm2d_eval",
        inputs,
        [running_mean, running_var],
        eps,
    )
}

/// The normalisation by given moments, with a ReLU after it or without.
#[track_caller]
pub(super) fn normalised<T: Scalar, const RELU: bool>(
    name: &'static str,
    inputs: [&Var<T>; 3],
    [running_mean, running_var]: [&Tensor<T>; 2],
    eps: f64,
) -> Var<T> {
    let [x, weight, bias] = inputs;
    let maps = maps(name, x, [weight.shape(), bias.shape()]);
    let moments = moments(name, maps[1], [running_mean, running_var]);
    normalise::<T, RELU>(name, inputs, maps, &moments, eps, Moments::Fixed)
}

/// Mean and variance of each of a given number of channels.
#[track_caller]
pub(super) fn moments<T: Scalar>(
    name: &str,
    channels: usize,
    [mean, variance]: [&Tensor<T>; 2],
) -> Vec<[f64; 2]> {
    assert!(
        mean.shape() == [channels] && variance.shape() == [channels],
        "{name}: {channels} channels need running statistics of shape [{channels}], not {:?} and {:?}",
        mean.shape(),
        variance.shape()
    );
    let pairs = mean.data().iter().zip(variance.data());
    pairs.map(|(m, v)| [m.as_f64(), v.as_f64()]).collect()
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let shapes = [[2, 3, 3, 2], [1, 2, 1, 1]];
    let rectified = shapes.map(|shape| one_case::<true>(shape, ", then ReLU"));
    let plain = shapes.map(|shape| one_case::<false>(shape, "").linear_in(&[0, 1, 2]));
    plain.into_iter().chain(rectified).collect()
}

#[cfg(feature = "gradcheck")]
fn one_case<const RELU: bool>(shape: [usize; 4], after: &str) -> Case {
    let per_channel = [shape[1]];
    let inputs = [
        spread("x", &shape),
        spread("weight", &per_channel),
        spread("bias", &per_channel),
    ];
    case!(format!("{shape:?}{after}"), inputs, |v| {
        let mean = spread("running mean", &per_channel).cast();
        let variance = spread("running var", &per_channel).map(f64::abs).cast();
        let inputs = [&v[0], &v[1], &v[2]];
        normalised::<_, RELU>("batch_norm2d_eval", inputs, [&mean, &variance], 1e-3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pixels_have_equal_outputs_wherever_they_lie() {
        let shape = [3, 1, 7, 11];
        let x = Var::constant(Tensor::full(&shape, 0.123_456_79f32));
        let [mean, variance, weight, bias] =
            [0.7f32, 1.3, 0.9, -0.2].map(|v| Tensor::full(&[1], v));
        let [weight, bias] = [weight, bias].map(Var::constant);
        let y = batch_norm2d_eval(&x, &mean, &variance, &weight, &bias, 1e-5);
        let first = y.value().data()[0].to_bits();
        assert!(y.value().data().iter().all(|v| v.to_bits() == first));
    }
}
