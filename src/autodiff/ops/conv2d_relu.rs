#[cfg(feature = "gradcheck")]
use super::case::*;
use super::{ConvOptions, conv2d};
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// [`relu`](super::relu())([`conv2d`](super::conv2d())(…)), bit for bit, in one pass that writes the output
/// once.
///
/// # Shapes
/// As [`conv2d`](super::conv2d()).
///
/// # Backward
/// That of the two: the gradient where the output is above 0, else 0, and then through the convolution.
///
/// # Panics
/// As [`conv2d`](super::conv2d()).
#[track_caller]
pub fn conv2d_relu<T: Scalar>(
    x: &Var<T>,
    weight: &Var<T>,
    bias: Option<&Var<T>>,
    options: &ConvOptions,
) -> Var<T> {
    conv2d::recorded("conv2d_relu", x, weight, bias, options, true)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    ["valid", "zeros@1", "circular@1", "partial@1"]
        .map(|text| {
            let inputs = [
                spread("x", &[2, 2, 5, 4]),
                spread("weight", &[3, 2, 3, 3]),
                spread("bias", &[3]),
            ];
            let options = ConvOptions::new(padding(text));
            case!(text, inputs, |v| {
                conv2d_relu(&v[0], &v[1], Some(&v[2]), &options)
            })
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Tape;
    use crate::autodiff::ops::{relu};
    use crate::padding::Extent;
    use crate::rng::Seed;
    use crate::tensor::Tensor;

    /// Output and gradients of both forms on small images, under any padding, in `T`.
    fn agree<T: Scalar>(options: &ConvOptions, [channels, filters]: [usize; 2]) {
        let draw = |seed: u64, shape: &[usize]| Tensor::randn(shape, &mut Seed(seed).rng());
        let per_group = channels / options.groups;
        let run = |fused: bool| {
            let tape = Tape::<T>::new();
            let x = tape.leaf(draw(1, &[2, channels, 7, 6]));
            let weight = tape.leaf(draw(2, &[filters, per_group, 3, 3]));
            let bias = tape.leaf(draw(3, &[filters]));
            let y = match fused {
                true => conv2d_relu(&x, &weight, Some(&bias), options),
                false => relu(&super::super::conv2d(&x, &weight, Some(&bias), options)),
            };
            let mut gradients = y.backward_with(draw(4, y.shape()));
            let gradients = [x, weight, bias].map(|leaf| gradients.take(&leaf));
            (y.into_value(), gradients)
        };
        assert!(run(true) == run(false), "{options:?}");
    }

    #[test]
    fn it_is_the_two_operations_bit_for_bit_under_every_scheme() {
        for padding in crate::padding::samples() {
            let options = ConvOptions::new(padding.or_extent(Extent::Uniform(1)));
            for (options, sizes) in [
                (options, [3, 20]),
                (options.stride(2), [40, 33]),
                (options.groups(2), [4, 6]),
            ] {
                agree::<f32>(&options, sizes);
                agree::<f64>(&options, sizes);
            }
        }
    }
}
