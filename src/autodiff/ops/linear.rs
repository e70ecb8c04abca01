#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::gemm::par_gemm;
use crate::kernels::{Matrix, Scalar, elementwise};
use crate::tensor::Tensor;

/// x·wᵀ + b, a fully connected layer.
///
/// # Shapes
/// x `[N, I]`, weight `[O, I]` and bias `[O]` to `[N, O]`.
///
/// # Backward
/// ∂x = grad·w, ∂w = gradᵀ·x, ∂b = Σₙ grad.
///
/// # Panics
/// If the shapes are not these.
#[track_caller]
pub fn linear<T: Scalar>(x: &Var<T>, weight: &Var<T>, bias: Option<&Var<T>>) -> Var<T> {
    let (&[samples, inputs], &[outputs, columns]) = (x.shape(), weight.shape()) else {
        panic!(
            "linear: the input {:?} must be [N, I] and the weight {:?} [O, I]",
            x.shape(),
            weight.shape()
        )
    };
    assert!(
        inputs == columns,
        "linear: an input of shape {:?} needs a weight of shape [O, {inputs}], not {:?}",
        x.shape(),
        weight.shape()
    );
    let (rows, w) = (x.value().data(), weight.value().data());
    let mut value = vec![T::zero(); samples * outputs];
    let transposed = Matrix::new(w, outputs, inputs).t();
    par_gemm(Matrix::new(rows, samples, inputs), transposed, &mut value);
    if let Some(bias) = bias {
        assert!(
            bias.shape() == [outputs],
            "linear: a weight of shape {:?} needs a bias of shape [{outputs}], not {:?}",
            weight.shape(),
            bias.shape()
        );
        for row in value.chunks_mut(outputs.max(1)) {
            elementwise::zip_assign(row, bias.value().data(), |y, b| *y += b);
        }
    }
    let inputs: Vec<&Var<T>> = [x, weight].into_iter().chain(bias).collect();
    let value = Tensor::from_vec(value, &[samples, outputs]);
    Var::record(value, &inputs, || Linear {
        x: x.value().clone(),
        weight: weight.value().clone(),
    })
}

struct Linear<T> {
    x: Tensor<T>,
    weight: Tensor<T>,
}

impl<T: Scalar> Backward<T> for Linear<T> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let (samples, inputs) = (self.x.shape()[0], self.x.shape()[1]);
        let outputs = self.weight.shape()[0];
        let g = Matrix::new(grad.data(), samples, outputs);
        let product = |a: Matrix<T>, b: &Tensor<T>, rows: usize| {
            let mut c = vec![T::zero(); rows * inputs];
            par_gemm(a, Matrix::new(b.data(), b.shape()[0], inputs), &mut c);
            Some(Tensor::from_vec(c, &[rows, inputs]))
        };
        let mut gradients = vec![None; needs.len()];
        if needs[0] {
            gradients[0] = product(g, &self.weight, samples);
        }
        if needs[1] {
            gradients[1] = product(g.t(), &self.x, outputs);
        }
        if needs.get(2) == Some(&true) {
            gradients[2] = Some(broadcast::sum_to(&grad, &[outputs]));
        }
        gradients
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let with_bias =
        [("3×4 to 2", [3, 4, 2]), ("one by one", [1, 1, 1])].map(|(name, [n, i, o])| {
            let inputs = [
                spread("x", &[n, i]),
                spread("weight", &[o, i]),
                spread("bias", &[o]),
            ];
            case!(name, inputs, |v| linear(&v[0], &v[1], Some(&v[2]))).linear_in(&[0, 1, 2])
        });
    let inputs = [spread("x", &[2, 5]), spread("weight", &[3, 5])];
    let without = case!("no bias", inputs, |v| linear(&v[0], &v[1], None)).linear_in(&[0, 1]);
    with_bias.into_iter().chain([without]).collect()
}
