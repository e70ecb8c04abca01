#[cfg(feature = "gradcheck")]
use super::case::*;
use super::conv2d_batch_norm2d_eval::{RunningNorm, normalised};
#[cfg(feature = "gradcheck")]
use super::conv2d_batch_norm2d_eval::{inputs, norm_of};
use super::ConvOptions;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// [`relu`](super::relu())([`conv2d_batch_norm2d_eval`](super::conv2d_batch_norm2d_eval())(…)), bit for bit;
/// where no tape listens, in one pass that writes the output once.
///
/// # Shapes
/// As [`conv2d_batch_norm2d_eval`](super::conv2d_batch_norm2d_eval()).
///
/// # Backward
/// A tape records [`conv2d`](super::conv2d()) and
/// [`batch_norm2d_eval_relu`](super::batch_norm2d_eval_relu()).
///
/// # Panics
/// As [`conv2d_batch_norm2d_eval`](super::conv2d_batch_norm2d_eval()).
#[track_caller]
pub fn conv2d_batch_norm2d_eval_relu<T: Scalar>(
    x: &Var<T>,
    weight: &Var<T>,
    bias: Option<&Var<T>>,
    options: &ConvOptions,
    norm: &RunningNorm<T>,
) -> Var<T> {
    let name = "conv2d_batch_norm2d_eval_relu";
    normalised(name, [x, weight], bias, options, (norm, true))
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    ["valid", "zeros@1", "circular@1", "partial@1"]
        .map(|text| {
            let options = ConvOptions::new(padding(text));
            case!(text, inputs(), |v| {
                conv2d_batch_norm2d_eval_relu(&v[0], &v[1], Some(&v[2]), &options, &norm_of(v))
            })
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::ops::{
        batch_norm2d_eval, conv2d, conv2d_batch_norm2d_eval, relu,
    };
    use crate::padding::Extent;
    use crate::rng::Seed;
    use crate::tensor::Tensor;

    /// The fused forms of a convolution against the operations one after the other.
    fn agree<T: Scalar>(options: &ConvOptions, [channels, filters]: [usize; 2], biased: bool) {
        let tensor = |seed: u64, shape: &[usize]| Tensor::<T>::randn(shape, &mut Seed(seed).rng());
        let draw = |seed: u64, shape: &[usize]| Var::constant(tensor(seed, shape));
        let x = draw(1, &[2, channels, 7, 6]);
        let weight = draw(2, &[filters, channels / options.groups, 3, 3]);
        let bias = biased.then(|| draw(3, &[filters]));
        let norm = RunningNorm {
            running_mean: tensor(4, &[filters]),
            running_var: tensor(5, &[filters]).map(|v| v * v),
            weight: draw(6, &[filters]),
            bias: draw(7, &[filters]),
            eps: 1e-5,
        };
        let (mean, variance) = (&norm.running_mean, &norm.running_var);
        let apart = conv2d(&x, &weight, bias.as_ref(), options);
        let apart = batch_norm2d_eval(&apart, mean, variance, &norm.weight, &norm.bias, norm.eps);
        let fused = conv2d_batch_norm2d_eval(&x, &weight, bias.as_ref(), options, &norm);
        assert!(fused.value() == apart.value(), "{options:?}");
        let fused = conv2d_batch_norm2d_eval_relu(&x, &weight, bias.as_ref(), options, &norm);
        assert!(fused.value() == relu(&apart).value(), "{options:?}");
    }

    #[test]
    fn they_are_the_operations_bit_for_bit_under_every_scheme() {
        for padding in crate::padding::samples() {
            let options = ConvOptions::new(padding.or_extent(Extent::Uniform(1)));
            for (options, sizes, biased) in [
                (options, [3, 20], true),
                (options.stride(2), [40, 33], false),
                (options.groups(2), [4, 6], true),
            ] {
                agree::<f32>(&options, sizes, biased);
                agree::<f64>(&options, sizes, biased);
            }
        }
    }
}
