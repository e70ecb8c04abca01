//! AVX2 with FMA: vectors of eight.

use std::arch::x86_64::*;

use super::vector::{MOST_LANES, Routine, Simd};

/// The token of AVX2 and FMA.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    pub fn detect() -> Option<Avx2> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Avx2(()))
    }
}

impl Simd for Avx2 {
    type Vector = __m256;
    type Indices = __m256i;

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
        // SAFETY: the token proves AVX, the caller promises eight readable elements.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: __m256) {
        // SAFETY: the token proves AVX, the caller promises eight writable elements.
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
    fn indices(self, indices: &[u32; MOST_LANES]) -> __m256i {
        // SAFETY: the token proves AVX2, and there are more than eight elements.
        unsafe { _mm256_loadu_si256(indices.as_ptr().cast()) }
    }

    #[inline(always)]
    fn pick(self, vectors: [__m256; 2], indices: __m256i) -> __m256 {
        // SAFETY: the token proves AVX2.
        unsafe {
            let [a, b] = vectors.map(|vector| _mm256_permutevar8x32_ps(vector, indices));
            // The bit of eight becomes the sign, by which lanes are chosen.
            let of_second = _mm256_slli_epi32::<28>(indices);
            _mm256_blendv_ps(a, b, _mm256_castsi256_ps(of_second))
        }
    }

    #[inline(always)]
    fn unzip(self, [a, b]: [__m256; 2]) -> [__m256; 2] {
        // SAFETY: the token proves AVX2.
        unsafe {
            // Each half holds a quarter of `a` and one of `b`.
            let halves = [
                _mm256_shuffle_ps::<0b10_00_10_00>(a, b),
                _mm256_shuffle_ps::<0b11_01_11_01>(a, b),
            ];
            halves.map(|half| {
                let quarters = _mm256_castps_pd(half);
                _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(quarters))
            })
        }
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

/// Transposes an 8 × 8 block: pairs, then fours, then halves change places.
///
/// # Safety
/// As [`Simd::transpose`]; the processor must have AVX.
#[inline(always)]
pub unsafe fn transpose8(
    (from, from_stride): (*const f32, usize),
    (to, to_stride): (*mut f32, usize),
) {
    // SAFETY: the caller promises AVX and eight rows of eight elements on both sides.
    unsafe {
        // Rows four apart share a vector from the start, so that no half has to change places later.
        let below = from.add(4 * from_stride);
        for (half, to) in [to, to.add(4 * to_stride)].into_iter().enumerate() {
            let row = |i: usize| {
                let index = i * from_stride + 4 * half;
                let upper = _mm256_castps128_ps256(_mm_loadu_ps(from.add(index)));
                _mm256_insertf128_ps::<1>(upper, _mm_loadu_ps(below.add(index)))
            };
            let rows = [row(0), row(1), row(2), row(3)];
            let low = [0, 2].map(|i| _mm256_unpacklo_ps(rows[i], rows[i + 1]));
            let high = [0, 2].map(|i| _mm256_unpackhi_ps(rows[i], rows[i + 1]));
            let columns = [
                _mm256_shuffle_ps::<0x44>(low[0], low[1]),
                _mm256_shuffle_ps::<0xEE>(low[0], low[1]),
                _mm256_shuffle_ps::<0x44>(high[0], high[1]),
                _mm256_shuffle_ps::<0xEE>(high[0], high[1]),
            ];
            for (i, column) in columns.into_iter().enumerate() {
                _mm256_storeu_ps(to.add(i * to_stride), column);
            }
        }
    }
}
