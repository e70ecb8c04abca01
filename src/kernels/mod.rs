//! Loops over slices: slices in, slices out. The only layer with `unsafe` code.
//!
//! Begin with `elementwise` and `reduce`, which need no vectors by hand, and `conv`, which does; `simd` holds the vectors.
//! A file imports only from those below it: `simd` and the small ones, then `conv`, then `scalar`.
//!
//! Every kernel gives the same bits for any number of threads: work is cut into pieces whose size
//! depends on the shapes alone, and pieces that are summed are summed in order.

pub mod affine;
pub mod batchnorm;
pub mod border;
pub mod conv;
pub mod elementwise;
pub mod gemm;
pub mod im2col;
pub mod interpolation;
pub mod lanes;
pub mod pool;
pub mod reduce;
pub mod resample;
pub mod resize;
pub mod scalar;
#[allow(unsafe_code)]
pub mod simd;
pub mod vectors;

pub use border::{Border, Halo, MapBorder};
pub use gemm::Matrix;
pub use scalar::Scalar;
pub use simd::Isa;
