//! What autodiff is generic over.

use super::conv::Convolve;
use super::gemm::Gemm;

/// An element type that has a matrix product and a convolution: `f32` and `f64`.
pub trait Scalar: Gemm + Convolve {}

impl<T: Gemm + Convolve> Scalar for T {}
