//! What layers compute in one pass that writes the output once: a convolution or a normalisation with what
//! follows it, bit for bit the operations one after the other.

use super::batch_norm::{affine, channels};
use super::batch_norm2d_eval::{self, moments};
use super::batch_norm2d_train::{self, BatchMoments};
use super::{ConvOptions, conv2d};
use crate::autodiff::Var;
use crate::kernels::Scalar;
use crate::kernels::batchnorm::Affine;
use crate::tensor::Tensor;

const NORM: &str = "batch_norm2d_eval";

/// What [`batch_norm2d_eval`](super::batch_norm2d_eval()) takes beside its input.
#[derive(Clone, Debug)]
pub(crate) struct RunningNorm<T: Scalar> {
    pub running_mean: Tensor<T>,
    pub running_var: Tensor<T>,
    pub weight: Var<T>,
    pub bias: Var<T>,
    pub eps: f64,
}

impl<T: Scalar> RunningNorm<T> {
    /// The normalisation, with a ReLU after it or without.
    #[track_caller]
    pub fn apply<const RELU: bool>(&self, x: &Var<T>) -> Var<T> {
        let statistics = [&self.running_mean, &self.running_var];
        let inputs = [x, &self.weight, &self.bias];
        batch_norm2d_eval::normalised::<T, RELU>(NORM, inputs, statistics, self.eps)
    }

    /// What becomes of the pixels of each channel.
    #[track_caller]
    fn affine(&self, count: usize) -> Vec<Affine<T>> {
        let (weight, bias) = (self.weight.value(), self.bias.value());
        assert!(
            weight.shape() == [count] && bias.shape() == [count],
            "{NORM}: {count} channels need a weight and a bias of shape [{count}], not {:?} and {:?}",
            weight.shape(),
            bias.shape()
        );
        let moments = moments(NORM, count, [&self.running_mean, &self.running_var]);
        affine(&channels(&moments, weight, self.eps), bias)
    }
}

/// [`batch_norm2d_train`](super::batch_norm2d_train()) of input, weight and bias, with a ReLU after it or
/// without.
#[track_caller]
pub(crate) fn train_norm<T: Scalar, const RELU: bool>(
    inputs: [&Var<T>; 3],
    eps: f64,
) -> (Var<T>, BatchMoments<T>) {
    batch_norm2d_train::normalised::<T, RELU>("batch_norm2d_train", inputs, eps)
}

/// [`conv2d`](super::conv2d()) of input and weight, then the normalisation and the ReLU that are asked for.
///
/// The weights stay as they are: each finished sum is normalised by the operations that the normalisation
/// itself would do, where folding its factor into the weights would round differently. A tape records a
/// normalisation by itself.
#[track_caller]
pub(crate) fn conv2d_then<T: Scalar>(
    [x, weight]: [&Var<T>; 2],
    bias: Option<&Var<T>>,
    options: &ConvOptions,
    norm: Option<&RunningNorm<T>>,
    relu: bool,
) -> Var<T> {
    let Some(norm) = norm else {
        return conv2d::recorded([x, weight], bias, options, None, relu);
    };
    let inputs = [x, weight, &norm.weight, &norm.bias];
    if inputs.into_iter().chain(bias).any(Var::requires_grad) {
        let y = conv2d(x, weight, bias, options);
        return match relu {
            true => norm.apply::<true>(&y),
            false => norm.apply::<false>(&y),
        };
    }
    let affine = norm.affine(weight.shape()[0]);
    conv2d::recorded([x, weight], bias, options, Some(&affine), relu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Tape;
    use crate::autodiff::ops::{batch_norm2d_eval, batch_norm2d_train, relu};
    use crate::padding::{Extent, samples};
    use crate::rng::Seed;

    fn draw<T: Scalar>(seed: u64, shape: &[usize]) -> Tensor<T> {
        Tensor::randn(shape, &mut Seed(seed).rng())
    }

    fn norm<T: Scalar>(channels: usize) -> RunningNorm<T> {
        RunningNorm {
            running_mean: draw(4, &[channels]),
            running_var: draw::<T>(5, &[channels]).map(|v| v * v),
            weight: Var::constant(draw(6, &[channels])),
            bias: Var::constant(draw(7, &[channels])),
            eps: 1e-5,
        }
    }

    /// [`conv2d_then`] against the operations one after the other.
    fn agrees<T: Scalar>(options: &ConvOptions, [inputs, outputs]: [usize; 2], biased: bool) {
        let run = |together: bool, on_tape: bool, normed: bool, rectified: bool| {
            let tape = Tape::<T>::new();
            let leaf = |value: Tensor<T>| match on_tape {
                true => tape.leaf(value),
                false => Var::constant(value),
            };
            let x = leaf(draw(1, &[2, inputs, 7, 6]));
            let weight = leaf(draw(2, &[outputs, inputs / options.groups, 3, 3]));
            let bias = biased.then(|| leaf(draw(3, &[outputs])));
            let norm = normed.then(|| norm::<T>(outputs));
            let y = if together {
                conv2d_then(
                    [&x, &weight],
                    bias.as_ref(),
                    options,
                    norm.as_ref(),
                    rectified,
                )
            } else {
                let y = super::super::conv2d(&x, &weight, bias.as_ref(), options);
                let y = norm.iter().fold(y, |y, n| {
                    let (mean, var) = (&n.running_mean, &n.running_var);
                    batch_norm2d_eval(&y, mean, var, &n.weight, &n.bias, n.eps)
                });
                if rectified { relu(&y) } else { y }
            };
            let gradients = on_tape.then(|| {
                let gradients = y.backward_with(draw(8, y.shape()));
                let leaves = [Some(&x), Some(&weight), bias.as_ref()];
                leaves.map(|leaf| gradients.get(leaf?).cloned())
            });
            (y.into_value(), gradients)
        };
        for on_tape in [false, true] {
            for (normed, rectified) in [(false, true), (true, false), (true, true)] {
                let [together, apart] =
                    [true, false].map(|fused| run(fused, on_tape, normed, rectified));
                assert!(
                    together == apart,
                    "{options:?} {on_tape} {normed} {rectified}"
                );
            }
        }
    }

    #[test]
    fn a_convolution_with_what_follows_is_the_operations_bit_for_bit_under_every_scheme() {
        for padding in samples() {
            let options = ConvOptions::new(padding.or_extent(Extent::Uniform(1)));
            for (options, sizes, biased) in [
                (options, [3, 20], true),
                (options.stride(2), [40, 33], false),
                (options.groups(2), [4, 6], true),
            ] {
                agrees::<f32>(&options, sizes, biased);
                agrees::<f64>(&options, sizes, biased);
            }
        }
    }

    #[test]
    fn a_normalisation_with_a_relu_is_the_two_operations_bit_for_bit() {
        let (shape, running) = ([3, 5, 9, 7], norm::<f32>(5));
        let run = |together: bool, train: bool| {
            let tape = Tape::new();
            let [x, weight, bias] = [(1, &shape[..]), (2, &[5]), (3, &[5])]
                .map(|(seed, shape)| tape.leaf(draw(seed, shape)));
            let by = RunningNorm {
                weight: weight.clone(),
                bias: bias.clone(),
                ..running.clone()
            };
            let y = match (train, together) {
                (true, true) => train_norm::<f32, true>([&x, &weight, &bias], 1e-5).0,
                (true, false) => relu(&batch_norm2d_train(&x, &weight, &bias, 1e-5).0),
                (false, true) => by.apply::<true>(&x),
                (false, false) => relu(&by.apply::<false>(&x)),
            };
            let mut gradients = y.backward_with(draw(4, &shape));
            let gradients = [x, weight, bias].map(|leaf| gradients.take(&leaf));
            (y.into_value(), gradients)
        };
        for train in [false, true] {
            assert!(run(true, train) == run(false, train), "training: {train}");
        }
    }
}
