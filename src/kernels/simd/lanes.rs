//! Sums that never mix lanes: a vector lies along channels that have nothing to do with each other.

use super::epilogue::{Norms, TileEpilogue};
use super::vector::{Routine, Simd};

/// For every output pixel, the vectors that its taps read.
pub struct Reads {
    taps: usize,
    indices: Vec<u32>,
    /// One more than the largest index.
    vectors: usize,
}

impl Reads {
    /// The table of indices, tap by tap for one output pixel after the other.
    pub fn new(taps: usize, indices: Vec<u32>) -> Reads {
        assert!(taps > 0 && indices.len().is_multiple_of(taps));
        let vectors = indices.iter().max().map_or(0, |&last| last as usize + 1);
        Reads {
            taps,
            indices,
            vectors,
        }
    }

    fn outputs(&self) -> usize {
        self.indices.len() / self.taps
    }

    /// Panics unless there is a vector for every index, output pixel and tap.
    fn check<S: Simd>(&self, read: usize, outputs: usize, taps: usize) {
        assert!(self.vectors * S::LANES <= read);
        assert!(self.outputs() * S::LANES <= outputs);
        assert!(self.taps * S::LANES <= taps);
    }
}

/// out\[pixel\] ← start + Σ over taps of factors\[tap\] · source\[reads\[pixel\]\[tap\]\], one chain of multiply-adds
/// per lane.
pub struct LaneSums<'a> {
    pub reads: &'a Reads,
    pub source: &'a [f32],
    pub factors: &'a [f32],
    /// A vector.
    pub start: &'a [f32],
    pub norms: Option<&'a Norms>,
    pub relu: bool,
    pub out: &'a mut [f32],
}

impl Routine for LaneSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let outputs = self.reads.outputs();
        let factors = self.factors.len();
        self.reads
            .check::<S>(self.source.len(), self.out.len(), factors);
        assert!(self.start.len() >= S::LANES);
        let mut first = 0;
        while first < outputs {
            // SAFETY: vectors were checked to be there for every output pixel and what it reads.
            first += unsafe {
                match outputs - first {
                    1 => self.pixels::<S, 1>(simd, first),
                    2 | 3 => self.pixels::<S, 2>(simd, first),
                    4..=7 => self.pixels::<S, 4>(simd, first),
                    _ => self.pixels::<S, 8>(simd, first),
                }
            };
        }
    }
}

impl LaneSums<'_> {
    /// `N` output pixels from the first on; gives back `N`.
    ///
    /// # Safety
    /// There must be as many, and all must have been checked.
    #[inline(always)]
    unsafe fn pixels<S: Simd, const N: usize>(&mut self, simd: S, first: usize) -> usize {
        let taps = self.reads.taps;
        let reads = &self.reads.indices[first * taps..(first + N) * taps];
        // SAFETY: the caller promises what is read and written.
        unsafe {
            let mut sums = [simd.load(self.start.as_ptr()); N];
            for tap in 0..taps {
                let factor = simd.load(self.factors.as_ptr().add(tap * S::LANES));
                for (n, sum) in sums.iter_mut().enumerate() {
                    let read = *reads.get_unchecked(n * taps + tap) as usize;
                    let source = simd.load(self.source.as_ptr().add(read * S::LANES));
                    *sum = simd.mul_add(factor, source, *sum);
                }
            }
            let out = self.out.as_mut_ptr().add(first * S::LANES);
            let targets: [*mut f32; N] = std::array::from_fn(|n| out.add(n * S::LANES));
            for (&target, sum) in targets.iter().zip(sums) {
                simd.store(target, sum);
            }
            let epilogue = TileEpilogue {
                norms: self.norms,
                relu: self.relu,
            };
            epilogue.rows::<S, N, 1>(simd, targets);
        }
        N
    }
}

/// sums\[tap\] += Σ over pixels of a\[pixel\] · source\[reads\[pixel\]\[tap\]\], lane by lane.
pub struct LaneDots<'a> {
    pub reads: &'a Reads,
    pub source: &'a [f32],
    /// A vector per output pixel.
    pub a: &'a [f32],
    /// A vector per tap.
    pub sums: &'a mut [f32],
}

impl Routine for LaneDots<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let taps = self.reads.taps;
        let sums = self.sums.len();
        self.reads.check::<S>(self.source.len(), self.a.len(), sums);
        let mut first = 0;
        while first < taps {
            // SAFETY: vectors were checked to be there for every output pixel, tap and what they read.
            first += unsafe {
                match taps - first {
                    1 | 2 => self.taps::<S, 1>(simd, first),
                    3..=8 => self.taps::<S, 3>(simd, first),
                    _ => self.taps::<S, 9>(simd, first),
                }
            };
        }
    }
}

impl LaneDots<'_> {
    /// The sums of `N` taps from the first on; gives back `N`.
    ///
    /// # Safety
    /// There must be as many, and all must have been checked.
    #[inline(always)]
    unsafe fn taps<S: Simd, const N: usize>(&mut self, simd: S, first: usize) -> usize {
        let mut lanes = [simd.splat(0.0); N];
        // SAFETY: the caller promises what is read and written.
        unsafe {
            for (pixel, reads) in self.reads.indices.chunks_exact(self.reads.taps).enumerate() {
                let a = simd.load(self.a.as_ptr().add(pixel * S::LANES));
                for (n, lanes) in lanes.iter_mut().enumerate() {
                    let read = *reads.get_unchecked(first + n) as usize;
                    let source = simd.load(self.source.as_ptr().add(read * S::LANES));
                    *lanes = simd.mul_add(a, source, *lanes);
                }
            }
            // Added at the end, so that the errors of a long sum stay those of short ones.
            for (n, &lanes) in lanes.iter().enumerate() {
                let target = self.sums.as_mut_ptr().add((first + n) * S::LANES);
                let sum = simd.mul_add(simd.splat(1.0), lanes, simd.load(target));
                simd.store(target, sum);
            }
        }
        N
    }
}

/// sums\[reads\[pixel\]\[tap\]\] += factors\[tap\] · a\[pixel\], pixel by pixel: what [`LaneSums`] read gets its
/// gradient.
pub struct LaneScatter<'a> {
    pub reads: &'a Reads,
    /// A vector per output pixel.
    pub a: &'a [f32],
    /// A vector per tap.
    pub factors: &'a [f32],
    pub sums: &'a mut [f32],
}

impl Routine for LaneScatter<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let factors = self.factors.len();
        self.reads
            .check::<S>(self.sums.len(), self.a.len(), factors);
        for (pixel, reads) in self.reads.indices.chunks_exact(self.reads.taps).enumerate() {
            // SAFETY: vectors were checked to be there for every output pixel, tap and what they read.
            unsafe {
                let a = simd.load(self.a.as_ptr().add(pixel * S::LANES));
                for (tap, &read) in reads.iter().enumerate() {
                    let factor = simd.load(self.factors.as_ptr().add(tap * S::LANES));
                    let target = self.sums.as_mut_ptr().add(read as usize * S::LANES);
                    simd.store(target, simd.mul_add(factor, a, simd.load(target)));
                }
            }
        }
    }
}
