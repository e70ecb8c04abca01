//! Matrix products on `matrixmultiply`, checked and cut into rows for the threads.
#![allow(unsafe_code)]

use rayon::prelude::*;

use crate::tensor::Element;

/// An element type that has a matrix product.
pub trait Gemm: Element {
    /// C ← A·B + β·C for strided matrices, without any check.
    ///
    /// # Safety
    /// Each pointer must be valid for every index that its matrix can reach, and C must not overlap
    /// A or B.
    #[allow(clippy::too_many_arguments)]
    unsafe fn raw_gemm(
        sizes: [usize; 3],
        a: (*const Self, [isize; 2]),
        b: (*const Self, [isize; 2]),
        beta: Self,
        c: (*mut Self, [isize; 2]),
    );
}

macro_rules! gemm {
    ($t:ty, $gemm:path) => {
        impl Gemm for $t {
            unsafe fn raw_gemm(
                [m, k, n]: [usize; 3],
                (a, [rsa, csa]): (*const $t, [isize; 2]),
                (b, [rsb, csb]): (*const $t, [isize; 2]),
                beta: $t,
                (c, [rsc, csc]): (*mut $t, [isize; 2]),
            ) {
                // SAFETY: the caller keeps this function's contract, which is that of the callee.
                unsafe { $gemm(m, k, n, 1.0, a, rsa, csa, b, rsb, csb, beta, c, rsc, csc) }
            }
        }
    };
}

gemm!(f32, matrixmultiply::sgemm);
gemm!(f64, matrixmultiply::dgemm);

/// A read-only matrix over a slice, possibly transposed.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    strides: [usize; 2],
}

impl<'a, T> Matrix<'a, T> {
    /// A row-major matrix over `data`.
    ///
    /// # Panics
    /// If the slice does not hold rows × columns elements.
    #[track_caller]
    pub fn new(data: &'a [T], rows: usize, columns: usize) -> Matrix<'a, T> {
        assert!(
            data.len() == rows * columns,
            "Matrix: {} elements are not {rows}×{columns}",
            data.len()
        );
        Matrix {
            data,
            rows,
            columns,
            strides: [columns, 1],
        }
    }

    /// The transpose of this matrix, without a copy.
    pub fn t(self) -> Matrix<'a, T> {
        let [row, column] = self.strides;
        Matrix {
            rows: self.columns,
            columns: self.rows,
            strides: [column, row],
            ..self
        }
    }

    /// Rows `range` of this matrix.
    fn rows(self, range: std::ops::Range<usize>) -> Matrix<'a, T> {
        let data = &self.data[(range.start * self.strides[0]).min(self.data.len())..];
        Matrix {
            data,
            rows: range.len(),
            ..self
        }
    }
}

/// C ← A·B + β·C on the calling thread; C is row-major.
///
/// Every element of C sums its products in the same order, wherever it lies.
///
/// # Panics
/// If the sizes do not fit.
#[track_caller]
pub fn gemm<T: Gemm>(a: Matrix<T>, b: Matrix<T>, beta: T, c: &mut [T]) {
    assert!(
        a.columns == b.rows && c.len() == a.rows * b.columns,
        "gemm: {}×{} times {}×{} does not fit an output of {} elements",
        a.rows,
        a.columns,
        b.rows,
        b.columns,
        c.len()
    );
    let strides = |m: &Matrix<T>| m.strides.map(|s| s as isize);
    let sizes = [a.rows, a.columns, b.columns];
    let (sa, sb, sc) = (strides(&a), strides(&b), [b.columns as isize, 1]);
    // SAFETY: a `Matrix` reaches only into its own slice, the sizes were just checked, and the
    // exclusive borrow of `c` cannot overlap the shared ones.
    unsafe {
        T::raw_gemm(
            sizes,
            (a.data.as_ptr(), sa),
            (b.data.as_ptr(), sb),
            beta,
            (c.as_mut_ptr(), sc),
        );
    }
}

/// C ← A·B, rows shared out among the threads.
///
/// # Panics
/// If the sizes do not fit.
#[track_caller]
pub fn par_gemm<T: Gemm>(a: Matrix<T>, b: Matrix<T>, c: &mut [T]) {
    const ROWS: usize = 64;
    if b.columns == 0 || a.rows <= ROWS {
        return gemm(a, b, T::zero(), c);
    }
    let rows = a.rows;
    c.par_chunks_mut(ROWS * b.columns)
        .enumerate()
        .for_each(|(i, c)| {
            let block = a.rows(i * ROWS..((i + 1) * ROWS).min(rows));
            gemm(block, b, T::zero(), c);
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(a: &[f64], b: &[f64], m: usize, k: usize, n: usize) -> Vec<f64> {
        let cell = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum();
        (0..m * n).map(|ij| cell(ij / n, ij % n)).collect()
    }

    #[test]
    fn products_and_transposes_match_the_naive_loop() {
        for (m, k, n) in [(1, 1, 1), (3, 2, 5), (130, 7, 9), (2, 0, 3)] {
            let a: Vec<f64> = (0..m * k).map(|i| (i % 7) as f64 - 3.0).collect();
            let b: Vec<f64> = (0..k * n).map(|i| (i % 5) as f64 - 2.0).collect();
            let bt: Vec<f64> = (0..n * k)
                .map(|i| b[i % k.max(1) * n + i / k.max(1)])
                .collect();
            let want = naive(&a, &b, m, k, n);
            let mut c = vec![f64::NAN; m * n];
            par_gemm(Matrix::new(&a, m, k), Matrix::new(&b, k, n), &mut c);
            assert_eq!(c, want, "{m}×{k}×{n}");
            par_gemm(Matrix::new(&a, m, k), Matrix::new(&bt, n, k).t(), &mut c);
            assert_eq!(c, want, "{m}×{k}×{n}, right side transposed");
        }
    }
}
