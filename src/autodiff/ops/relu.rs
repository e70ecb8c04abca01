#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// max(x, 0), element by element; NaN stays NaN.
///
/// # Shapes
/// Any.
///
/// # Backward
/// The gradient where x > 0, else 0; at the kink 0, as in PyTorch.
///
/// # Panics
/// Never.
pub fn relu<T: Scalar>(x: &Var<T>) -> Var<T> {
    let zero = T::zero();
    let data = elementwise::map(x.value().data(), |v| if v < zero { zero } else { v });
    let value = Tensor::from_vec(data, x.shape());
    Var::record(value.clone(), &[x], || Relu { output: value })
}

struct Relu<T> {
    output: Tensor<T>,
}

impl<T: Scalar> Backward<T> for Relu<T> {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn backward(self: Box<Self>, mut grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        gate(&mut grad, &self.output);
        vec![Some(grad)]
    }
}

/// Keeps of the gradient what a ReLU with this output lets through.
pub(super) fn gate<T: Scalar>(grad: &mut Tensor<T>, output: &Tensor<T>) {
    elementwise::zip_assign(grad.data_mut(), output.data(), |g, y| {
        // A choice of values, not a conditional store: that one does not vectorise.
        *g = if y <= T::zero() { T::zero() } else { *g };
    });
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    vec![case!("3×4", [spread("x", &[3, 4])], |v| relu(&v[0]))]
}
