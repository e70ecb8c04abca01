#[cfg(feature = "gradcheck")]
use super::case::*;
use super::batch_norm2d_eval;
use crate::autodiff::Var;
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// [`relu`](super::relu())([`batch_norm2d_eval`](super::batch_norm2d_eval())(…)), bit for bit, in one
/// operation that keeps its input alone.
///
/// # Shapes
/// x `[N, C, H, W]` and the four others `[C]` to `[N, C, H, W]`.
///
/// # Backward
/// That of the two: the gradient where the output is above 0, else 0, and then through the normalisation.
///
/// # Panics
/// If the shapes are not these.
#[track_caller]
pub fn batch_norm2d_eval_relu<T: Scalar>(
    x: &Var<T>,
    running_mean: &Tensor<T>,
    running_var: &Tensor<T>,
    weight: &Var<T>,
    bias: &Var<T>,
    eps: f64,
) -> Var<T> {
    let (inputs, statistics) = ([x, weight, bias], [running_mean, running_var]);
    batch_norm2d_eval::normalised::<T, true>("batch_norm2d_eval_relu", inputs, statistics, eps)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [[2, 3, 3, 2], [1, 2, 1, 1]]
        .map(|shape| {
            let per_channel = [shape[1]];
            let inputs = [
                spread("x", &shape),
                spread("weight", &per_channel),
                spread("bias", &per_channel),
            ];
            case!(format!("{shape:?}"), inputs, |v| {
                let mean = spread("running mean", &per_channel).cast();
                let variance = spread("running var", &per_channel).map(f64::abs).cast();
                batch_norm2d_eval_relu(&v[0], &mean, &variance, &v[1], &v[2], 1e-3)
            })
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::ops::{batch_norm2d_eval, relu};
    use crate::rng::Seed;

    #[test]
    fn it_is_the_two_operations_bit_for_bit() {
        let draw = |seed: u64, shape: &[usize]| Tensor::<f32>::randn(shape, &mut Seed(seed).rng());
        let x = Var::constant(draw(1, &[3, 5, 9, 7]));
        let [mean, weight, bias] = [2, 3, 4].map(|seed| draw(seed, &[5]));
        let variance = draw(5, &[5]).map(f32::abs);
        let [weight, bias] = [weight, bias].map(Var::constant);
        let fused = batch_norm2d_eval_relu(&x, &mean, &variance, &weight, &bias, 1e-5);
        let apart = relu(&batch_norm2d_eval(
            &x, &mean, &variance, &weight, &bias, 1e-5,
        ));
        assert_eq!(fused.value(), apart.value());
    }
}
