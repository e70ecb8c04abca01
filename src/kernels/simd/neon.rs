//! NEON of AArch64: vectors of four.
//!
//! Its tests ran in an emulator of AArch64, which proves what it computes and says nothing of its speed.

use std::arch::aarch64::*;

use super::vector::{MOST_LANES, Routine, Simd};

/// The token of NEON.
#[derive(Clone, Copy)]
pub struct Neon(());

impl Neon {
    pub fn detect() -> Option<Neon> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Neon(()))
    }
}

impl Simd for Neon {
    type Vector = float32x4_t;
    type Indices = uint8x16_t;

    const LANES: usize = 4;
    const ROWS: usize = 6;
    const VECTORS: usize = 4;
    const SQUARE: usize = 4;

    #[inline(always)]
    fn splat(self, value: f32) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vdupq_n_f32(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        // SAFETY: the token proves NEON, the caller promises four readable elements.
        unsafe { vld1q_f32(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, vector: float32x4_t) {
        // SAFETY: the token proves NEON, the caller promises four writable elements.
        unsafe { vst1q_f32(to, vector) }
    }

    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vfmaq_f32(c, a, b) }
    }

    #[inline(always)]
    fn normalise(self, x: float32x4_t, [mean, scale, bias]: [float32x4_t; 3]) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vaddq_f32(vmulq_f32(vsubq_f32(x, mean), scale), bias) }
    }

    /// A choice, because the maximum of NEON makes a -0 positive.
    #[inline(always)]
    fn rectify(self, x: float32x4_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe { vbslq_f32(vcltzq_f32(x), vdupq_n_f32(0.0), x) }
    }

    /// The indices of the bytes of every element.
    #[inline(always)]
    fn indices(self, indices: &[u32; MOST_LANES]) -> uint8x16_t {
        let bytes: [u8; 16] = std::array::from_fn(|i| (4 * indices[i / 4] as usize + i % 4) as u8);
        // SAFETY: the token proves NEON, and there are sixteen bytes.
        unsafe { vld1q_u8(bytes.as_ptr()) }
    }

    #[inline(always)]
    fn pick(self, [a, b]: [float32x4_t; 2], indices: uint8x16_t) -> float32x4_t {
        // SAFETY: the token proves NEON.
        unsafe {
            let both = uint8x16x2_t(vreinterpretq_u8_f32(a), vreinterpretq_u8_f32(b));
            vreinterpretq_f32_u8(vqtbl2q_u8(both, indices))
        }
    }

    #[inline(always)]
    fn unzip(self, [a, b]: [float32x4_t; 2]) -> [float32x4_t; 2] {
        // SAFETY: the token proves NEON.
        unsafe { [vuzp1q_f32(a, b), vuzp2q_f32(a, b)] }
    }

    #[inline(always)]
    unsafe fn transpose(
        self,
        (from, from_stride): (*const f32, usize),
        (to, to_stride): (*mut f32, usize),
    ) {
        // SAFETY: the token proves NEON, the caller promises four rows of four elements on both sides.
        unsafe {
            let row = |i: usize| vld1q_f32(from.add(i * from_stride));
            let (low, high) = (vtrnq_f32(row(0), row(1)), vtrnq_f32(row(2), row(3)));
            let halves = |a: float32x4_t, b: float32x4_t| {
                let first = vcombine_f32(vget_low_f32(a), vget_low_f32(b));
                (first, vcombine_f32(vget_high_f32(a), vget_high_f32(b)))
            };
            let (first, third) = halves(low.0, high.0);
            let (second, fourth) = halves(low.1, high.1);
            for (i, row) in [first, second, third, fourth].into_iter().enumerate() {
                vst1q_f32(to.add(i * to_stride), row);
            }
        }
    }

    fn vectorize<R: Routine>(self, routine: R) -> R::Output {
        #[target_feature(enable = "neon")]
        fn inner<R: Routine>(simd: Neon, routine: R) -> R::Output {
            routine.run(simd)
        }
        // SAFETY: the token proves NEON.
        unsafe { inner(self, routine) }
    }
}
