#[cfg(feature = "gradcheck")]
use super::case::*;
use crate::autodiff::{Backward, Var};
use crate::kernels::gemm::par_gemm;
use crate::kernels::{Matrix, Scalar};
use crate::tensor::Tensor;

/// A·B for matrices, or for each pair of matrices of two batches.
///
/// # Shapes
/// [..., m, k] and [..., k, n] to [..., m, n], with equal axes in front.
///
/// # Backward
/// ∂A = grad·Bᵀ and ∂B = Aᵀ·grad.
///
/// # Panics
/// If an input has fewer than two axes, or the shapes do not fit.
#[track_caller]
pub fn matmul<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Var<T> {
    let (Some((batch, [m, k])), Some((other, [k2, n]))) =
        (a.shape().split_last_chunk(), b.shape().split_last_chunk())
    else {
        panic!(
            "matmul: the shapes {:?} and {:?} must be [..., m, k] and [..., k, n]",
            a.shape(),
            b.shape()
        )
    };
    assert!(
        batch == other && k == k2,
        "matmul: the shapes {:?} and {:?} do not fit: [..., m, k] needs [..., k, n], here \
         {batch:?} + [{k}, n]",
        a.shape(),
        b.shape()
    );
    let shape = [batch, &[*m, *n]].concat();
    let sizes = [*m, *k, *n];
    let value = product(a.value(), b.value(), sizes, [false, false], &shape);
    Var::record(value, &[a, b], || Matmul {
        a: a.value().clone(),
        b: b.value().clone(),
        sizes,
    })
}

/// The products of all matrices of `a` (m×k, or k×m and read transposed) and `b` (k×n, or n×k).
fn product<T: Scalar>(
    a: &Tensor<T>,
    b: &Tensor<T>,
    [m, k, n]: [usize; 3],
    transposed: [bool; 2],
    shape: &[usize],
) -> Tensor<T> {
    let mut output = vec![T::zero(); m * n * batch_size(shape)];
    let matrix = |x, rows, columns, transposed| {
        if transposed {
            Matrix::new(x, columns, rows).t()
        } else {
            Matrix::new(x, rows, columns)
        }
    };
    for (i, output) in output.chunks_mut((m * n).max(1)).enumerate() {
        let a = &a.data()[i * m * k..][..m * k];
        let b = &b.data()[i * k * n..][..k * n];
        let b = matrix(b, k, n, transposed[1]);
        par_gemm(matrix(a, m, k, transposed[0]), b, output);
    }
    Tensor::from_vec(output, shape)
}

fn batch_size(shape: &[usize]) -> usize {
    shape.iter().rev().skip(2).product()
}

struct Matmul<T> {
    a: Tensor<T>,
    b: Tensor<T>,
    sizes: [usize; 3],
}

impl<T: Scalar> Backward<T> for Matmul<T> {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let [m, k, n] = self.sizes;
        let (a, b) = (&self.a, &self.b);
        vec![
            needs[0].then(|| product(&grad, b, [m, n, k], [false, true], a.shape())),
            needs[1].then(|| product(a, &grad, [k, m, n], [true, false], b.shape())),
        ]
    }
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("3×4·4×2", vec![3, 4], vec![4, 2]),
        ("outer product", vec![3, 1], vec![1, 5]),
        ("inner product", vec![1, 7], vec![7, 1]),
        ("batch of 2×3", vec![2, 3, 2, 5], vec![2, 3, 5, 3]),
    ]
    .map(|(name, a, b)| {
        let inputs = [spread("a", &a), spread("b", &b)];
        case!(name, inputs, |v| matmul(&v[0], &v[1])).linear_in(&[0, 1])
    })
    .into()
}
