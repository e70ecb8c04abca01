#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// a / b, element by element, broadcast as in NumPy.
///
/// # Shapes
/// Any two shapes that broadcast.
///
/// # Backward
/// ∂a = grad / b and ∂b = -(grad / b) · y, summed over the axes along which an input was repeated.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn div<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Var<T> {
    let value = broadcast::zip("div", a.value(), b.value(), |a, b| a / b);
    Var::record(value.clone(), &[a, b], || Div {
        numerator: a.shape().to_vec(),
        denominator: b.value().clone(),
        output: value,
    })
}

struct Div<T> {
    numerator: Vec<usize>,
    denominator: Tensor<T>,
    output: Tensor<T>,
}

impl<T: Scalar> Backward<T> for Div<T> {
    fn name(&self) -> &'static str {
        "div"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let mut share = broadcast::zip("div", &grad, &self.denominator, |g, b| g / b);
        let numerator = needs[0].then(|| broadcast::sum_to(&share, &self.numerator));
        let denominator = needs[1].then(|| {
            elementwise::zip_assign(share.data_mut(), self.output.data(), |s, y| *s *= -y);
            broadcast::sum_to(&share, self.denominator.shape())
        });
        vec![numerator, denominator]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("same shape", vec![2, 3], vec![2, 3]),
        ("row", vec![2, 3], vec![3]),
        ("row by column", vec![3], vec![2, 1]),
        ("scalar", vec![2, 3], vec![]),
    ]
    .map(|(name, a, b)| {
        let away_from_zero = spread("b", &b).map(|v| v + v.signum());
        let inputs = [spread("a", &a), away_from_zero];
        case!(name, inputs, |v| div(&v[0], &v[1])).linear_in(&[0])
    })
    .into()
}
