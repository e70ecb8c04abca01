//! Vectors of `f32` behind one trait: a file per instruction set, and loops that are written in terms of it.
//!
//! A type that implements `Simd` is a token: a value of it exists only where the processor has the
//! instructions, so code that holds one may use them. Algorithms are written once, generic over the
//! token, as a `Routine`; `Isa::dispatch` picks the token and `Simd::vectorize` compiles a
//! routine for its instructions. Facts about vectors belong here, not in an algorithm. Begin with `vector`, the
//! trait; a new instruction set is a file beside `avx2` and an arm in `isa`.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(super) mod copy;
pub(super) mod dots;
pub(super) mod epilogue;
mod isa;
pub(super) mod lanes;
pub(super) mod map_sums;
#[cfg(target_arch = "aarch64")]
mod neon;
pub mod peak;
pub(super) mod rows;
#[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
pub(super) mod sweep;
pub(super) mod transpose;
pub(super) mod unfold;
mod vector;
pub(super) mod whole;

pub use isa::Isa;
pub(super) use vector::{MOST_LANES, Routine, Simd};
