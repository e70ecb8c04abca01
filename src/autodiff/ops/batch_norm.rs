//! What batch normalisation does in training and in evaluation alike, with a ReLU after it or without.

use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::batchnorm::{self, Affine, Maps, gradient_sums};
use crate::tensor::Tensor;

/// Where the moments of a normalisation come from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Moments {
    /// From the batch itself, so that gradients flow through them.
    OfBatch,
    /// From elsewhere; they are constants.
    Fixed,
}

/// The sizes of the maps of `x`, with the affine parameters checked against its channels.
#[track_caller]
pub(super) fn maps<T: Scalar>(operation: &str, x: &Var<T>, per_channel: [&[usize]; 2]) -> Maps {
    let [samples, channels, height, width] = x.value().nchw(operation);
    let [weight, bias] = per_channel;
    assert!(
        weight == [channels] && bias == [channels],
        "{operation}: an input of shape {:?} needs a weight and a bias of shape [{channels}], not \
         {weight:?} and {bias:?}",
        x.shape()
    );
    [samples, channels, height * width]
}

/// (x - mean) / √(variance + eps) · weight + bias, with `moments` as (mean, variance) per channel; with
/// `RELU` the maximum of that and 0.
pub(super) fn normalise<T: Scalar, const RELU: bool>(
    name: &'static str,
    [x, weight, bias]: [&Var<T>; 3],
    maps: Maps,
    moments: &[[f64; 2]],
    eps: f64,
    source: Moments,
) -> Var<T> {
    let channels = channels(moments, weight.value(), eps);
    let affine = affine(&channels, bias.value());
    let y = batchnorm::normalise::<T, RELU>(x.value().data(), maps, &affine);
    Var::record(Tensor::from_vec(y, x.shape()), &[x, weight, bias], || {
        BatchNorm::<T, RELU> {
            name,
            x: x.value().clone(),
            maps,
            channels,
            affine,
            source,
        }
    })
}

/// Every channel's moments and weight.
pub(super) fn channels<T: Scalar>(
    moments: &[[f64; 2]],
    weight: &Tensor<T>,
    eps: f64,
) -> Vec<Channel> {
    let channel = |(&[mean, variance], weight): (&[f64; 2], &T)| Channel {
        mean,
        inverse_deviation: (variance + eps).sqrt().recip(),
        weight: weight.as_f64(),
    };
    moments.iter().zip(weight.data()).map(channel).collect()
}

/// What becomes of every channel's pixels.
pub(super) fn affine<T: Scalar>(channels: &[Channel], bias: &Tensor<T>) -> Vec<Affine<T>> {
    let of_channel = |(c, &bias): (&Channel, &T)| Affine {
        mean: T::from_f64(c.mean),
        scale: T::from_f64(c.scale()),
        bias,
    };
    channels.iter().zip(bias.data()).map(of_channel).collect()
}

pub(super) struct Channel {
    mean: f64,
    inverse_deviation: f64,
    weight: f64,
}

impl Channel {
    fn scale(&self) -> f64 {
        self.weight * self.inverse_deviation
    }
}

/// The input alone is kept: whether a pixel passed the ReLU is found again from it.
struct BatchNorm<T, const RELU: bool> {
    name: &'static str,
    x: Tensor<T>,
    maps: Maps,
    channels: Vec<Channel>,
    affine: Vec<Affine<T>>,
    source: Moments,
}

impl<T: Scalar, const RELU: bool> BatchNorm<T, RELU> {
    /// With x̂ the normalised input and means over the n pixels of a channel:
    /// scale · (grad - mean(grad) - x̂·mean(grad·x̂)), or scale · grad where the moments are fixed.
    fn input_gradient(&self, mut grad: Tensor<T>, sums: &[[f64; 2]]) -> Tensor<T> {
        let count = (self.maps[0] * self.maps[2]) as f64;
        let correction = |(i, c): (usize, &Channel)| {
            let [constant, slope] = match self.source {
                Moments::Fixed => [0.0; 2],
                Moments::OfBatch => {
                    let [grad, grad_times_centred] = sums[i].map(|sum| sum / count);
                    [grad, c.inverse_deviation.powi(2) * grad_times_centred]
                }
            };
            [-c.scale() * slope, -c.scale() * constant].map(T::from_f64)
        };
        let corrections: Vec<[T; 2]> = self.channels.iter().enumerate().map(correction).collect();
        batchnorm::input_gradient::<T, RELU>(
            grad.data_mut(),
            self.x.data(),
            self.maps,
            &self.affine,
            &corrections,
        );
        grad
    }
}

impl<T: Scalar, const RELU: bool> Backward<T> for BatchNorm<T, RELU> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let wants_sums = self.source == Moments::OfBatch || needs[1] || needs[2];
        let sums = if wants_sums {
            let means: Vec<f64> = self.channels.iter().map(|c| c.mean).collect();
            let (grad, x) = (grad.data(), self.x.data());
            gradient_sums::<T, RELU>(grad, x, self.maps, &means, &self.affine)
        } else {
            Vec::new()
        };
        let per_channel = |f: &dyn Fn(&Channel, [f64; 2]) -> f64| {
            let pairs = self.channels.iter().zip(&sums);
            let data: Vec<T> = pairs.map(|(c, &sums)| T::from_f64(f(c, sums))).collect();
            Tensor::from_vec(data, &[self.maps[1]])
        };
        let weight =
            needs[1].then(|| per_channel(&|c, [_, centred]| centred * c.inverse_deviation));
        let bias = needs[2].then(|| per_channel(&|_, [sum, _]| sum));
        let x = needs[0].then(|| self.input_gradient(grad, &sums));
        vec![x, weight, bias]
    }
}
