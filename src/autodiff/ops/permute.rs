#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::{Tensor, shape};

/// The axes in another order: axis i of the output is axis `order[i]` of the input.
///
/// # Shapes
/// Any; `order` names every axis once.
///
/// # Backward
/// The gradient with its axes put back.
///
/// # Panics
/// If `order` does not name every axis once.
#[track_caller]
pub fn permute<T: Scalar>(x: &Var<T>, order: &[usize]) -> Var<T> {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    assert!(
        sorted.iter().copied().eq(0..x.value().rank()),
        "permute: {order:?} does not name every axis of the shape {:?} once",
        x.shape()
    );
    Var::record(permuted(x.value(), order), &[x], || {
        let mut inverse = vec![0; order.len()];
        for (to, &from) in order.iter().enumerate() {
            inverse[from] = to;
        }
        Permute { inverse }
    })
}

fn permuted<T: Scalar>(x: &Tensor<T>, order: &[usize]) -> Tensor<T> {
    let own = shape::strides(x.shape());
    let to: Vec<usize> = order.iter().map(|&axis| x.shape()[axis]).collect();
    let strides: Vec<usize> = order.iter().map(|&axis| own[axis]).collect();
    let mut data = Vec::with_capacity(x.len());
    broadcast::walk(&to, [&strides], |[i]| data.push(x.data()[i]));
    Tensor::from_vec(data, &to)
}

struct Permute {
    inverse: Vec<usize>,
}

impl<T: Scalar> Backward<T> for Permute {
    fn name(&self) -> &'static str {
        "permute"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        vec![Some(permuted(&grad, &self.inverse))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let orders: [&'static [usize]; 3] = [&[2, 0, 1], &[0, 2, 1], &[2, 1, 0]];
    orders
        .map(|order| {
            let inputs = [spread("x", &[2, 3, 4])];
            case!(format!("{order:?}"), inputs, |v| permute(&v[0], order)).linear_in(&[0])
        })
        .into()
}
