//! Products of two runs of pixels, summed.

use super::map_sums::ROUND;
use super::vector::{Routine, Simd};

/// sums\[k\] += Σ over i of a\[i\] · b\[offset k + i\].
pub struct Dots<'a> {
    /// A multiple of [`ROUND`] long.
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
        assert!(self.a.len().is_multiple_of(ROUND) && reach + self.a.len() <= self.b.len());
        let (a, b) = (self.a, self.b);
        let rest = dots::<S, 9>(simd, a, b, (self.offsets, self.sums));
        let rest = dots::<S, 3>(simd, a, b, rest);
        dots::<S, 1>(simd, a, b, rest);
    }
}

/// `N` sums at a time as long as there are that many; gives back the rest. Offsets + the length of `a`
/// must lie within `b`.
#[inline(always)]
fn dots<'a, S: Simd, const N: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
    (offsets, sums): (&'a [usize], &'a mut [f32]),
) -> (&'a [usize], &'a mut [f32]) {
    let whole = offsets.len() / N * N;
    let (now, later) = offsets.split_at(whole);
    let (sums, sums_later) = sums.split_at_mut(whole);
    for (offsets, sums) in now.chunks_exact(N).zip(sums.chunks_exact_mut(N)) {
        let mut lanes = [simd.splat(0.0); N];
        for first in (0..a.len()).step_by(S::LANES) {
            // SAFETY: the length of `a` is a multiple of every vector's.
            let left = unsafe { simd.load(a.as_ptr().add(first)) };
            for (lane, offset) in lanes.iter_mut().zip(offsets) {
                // SAFETY: the caller checked that offset + length lies within `b`.
                let right = unsafe { simd.load(b.as_ptr().add(offset + first)) };
                *lane = simd.mul_add(left, right, *lane);
            }
        }
        for (sum, lane) in sums.iter_mut().zip(lanes) {
            let mut elements = [0.0f32; ROUND];
            // SAFETY: no vector is longer than `ROUND`.
            unsafe { simd.store(elements.as_mut_ptr(), lane) };
            *sum += elements[..S::LANES].iter().sum::<f32>();
        }
    }
    (later, sums_later)
}
