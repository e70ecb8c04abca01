#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::Scalar;
use crate::tensor::Tensor;
use crate::tensor::shape::numel;

/// The same elements in the same order under another shape.
///
/// # Shapes
/// Any to any of the same size.
///
/// # Backward
/// The gradient under the shape of the input.
///
/// # Panics
/// If the sizes differ.
#[track_caller]
pub fn reshape<T: Scalar>(x: &Var<T>, shape: &[usize]) -> Var<T> {
    assert!(
        numel(shape) == x.value().len(),
        "reshape: {:?} holds {} elements, {shape:?} holds {}",
        x.shape(),
        x.value().len(),
        numel(shape)
    );
    let input = x.shape().to_vec();
    Var::record(x.value().reshape(shape), &[x], || Reshape { input })
}

struct Reshape {
    input: Vec<usize>,
}

impl<T: Scalar> Backward<T> for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        vec![Some(grad.reshape(&self.input))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let shapes: [&'static [usize]; 3] = [&[6, 4], &[24], &[2, 1, 3, 4, 1]];
    shapes
        .map(|shape| {
            let name = format!("to {shape:?}");
            case!(name, [spread("x", &[2, 3, 4])], |v| reshape(&v[0], shape)).linear_in(&[0])
        })
        .into()
}
