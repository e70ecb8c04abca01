//! AVX-512F: vectors of sixteen.

use std::arch::x86_64::*;

use super::avx2::transpose8;
use super::vector::{MOST_LANES, Routine, Simd};

/// The token of AVX-512F.
#[derive(Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    pub fn detect() -> Option<Avx512> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma");
        has.then_some(Avx512(()))
    }
}

impl Simd for Avx512 {
    type Vector = __m512;
    type Indices = __m512i;

    const LANES: usize = 16;
    const ROWS: usize = 6;
    const VECTORS: usize = 4;
    const SQUARE: usize = 8;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: the token proves AVX-512F.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: the token proves AVX-512F, the caller promises sixteen readable elements.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: __m512) {
        // SAFETY: the token proves AVX-512F, the caller promises sixteen writable elements.
        unsafe { _mm512_storeu_ps(to, vector) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512F.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn normalise(self, x: __m512, [mean, scale, bias]: [__m512; 3]) -> __m512 {
        // SAFETY: the token proves AVX-512F.
        unsafe { _mm512_add_ps(_mm512_mul_ps(_mm512_sub_ps(x, mean), scale), bias) }
    }

    /// The instruction gives its second operand where either is NaN or both are zeros.
    #[inline(always)]
    fn rectify(self, x: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512F.
        unsafe { _mm512_max_ps(_mm512_setzero_ps(), x) }
    }

    #[inline(always)]
    fn indices(self, indices: &[u32; MOST_LANES]) -> __m512i {
        // SAFETY: the token proves AVX-512F, and there are sixteen elements.
        unsafe { _mm512_loadu_si512(indices.as_ptr().cast()) }
    }

    #[inline(always)]
    fn pick(self, [a, b]: [__m512; 2], indices: __m512i) -> __m512 {
        // SAFETY: the token proves AVX-512F.
        unsafe { _mm512_permutex2var_ps(a, indices, b) }
    }

    #[inline(always)]
    fn unzip(self, [a, b]: [__m512; 2]) -> [__m512; 2] {
        // SAFETY: the token proves AVX-512F.
        unsafe {
            let evens = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
            let odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
            [evens, odds].map(|indices| self.pick([a, b], indices))
        }
    }

    /// In halves: a square of sixteen would need twice the registers and gains nothing.
    #[inline(always)]
    unsafe fn transpose(self, from: (*const f32, usize), to: (*mut f32, usize)) {
        // SAFETY: the token proves AVX, the caller promises the eight rows.
        unsafe { transpose8(from, to) }
    }

    fn vectorize<R: Routine>(self, routine: R) -> R::Output {
        #[target_feature(enable = "avx512f,avx2,fma")]
        fn inner<R: Routine>(simd: Avx512, routine: R) -> R::Output {
            routine.run(simd)
        }
        // SAFETY: the token proves AVX-512F, AVX2 and FMA.
        unsafe { inner(self, routine) }
    }
}
