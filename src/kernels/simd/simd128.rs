//! The 128-bit vectors of WebAssembly: vectors of four.
//!
//! A module either is valid with these instructions or does not load at all, so the token exists where it was
//! compiled with them, and nothing has to be asked at run time.

use std::arch::wasm32::*;

use super::vector::{MOST_LANES, Routine, Simd};

/// The token of `simd128`.
#[derive(Clone, Copy)]
pub struct Simd128(());

impl Simd128 {
    pub fn detect() -> Option<Simd128> {
        Some(Simd128(()))
    }
}

impl Simd for Simd128 {
    type Vector = v128;
    type Indices = v128;

    const LANES: usize = 4;
    const ROWS: usize = 4;
    const VECTORS: usize = 2;
    const SQUARE: usize = 4;

    #[inline(always)]
    fn splat(self, value: f32) -> v128 {
        f32x4_splat(value)
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> v128 {
        // SAFETY: the caller promises four readable elements.
        unsafe { v128_load(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: v128) {
        // SAFETY: the caller promises four writable elements.
        unsafe { v128_store(to.cast(), vector) }
    }

    /// Two roundings, as there is no fused instruction whose result is the same on every machine.
    #[inline(always)]
    fn mul_add(self, a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }

    #[inline(always)]
    fn normalise(self, x: v128, [mean, scale, bias]: [v128; 3]) -> v128 {
        f32x4_add(f32x4_mul(f32x4_sub(x, mean), scale), bias)
    }

    /// The pseudo-maximum gives its first operand unless that is less than the second.
    #[inline(always)]
    fn rectify(self, x: v128) -> v128 {
        f32x4_pmax(x, f32x4_splat(0.0))
    }

    /// The indices of the bytes of every element.
    #[inline(always)]
    fn indices(self, indices: &[u32; MOST_LANES]) -> v128 {
        let bytes: [u8; 16] = std::array::from_fn(|i| (4 * indices[i / 4] as usize + i % 4) as u8);
        // SAFETY: there are sixteen bytes.
        unsafe { v128_load(bytes.as_ptr().cast()) }
    }

    /// An index beyond a vector picks 0 from it, and one below sixteen becomes such an index of the second.
    #[inline(always)]
    fn pick(self, [a, b]: [v128; 2], indices: v128) -> v128 {
        let of_second = i8x16_sub(indices, i8x16_splat(16));
        v128_or(i8x16_swizzle(a, indices), i8x16_swizzle(b, of_second))
    }

    #[inline(always)]
    fn unzip(self, [a, b]: [v128; 2]) -> [v128; 2] {
        [
            i32x4_shuffle::<0, 2, 4, 6>(a, b),
            i32x4_shuffle::<1, 3, 5, 7>(a, b),
        ]
    }

    #[inline(always)]
    unsafe fn transpose(
        self,
        (from, from_stride): (*const f32, usize),
        (to, to_stride): (*mut f32, usize),
    ) {
        // SAFETY: the caller promises four rows of four elements on both sides.
        unsafe {
            let row = |i: usize| v128_load(from.add(i * from_stride).cast());
            let pair = |a: v128, b: v128| {
                let low = i32x4_shuffle::<0, 4, 1, 5>(a, b);
                (low, i32x4_shuffle::<2, 6, 3, 7>(a, b))
            };
            let (upper, lower) = (pair(row(0), row(1)), pair(row(2), row(3)));
            let columns = [
                i64x2_shuffle::<0, 2>(upper.0, lower.0),
                i64x2_shuffle::<1, 3>(upper.0, lower.0),
                i64x2_shuffle::<0, 2>(upper.1, lower.1),
                i64x2_shuffle::<1, 3>(upper.1, lower.1),
            ];
            for (i, column) in columns.into_iter().enumerate() {
                v128_store(to.add(i * to_stride).cast(), column);
            }
        }
    }

    fn vectorize<R: Routine>(self, routine: R) -> R::Output {
        routine.run(self)
    }
}
