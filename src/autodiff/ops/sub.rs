#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// a - b, broadcast as in NumPy.
///
/// # Shapes
/// Any two shapes that broadcast.
///
/// # Backward
/// grad for a and -grad for b, summed over the axes along which an input was repeated.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn sub<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Var<T> {
    let value = broadcast::zip("sub", a.value(), b.value(), |a, b| a - b);
    let shapes = [a.shape().to_vec(), b.shape().to_vec()];
    Var::record(value, &[a, b], || Sub { shapes })
}

struct Sub {
    shapes: [Vec<usize>; 2],
}

impl<T: Scalar> Backward<T> for Sub {
    fn name(&self) -> &'static str {
        "sub"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let to = |i: usize| broadcast::sum_to(&grad, &self.shapes[i]);
        vec![needs[0].then(|| to(0)), needs[1].then(|| to(1).map(|g| -g))]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("same shape", vec![2, 3], vec![2, 3]),
        ("row", vec![2, 3], vec![3]),
        ("column from row", vec![3], vec![2, 1]),
    ]
    .map(|(name, a, b)| {
        let inputs = [spread("a", &a), spread("b", &b)];
        case!(name, inputs, |v| sub(&v[0], &v[1])).linear_in(&[0, 1])
    })
    .into()
}
