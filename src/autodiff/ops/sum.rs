#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// Σ x over `axes`, which disappear; over all of them where none is named.
///
/// # Shapes
/// Any; the output has the axes that are not named, and the shape [] where none is left.
///
/// # Backward
/// The gradient, repeated along the summed axes.
///
/// # Panics
/// If an axis does not exist or is named twice.
#[track_caller]
pub fn sum<T: Scalar>(x: &Var<T>, axes: &[usize]) -> Var<T> {
    let kept = kept_shape("sum", x.shape(), axes);
    let output: Vec<usize> = output_shape(x.shape(), axes);
    let value = broadcast::sum_to(x.value(), &kept).reshape(&output);
    Var::record(value, &[x], || Sum {
        input: x.shape().to_vec(),
        kept,
    })
}

/// The shape with every reduced axis set to 1.
#[track_caller]
pub(super) fn kept_shape(operation: &str, shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let distinct = axes
        .iter()
        .enumerate()
        .all(|(i, axis)| !axes[..i].contains(axis));
    assert!(
        distinct && axes.iter().all(|&axis| axis < shape.len()),
        "{operation}: the axes {axes:?} are not distinct axes of the shape {shape:?}"
    );
    let reduced = |axis: usize| axes.is_empty() || axes.contains(&axis);
    shape
        .iter()
        .enumerate()
        .map(|(axis, &n)| if reduced(axis) { 1 } else { n })
        .collect()
}

/// The shape without the reduced axes.
pub(super) fn output_shape(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let kept = |&(axis, _): &(usize, &usize)| !(axes.is_empty() || axes.contains(&axis));
    shape
        .iter()
        .enumerate()
        .filter(kept)
        .map(|(_, &n)| n)
        .collect()
}

struct Sum {
    input: Vec<usize>,
    kept: Vec<usize>,
}

impl<T: Scalar> Backward<T> for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        vec![Some(broadcast::expand(
            &grad.reshape(&self.kept),
            &self.input,
        ))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let axes: [&'static [usize]; 4] = [&[], &[0], &[1], &[0, 2]];
    axes.map(|axes| {
        case!(
            format!("axes {axes:?}"),
            [spread("x", &[2, 3, 4])],
            |v| sum(&v[0], axes)
        )
        .linear_in(&[0])
    })
    .into()
}
