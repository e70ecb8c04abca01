//! AVX2 with FMA: vectors of eight.

use std::arch::x86_64::*;

use super::{Routine, Simd};

/// The token of AVX2 and FMA.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    pub fn detect() -> Option<Avx2> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Avx2(()))
    }
}

impl Simd for Avx2 {
    type Vector = __m256;

    const LANES: usize = 8;
    const ROWS: usize = 6;
    const VECTORS: usize = 2;
    const SQUARE: usize = 8;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: the token proves AVX.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        // SAFETY: the token proves AVX, the caller promises eight readable numbers.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: __m256) {
        // SAFETY: the token proves AVX, the caller promises eight writable numbers.
        unsafe { _mm256_storeu_ps(to, vector) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: the token proves FMA.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn normalise(self, x: __m256, [mean, scale, bias]: [__m256; 3]) -> __m256 {
        // SAFETY: the token proves AVX.
        unsafe { _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, mean), scale), bias) }
    }

    /// The instruction gives its second operand where either is NaN or both are zeros.
    #[inline(always)]
    fn rectify(self, x: __m256) -> __m256 {
        // SAFETY: the token proves AVX.
        unsafe { _mm256_max_ps(_mm256_setzero_ps(), x) }
    }

    #[inline(always)]
    unsafe fn transpose(self, from: (*const f32, usize), to: (*mut f32, usize)) {
        // SAFETY: the token proves AVX, the caller promises the eight rows.
        unsafe { transpose8(from, to) }
    }

    fn vectorize<R: Routine>(self, routine: R) -> R::Output {
        #[target_feature(enable = "avx2,fma")]
        fn inner<R: Routine>(simd: Avx2, routine: R) -> R::Output {
            routine.run(simd)
        }
        // SAFETY: the token proves AVX2 and FMA.
        unsafe { inner(self, routine) }
    }
}

/// Turns an 8 × 8 block: pairs, then fours, then halves change places.
///
/// # Safety
/// As [`Simd::transpose`]; the processor must have AVX.
#[inline(always)]
pub(super) unsafe fn transpose8(
    (from, from_stride): (*const f32, usize),
    (to, to_stride): (*mut f32, usize),
) {
    // SAFETY: the caller promises AVX and eight rows of eight numbers on both sides.
    unsafe {
        let mut rows = [_mm256_setzero_ps(); 8];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = _mm256_loadu_ps(from.add(i * from_stride));
        }
        let mut pairs = rows;
        for i in (0..8).step_by(2) {
            pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
            pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
        }
        let mut fours = pairs;
        for i in [0, 4] {
            fours[i] = _mm256_shuffle_ps::<0x44>(pairs[i], pairs[i + 2]);
            fours[i + 1] = _mm256_shuffle_ps::<0xEE>(pairs[i], pairs[i + 2]);
            fours[i + 2] = _mm256_shuffle_ps::<0x44>(pairs[i + 1], pairs[i + 3]);
            fours[i + 3] = _mm256_shuffle_ps::<0xEE>(pairs[i + 1], pairs[i + 3]);
        }
        for i in 0..4 {
            let low = _mm256_permute2f128_ps::<0x20>(fours[i], fours[i + 4]);
            let high = _mm256_permute2f128_ps::<0x31>(fours[i], fours[i + 4]);
            _mm256_storeu_ps(to.add(i * to_stride), low);
            _mm256_storeu_ps(to.add((i + 4) * to_stride), high);
        }
    }
}
