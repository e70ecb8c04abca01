#[cfg(feature = "gradcheck")]
use super::case::*;
use super::batch_norm2d_train::{self, BatchMoments};
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// [`relu`](super::relu())([`batch_norm2d_train`](super::batch_norm2d_train())(…)), bit for bit, in one
/// operation that keeps its input alone.
///
/// # Shapes
/// x `[N, C, H, W]`, weight `[C]` and bias `[C]` to `[N, C, H, W]`; the moments are `[C]`.
///
/// # Backward
/// That of the two: the gradient where the output is above 0, else 0, and then through the normalisation.
///
/// # Panics
/// If the shapes are not these, or a channel has fewer than two pixels to take a variance of.
#[track_caller]
pub fn batch_norm2d_train_relu<T: Scalar>(
    x: &Var<T>,
    weight: &Var<T>,
    bias: &Var<T>,
    eps: f64,
) -> (Var<T>, BatchMoments<T>) {
    let inputs = [x, weight, bias];
    batch_norm2d_train::normalised::<T, true>("batch_norm2d_train_relu", inputs, eps)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [[2, 3, 3, 2], [1, 2, 4, 3], [5, 1, 1, 1]]
        .map(|shape| {
            let inputs = [
                spread("x", &shape),
                spread("weight", &[shape[1]]).map(|v| v + 2.0),
                spread("bias", &[shape[1]]),
            ];
            case!(format!("{shape:?}"), inputs, |v| {
                batch_norm2d_train_relu(&v[0], &v[1], &v[2], 1e-5).0
            })
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Tape;
    use crate::autodiff::ops::{batch_norm2d_train, relu};
    use crate::rng::Seed;
    use crate::tensor::Tensor;

    #[test]
    fn it_is_the_two_operations_bit_for_bit() {
        let shape = [3, 5, 9, 7];
        let draw = |seed: u64, shape: &[usize]| Tensor::<f32>::randn(shape, &mut Seed(seed).rng());
        let run = |fused: bool| {
            let tape = Tape::new();
            let [x, weight, bias] = [(1, &shape[..]), (2, &[5]), (3, &[5])]
                .map(|(seed, shape)| tape.leaf(draw(seed, shape)));
            let (y, moments) = if fused {
                batch_norm2d_train_relu(&x, &weight, &bias, 1e-5)
            } else {
                let (y, moments) = batch_norm2d_train(&x, &weight, &bias, 1e-5);
                (relu(&y), moments)
            };
            let mut gradients = y.backward_with(draw(4, &shape));
            let gradients = [x, weight, bias].map(|leaf| gradients.take(&leaf));
            (y.into_value(), moments.mean, moments.variance, gradients)
        };
        assert_eq!(run(true), run(false));
    }
}
