//! Sums of several maps at vectors of neighbouring pixels: vectors lie along the pixels, scalars are weights.

use super::epilogue::TileEpilogue;
use super::transpose::Target;
use super::vector::{Routine, Simd};

/// Runs are rounded up to this many elements, a multiple of every vector.
pub const ROUND: usize = 16;

/// The most maps that share what they read.
pub const MAPS: usize = 6;

/// out\[m\]\[i\] ← start\[m\] + Σ over terms k of factors\[k\]\[m\] · source\[offsets\[k\] + i\] for i < `len`, one chain
/// of multiply-adds each.
pub struct MapSums<'a> {
    pub source: &'a [f32],
    /// A multiple of [`ROUND`].
    pub len: usize,
    pub offsets: &'a [u32],
    /// One per term and map, those of a term together.
    pub factors: &'a [f32],
    /// One per map; what `out` holds where there is none.
    pub start: Option<&'a [f32]>,
    /// At most [`MAPS`].
    pub maps: usize,
    /// What becomes of the sums, with a column per map.
    pub epilogue: TileEpilogue<'a>,
    pub out: Target<'a>,
    /// From one map of the output to the next.
    pub map: usize,
}

impl Routine for MapSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
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

impl MapSums<'_> {
    #[inline(always)]
    fn maps<S: Simd, const M: usize>(&self, simd: S) {
        let len = self.len;
        assert!(len.is_multiple_of(ROUND));
        if len == 0 {
            return;
        }
        let reach = self.offsets.iter().max().map_or(0, |&far| far as usize);
        assert!(self.offsets.is_empty() || len + reach <= self.source.len());
        assert!((M - 1) * self.map + len <= self.out.len());
        assert!(self.factors.len() >= self.offsets.len() * M);
        assert!(self.start.is_none_or(|start| start.len() >= M));
        let wide = S::VECTORS.min(4) * S::LANES;
        let mut first = 0;
        // SAFETY: the tiles lie within `len`, which was just checked to lie within both sides, with all terms
        // and maps.
        unsafe {
            while first + wide <= len {
                match S::VECTORS {
                    4 => self.tile::<S, M, 4>(simd, first),
                    _ => self.tile::<S, M, 2>(simd, first),
                }
                first += wide;
            }
            while first < len {
                self.tile::<S, M, 1>(simd, first);
                first += S::LANES;
            }
        }
    }

    /// The sums of `M` maps at `V` vectors from `first` on.
    ///
    /// # Safety
    /// They must be readable with every offset, and writable in every map.
    #[inline(always)]
    unsafe fn tile<S: Simd, const M: usize, const V: usize>(&self, simd: S, first: usize) {
        // SAFETY: the caller promises what is read and written here; the lengths of the factors and
        // of the start were checked for `M` maps.
        unsafe {
            let out = self.out.start().add(first);
            let mut sums = [[simd.splat(0.0); V]; M];
            for (m, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = match self.start {
                        Some(start) => simd.splat(*start.get_unchecked(m)),
                        None => simd.load(out.add(m * self.map + v * S::LANES)),
                    };
                }
            }
            let mut factors = self.factors.as_ptr();
            let source = self.source.as_ptr().wrapping_add(first);
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
                    simd.store(out.add(m * self.map + v * S::LANES), *sum);
                }
            }
            let maps = std::array::from_fn(|m| out.add(m * self.map));
            self.epilogue.maps::<S, M, V>(simd, maps);
        }
    }
}
