#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// a + b, broadcast as in NumPy.
///
/// # Shapes
/// Any two shapes that broadcast.
///
/// # Backward
/// The gradient, summed over the axes along which an input was repeated.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn add<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Var<T> {
    let value = broadcast::zip("add", a.value(), b.value(), |a, b| a + b);
    let shapes = [a.shape().to_vec(), b.shape().to_vec()];
    Var::record(value, &[a, b], || Add { shapes })
}

struct Add {
    shapes: [Vec<usize>; 2],
}

impl<T: Scalar> Backward<T> for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let to = |i: usize| needs[i].then(|| broadcast::sum_to(&grad, &self.shapes[i]));
        vec![to(0), to(1)]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("same shape", [2, 3], vec![2, 3]),
        ("row", [2, 3], vec![3]),
        ("column", [2, 3], vec![2, 1]),
    ]
    .map(|(name, a, b)| {
        case!(name, [spread("a", &a), spread("b", &b)], |v| add(
            &v[0], &v[1]
        ))
        .linear_in(&[0, 1])
    })
    .into()
}
