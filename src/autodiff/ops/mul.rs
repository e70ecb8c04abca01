#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// a · b, element by element, broadcast as in NumPy.
///
/// # Shapes
/// Any two shapes that broadcast.
///
/// # Backward
/// ∂a = grad · b and ∂b = grad · a, summed over the axes along which an input was repeated.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn mul<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Var<T> {
    let value = broadcast::zip("mul", a.value(), b.value(), |a, b| a * b);
    Var::record(value, &[a, b], || Mul {
        a: a.value().clone(),
        b: b.value().clone(),
    })
}

struct Mul<T> {
    a: Tensor<T>,
    b: Tensor<T>,
}

impl<T: Scalar> Backward<T> for Mul<T> {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let to = |own: &Tensor<T>, other: &Tensor<T>| {
            let product = broadcast::zip("mul", &grad, other, |g, o| g * o);
            broadcast::sum_to(&product, own.shape())
        };
        vec![
            needs[0].then(|| to(&self.a, &self.b)),
            needs[1].then(|| to(&self.b, &self.a)),
        ]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("same shape", [2, 3], vec![2, 3]),
        ("row", [2, 3], vec![3]),
        ("scalar", [2, 3], vec![]),
    ]
    .map(|(name, a, b)| {
        case!(name, [spread("a", &a), spread("b", &b)], |v| mul(
            &v[0], &v[1]
        ))
        .linear_in(&[0, 1])
    })
    .into()
}
