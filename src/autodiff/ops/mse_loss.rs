#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::{Scalar, elementwise, reduce};
use crate::tensor::Tensor;

/// The mean of (x - target)².
///
/// # Shapes
/// Two equal shapes to a scalar.
///
/// # Backward
/// ∂x = 2 (x - target) · grad / n, and ∂target = -∂x.
///
/// # Panics
/// If the shapes differ or hold nothing.
#[track_caller]
pub fn mse_loss<T: Scalar>(x: &Var<T>, target: &Var<T>) -> Var<T> {
    assert!(
        x.shape() == target.shape() && !x.value().is_empty(),
        "mse_loss: the shapes {:?} and {:?} must be the same and hold something",
        x.shape(),
        target.shape()
    );
    let (a, b) = (x.value().data(), target.value().data());
    let mean = reduce::sum_zip(a, b, |a, b| (a - b).powi(2)) / a.len() as f64;
    Var::record(Tensor::scalar(T::from_f64(mean)), &[x, target], || {
        MseLoss {
            difference: Tensor::from_vec(elementwise::zip(a, b, |a, b| a - b), x.shape()),
        }
    })
}

struct MseLoss<T> {
    difference: Tensor<T>,
}

impl<T: Scalar> Backward<T> for MseLoss<T> {
    fn name(&self) -> &'static str {
        "mse_loss"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let scale = T::from_f64(2.0) * grad.item() / T::from_usize(self.difference.len());
        let scaled = |by: T| self.difference.map(|d| d * by);
        vec![
            needs[0].then(|| scaled(scale)),
            needs[1].then(|| scaled(-scale)),
        ]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [vec![2, 3], vec![1], vec![]]
        .map(|shape| {
            let inputs = [spread("x", &shape), spread("target", &shape)];
            case!(format!("{shape:?}"), inputs, |v| mse_loss(&v[0], &v[1]))
        })
        .into()
}
