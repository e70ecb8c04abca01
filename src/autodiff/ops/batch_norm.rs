//! What batch normalisation does in training and in evaluation alike.

use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::kernels::batchnorm::{Maps, gradient_sums, map_channels};
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

/// (x - mean) / √(variance + eps) · weight + bias, with `moments` as (mean, variance) per channel.
pub(super) fn normalise<T: Scalar>(
    name: &'static str,
    [x, weight, bias]: [&Var<T>; 3],
    maps: Maps,
    moments: &[[f64; 2]],
    eps: f64,
    source: Moments,
) -> Var<T> {
    let channels: Vec<Channel> = moments
        .iter()
        .zip(weight.value().data())
        .map(|(&[mean, variance], weight)| Channel {
            mean,
            inverse_deviation: (variance + eps).sqrt().recip(),
            weight: (*weight).as_f64(),
        })
        .collect();
    let bias_of = bias.value().data().iter();
    let coefficients: Vec<[T; 3]> = channels
        .iter()
        .zip(bias_of)
        .map(|(c, &bias)| [T::from_f64(c.mean), T::from_f64(c.scale()), bias])
        .collect();
    let data = x.value().data();
    // The mean goes first: where it is large, x·scale + shift would cancel.
    let y = map_channels(data, data, maps, &coefficients, |c, x, _| {
        (x - c[0]) * c[1] + c[2]
    });
    Var::record(Tensor::from_vec(y, x.shape()), &[x, weight, bias], || {
        BatchNorm {
            name,
            x: x.value().clone(),
            maps,
            channels,
            source,
        }
    })
}

struct Channel {
    mean: f64,
    inverse_deviation: f64,
    weight: f64,
}

impl Channel {
    fn scale(&self) -> f64 {
        self.weight * self.inverse_deviation
    }
}

struct BatchNorm<T> {
    name: &'static str,
    x: Tensor<T>,
    maps: Maps,
    channels: Vec<Channel>,
    source: Moments,
}

impl<T: Scalar> BatchNorm<T> {
    /// With x̂ the normalised input and means over the n pixels of a channel:
    /// scale · (grad - mean(grad) - x̂·mean(grad·x̂)), or scale · grad where the moments are fixed.
    fn input_gradient(&self, grad: &Tensor<T>, sums: &[[f64; 2]]) -> Tensor<T> {
        let count = (self.maps[0] * self.maps[2]) as f64;
        let coefficients: Vec<[T; 4]> = self
            .channels
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let (constant, slope) = match self.source {
                    Moments::Fixed => (0.0, 0.0),
                    Moments::OfBatch => {
                        let [grad, grad_times_centred] = sums[i].map(|sum| sum / count);
                        let precision = c.inverse_deviation.powi(2);
                        (grad, precision * grad_times_centred)
                    }
                };
                [c.scale(), -c.scale() * slope, c.mean, -c.scale() * constant].map(T::from_f64)
            })
            .collect();
        let dx = map_channels(
            grad.data(),
            self.x.data(),
            self.maps,
            &coefficients,
            |&[scale, slope, mean, constant], g, x| g * scale + (x - mean) * slope + constant,
        );
        Tensor::from_vec(dx, grad.shape())
    }
}

impl<T: Scalar> Backward<T> for BatchNorm<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let wants_sums = self.source == Moments::OfBatch || needs[1] || needs[2];
        let sums = if wants_sums {
            let means: Vec<f64> = self.channels.iter().map(|c| c.mean).collect();
            gradient_sums(grad.data(), self.x.data(), self.maps, &means)
        } else {
            Vec::new()
        };
        let per_channel = |f: &dyn Fn(&Channel, [f64; 2]) -> f64| {
            let pairs = self.channels.iter().zip(&sums);
            let data: Vec<T> = pairs.map(|(c, &sums)| T::from_f64(f(c, sums))).collect();
            Tensor::from_vec(data, &[self.maps[1]])
        };
        vec![
            needs[0].then(|| self.input_gradient(&grad, &sums)),
            needs[1].then(|| per_channel(&|c, [_, centred]| centred * c.inverse_deviation)),
            needs[2].then(|| per_channel(&|_, [sum, _]| sum)),
        ]
    }
}
