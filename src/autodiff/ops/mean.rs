#[cfg(feature = "gradcheck")]
use super::case::*;
use super::sum::{kept_shape, output_shape};
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::Tensor;
use crate::tensor::shape::numel;

/// (1/n) Σ x over `axes`, which disappear; over all of them where none is named.
///
/// # Shapes
/// Any; the output has the axes that are not named, and the shape [] where none is left.
///
/// # Backward
/// grad / n, repeated along the averaged axes.
///
/// # Panics
/// If an axis does not exist or is named twice.
#[track_caller]
pub fn mean<T: Scalar>(x: &Var<T>, axes: &[usize]) -> Var<T> {
    let kept = kept_shape("mean", x.shape(), axes);
    let count = T::from_usize(x.value().len()) / T::from_usize(numel(&kept));
    let value = broadcast::sum_to(x.value(), &kept).map(|sum| sum / count);
    let value = value.reshape(&output_shape(x.shape(), axes));
    Var::record(value, &[x], || Mean {
        input: x.shape().to_vec(),
        kept,
        count,
    })
}

struct Mean<T> {
    input: Vec<usize>,
    kept: Vec<usize>,
    count: T,
}

impl<T: Scalar> Backward<T> for Mean<T> {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let share = grad.map(|g| g / self.count).reshape(&self.kept);
        vec![Some(broadcast::expand(&share, &self.input))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let axes: [&'static [usize]; 4] = [&[], &[0], &[1], &[0, 2]];
    axes.map(|axes| {
        let name = format!("axes {axes:?}");
        case!(name, [spread("x", &[2, 3, 4])], |v| mean(&v[0], axes)).linear_in(&[0])
    })
    .into()
}
