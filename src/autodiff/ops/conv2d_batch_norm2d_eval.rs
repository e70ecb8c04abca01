#[cfg(feature = "gradcheck")]
use super::case::*;
use super::batch_norm::{affine, channels};
use super::batch_norm2d_eval::moments;
use super::{ConvOptions, batch_norm2d_eval, batch_norm2d_eval_relu, conv2d};
use crate::autodiff::Var;
use crate::kernels::Scalar;
use crate::kernels::conv::Epilogue;
use crate::tensor::Tensor;

/// What [`batch_norm2d_eval`](super::batch_norm2d_eval()) takes beside its input.
#[derive(Clone, Debug)]
pub struct RunningNorm<T: Scalar> {
    pub running_mean: Tensor<T>,
    pub running_var: Tensor<T>,
    pub weight: Var<T>,
    pub bias: Var<T>,
    pub eps: f64,
}

/// [`batch_norm2d_eval`](super::batch_norm2d_eval())([`conv2d`](super::conv2d())(…)), bit for bit; where no
/// tape listens, in one pass that writes the output once.
///
/// The weights stay as they are: each finished sum is normalised by the operations that the
/// normalisation itself would do, where folding its factor into the weights would round differently.
///
/// # Shapes
/// As [`conv2d`](super::conv2d()), with a normalisation of as many channels as there are filters.
///
/// # Backward
/// A tape records the two operations.
///
/// # Panics
/// As the two.
#[track_caller]
pub fn conv2d_batch_norm2d_eval<T: Scalar>(
    x: &Var<T>,
    weight: &Var<T>,
    bias: Option<&Var<T>>,
    options: &ConvOptions,
    norm: &RunningNorm<T>,
) -> Var<T> {
    normalised(
        "conv2d_batch_norm2d_eval",
        [x, weight],
        bias,
        options,
        (norm, false),
    )
}

/// The convolution and its normalisation, with a ReLU after it or without.
#[track_caller]
pub(super) fn normalised<T: Scalar>(
    name: &'static str,
    [x, weight]: [&Var<T>; 2],
    bias: Option<&Var<T>>,
    options: &ConvOptions,
    (norm, relu): (&RunningNorm<T>, bool),
) -> Var<T> {
    let (mean, variance) = (&norm.running_mean, &norm.running_var);
    let inputs = [x, weight, &norm.weight, &norm.bias];
    if inputs.into_iter().chain(bias).any(Var::requires_grad) {
        let y = conv2d(x, weight, bias, options);
        let after = match relu {
            true => batch_norm2d_eval_relu,
            false => batch_norm2d_eval,
        };
        return after(&y, mean, variance, &norm.weight, &norm.bias, norm.eps);
    }
    let x = x.value();
    let plan = conv2d::Plan::new(name, x, weight.value(), bias.map(Var::value), options);
    let filters = plan.filters();
    let (scale, shift) = (norm.weight.value(), norm.bias.value());
    assert!(
        scale.shape() == [filters] && shift.shape() == [filters],
        "{name}: {filters} filters need a weight and a bias of the normalisation of shape [{filters}], \
         not {:?} and {:?}",
        scale.shape(),
        shift.shape()
    );
    let moments = moments(name, filters, [mean, variance]);
    let norm = affine(&channels(&moments, scale, norm.eps), shift);
    let epilogue = Epilogue {
        bias: bias.map(|b| b.value().data()),
        norm: Some(&norm),
        relu,
    };
    Var::constant(plan.output(x, weight, epilogue))
}

#[cfg(feature = "gradcheck")]
/// The inputs of a case: x, weight, bias, and the weight and the bias of the normalisation.
pub(super) fn inputs() -> [Tensor<f64>; 5] {
    [
        spread("x", &[2, 2, 5, 4]),
        spread("weight", &[3, 2, 3, 3]),
        spread("bias", &[3]),
        spread("norm weight", &[3]),
        spread("norm bias", &[3]),
    ]
}

#[cfg(feature = "gradcheck")]
/// The normalisation of a case with these inputs.
pub(super) fn norm_of<T: Scalar>(inputs: &[Var<T>]) -> RunningNorm<T> {
    RunningNorm {
        running_mean: spread("running mean", &[3]).cast(),
        running_var: spread("running var", &[3]).map(f64::abs).cast(),
        weight: inputs[3].clone(),
        bias: inputs[4].clone(),
        eps: 1e-3,
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    ["valid", "zeros@1", "circular@1", "partial@1"]
        .map(|text| {
            let options = ConvOptions::new(padding(text));
            case!(text, inputs(), |v| {
                conv2d_batch_norm2d_eval(&v[0], &v[1], Some(&v[2]), &options, &norm_of(v))
            })
            .linear_in(&[0, 1, 2, 3, 4])
        })
        .into()
}
