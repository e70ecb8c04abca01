//! Sums along a run of neighbouring pixels: vectors lie along the pixels, scalars are weights.

use super::finish::Finish;
use super::{Routine, Simd};

/// Runs are rounded up to this many numbers, a multiple of every vector.
pub(in crate::kernels) const ROUND: usize = 16;

/// The most maps that share what they read.
pub(in crate::kernels) const MAPS: usize = 6;

/// out\[m\]\[i\] ← start + Σ over terms k of factors\[k\]\[m\] · source\[offsets\[k\] + i\], one chain of multiply-adds
/// each.
pub(in crate::kernels) struct Combine<'a> {
    pub source: &'a [f32],
    pub offsets: &'a [u32],
    /// One per term and map, those of a term together.
    pub factors: &'a [f32],
    /// One per map; what `out` holds where there is none.
    pub start: Option<&'a [f32]>,
    /// At most [`MAPS`].
    pub maps: usize,
    /// What becomes of the sums, with a column per map.
    pub finish: Finish<'a>,
    /// The maps one after the other, each a multiple of [`ROUND`].
    pub out: &'a mut [f32],
}

impl Routine for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        match self.maps {
            1 => self.maps::<S, 1>(simd),
            2 => self.maps::<S, 2>(simd),
            3 => self.maps::<S, 3>(simd),
            4 => self.maps::<S, 4>(simd),
            5 => self.maps::<S, 5>(simd),
            6 => self.maps::<S, 6>(simd),
            maps => unreachable!("no tile of {maps} maps"),
        }
    }
}

impl Combine<'_> {
    #[inline(always)]
    fn maps<S: Simd, const M: usize>(&mut self, simd: S) {
        let len = self.out.len() / M;
        assert!(len * M == self.out.len() && len.is_multiple_of(ROUND));
        let reach = self.offsets.iter().max().map_or(0, |&far| far as usize);
        assert!(self.offsets.is_empty() || reach + len <= self.source.len());
        assert!(self.factors.len() >= self.offsets.len() * M);
        assert!(self.start.is_none_or(|start| start.len() >= M));
        let wide = S::VECTORS.min(4) * S::LANES;
        let mut first = 0;
        // SAFETY: offset + len was checked to lie within the source, and the tiles lie within len.
        unsafe {
            while first + wide <= len {
                match S::VECTORS {
                    4 => self.tile::<S, M, 4>(simd, first, len),
                    _ => self.tile::<S, M, 2>(simd, first, len),
                }
                first += wide;
            }
            while first < len {
                self.tile::<S, M, 1>(simd, first, len);
                first += S::LANES;
            }
        }
    }

    /// The sums of `M` maps of `len` numbers at `V` vectors from `first` on.
    ///
    /// # Safety
    /// The vectors must lie within `len`, and `len` numbers from every offset within the source.
    #[inline(always)]
    unsafe fn tile<S: Simd, const M: usize, const V: usize>(
        &mut self,
        simd: S,
        first: usize,
        len: usize,
    ) {
        // SAFETY: the caller promises what is read and written here; the lengths of the factors and
        // of the start were checked for `M` maps.
        unsafe {
            let out = self.out.as_mut_ptr().add(first);
            let mut sums = [[simd.splat(0.0); V]; M];
            for (m, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = match self.start {
                        Some(start) => simd.splat(*start.get_unchecked(m)),
                        None => simd.load(out.add(m * len + v * S::LANES)),
                    };
                }
            }
            let mut factors = self.factors.as_ptr();
            let source = self.source.as_ptr().add(first);
            for &offset in self.offsets {
                let from = source.add(offset as usize);
                let mut vectors = [simd.splat(0.0); V];
                for (v, vector) in vectors.iter_mut().enumerate() {
                    *vector = simd.load(from.add(v * S::LANES));
                }
                for (m, sums) in sums.iter_mut().enumerate() {
                    let factor = simd.splat(*factors.add(m));
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = simd.mul_add(factor, vector, *sum);
                    }
                }
                factors = factors.add(M);
            }
            for (m, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    simd.store(out.add(m * len + v * S::LANES), *sum);
                }
            }
            let maps = std::array::from_fn(|m| out.add(m * len));
            self.finish.maps::<S, M, V>(simd, maps);
        }
    }
}

/// sums\[k\] += Σ over i of a\[i\] · b\[offset k + i\].
pub(in crate::kernels) struct Dots<'a> {
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
            let mut numbers = [0.0f32; ROUND];
            // SAFETY: no vector is longer than `ROUND`.
            unsafe { simd.store(numbers.as_mut_ptr(), lane) };
            *sum += numbers[..S::LANES].iter().sum::<f32>();
        }
    }
    (later, sums_later)
}
