//! Sums along a run of neighbouring pixels, for maps that share nothing with others.

use super::{Routine, Simd};

/// The most numbers that one step of a run reads or writes: runs are rounded up to it.
pub(in crate::kernels) const STEP: usize = 64;

/// out\[i\] ← start + Σ over (offset, factor) of factor · source\[offset + i\], one chain of
/// multiply-adds each.
pub(in crate::kernels) struct Combine<'a> {
    pub source: &'a [f32],
    pub terms: &'a [(usize, f32)],
    pub start: f32,
    /// A multiple of [`STEP`].
    pub out: &'a mut [f32],
}

impl Routine for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        const VECTORS: usize = 4;
        let reach = self.terms.iter().map(|t| t.0).max().unwrap_or(0);
        let len = self.out.len();
        assert!(len.is_multiple_of(STEP));
        assert!(self.terms.is_empty() || reach + len <= self.source.len());
        for first in (0..len).step_by(VECTORS * S::LANES) {
            let mut sums = [simd.splat(self.start); VECTORS];
            for &(offset, factor) in self.terms {
                let factor = simd.splat(factor);
                for (v, sum) in sums.iter_mut().enumerate() {
                    let place = offset + first + v * S::LANES;
                    // SAFETY: offset + len was checked to lie within the source, and the vectors of
                    // this step within len, which is a multiple of the step.
                    let vector = unsafe { simd.load(self.source.as_ptr().add(place)) };
                    *sum = simd.mul_add(factor, vector, *sum);
                }
            }
            for (v, sum) in sums.into_iter().enumerate() {
                // SAFETY: the vectors of this step lie within len.
                unsafe { simd.store(self.out.as_mut_ptr().add(first + v * S::LANES), sum) };
            }
        }
    }
}

/// sums\[k\] += Σ over i of a\[i\] · b\[offset k + i\].
pub(in crate::kernels) struct Dots<'a> {
    /// A multiple of [`STEP`] long.
    pub a: &'a [f32],
    pub b: &'a [f32],
    pub offsets: &'a [usize],
    pub sums: &'a mut [f32],
}

impl Routine for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let reach = self.offsets.iter().max().copied().unwrap_or(0);
        assert!(self.a.len().is_multiple_of(STEP) && reach + self.a.len() <= self.b.len());
        let eights = self.offsets.chunks_exact(8);
        let ones = eights.remainder();
        let split = self.offsets.len() - ones.len();
        let (sums, rest) = self.sums.split_at_mut(split);
        for (offsets, sums) in eights.zip(sums.chunks_exact_mut(8)) {
            dots::<S, 8>(simd, self.a, self.b, offsets, sums);
        }
        for (offset, sum) in ones.chunks_exact(1).zip(rest.chunks_exact_mut(1)) {
            dots::<S, 1>(simd, self.a, self.b, offset, sum);
        }
    }
}

/// `N` sums at a time; offsets + the length of `a` must lie within `b`.
#[inline(always)]
fn dots<S: Simd, const N: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
    offsets: &[usize],
    sums: &mut [f32],
) {
    let mut lanes = [simd.splat(0.0); N];
    for first in (0..a.len()).step_by(S::LANES) {
        // SAFETY: the length of `a` is a multiple of the step and thus of a vector.
        let left = unsafe { simd.load(a.as_ptr().add(first)) };
        for (lane, offset) in lanes.iter_mut().zip(offsets) {
            // SAFETY: the caller checked that offset + length lies within `b`.
            let right = unsafe { simd.load(b.as_ptr().add(offset + first)) };
            *lane = simd.mul_add(left, right, *lane);
        }
    }
    for (sum, lane) in sums.iter_mut().zip(lanes) {
        let mut numbers = [0.0f32; STEP];
        // SAFETY: no vector is longer than a step.
        unsafe { simd.store(numbers.as_mut_ptr(), lane) };
        *sum += numbers[..S::LANES].iter().sum::<f32>();
    }
}
