//! Sums at vectors of neighbouring pixels of several maps, straight from a strip to the output.

use super::finish::Finish;
use super::transpose::Target;
use super::{Routine, Simd};

/// Where a vector of neighbouring pixels starts in the source and in a map of the output.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Place {
    pub source: u32,
    pub out: u32,
}

/// out\[m\]\[out + i\] ← start\[m\] + Σ over terms k of factors\[k\]\[m\] · source\[source + offsets\[k\] + i\] for the
/// vectors at every place, one chain of multiply-adds each.
pub(in crate::kernels) struct PlaceSums<'a> {
    pub source: &'a [f32],
    pub places: &'a [Place],
    pub offsets: &'a [u32],
    /// One per term and map, those of a term together.
    pub factors: &'a [f32],
    /// One per map.
    pub start: &'a [f32],
    /// At most [`MAPS`](super::run::MAPS).
    pub maps: usize,
    /// What becomes of the sums, with a column per map.
    pub finish: Finish<'a>,
    pub out: Target<'a>,
    /// From one map of the output to the next.
    pub map: usize,
}

impl Routine for PlaceSums<'_> {
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

impl PlaceSums<'_> {
    #[inline(always)]
    fn maps<S: Simd, const M: usize>(&self, simd: S) {
        let most = |of: fn(&Place) -> u32| self.places.iter().map(of).max().unwrap_or(0) as usize;
        let reach = self.offsets.iter().max().map_or(0, |&far| far as usize);
        assert!(most(|p| p.source) + reach + S::LANES <= self.source.len());
        assert!(most(|p| p.out) + (M - 1) * self.map + S::LANES <= self.out.len());
        assert!(self.factors.len() >= self.offsets.len() * M && self.start.len() >= M);
        let wide = S::VECTORS.min(4);
        let (whole, rest) = self.places.split_at(self.places.len() / wide * wide);
        // SAFETY: every place was checked to lie within both sides, with all terms and maps.
        unsafe {
            for places in whole.chunks_exact(wide) {
                match wide {
                    4 => self.tile::<S, M, 4>(simd, places),
                    _ => self.tile::<S, M, 2>(simd, places),
                }
            }
            for place in rest {
                self.tile::<S, M, 1>(simd, std::slice::from_ref(place));
            }
        }
    }

    /// The sums of `M` maps at `V` places.
    ///
    /// # Safety
    /// A vector must be readable at the places with every offset, and writable at the places of
    /// every map.
    #[inline(always)]
    unsafe fn tile<S: Simd, const M: usize, const V: usize>(&self, simd: S, places: &[Place]) {
        assert!(places.len() == V);
        // SAFETY: the caller promises what is read and written here; the lengths of the factors and
        // of the start were checked for `M` maps.
        unsafe {
            let mut sums = [[simd.splat(0.0); V]; M];
            for (m, sums) in sums.iter_mut().enumerate() {
                *sums = [simd.splat(*self.start.get_unchecked(m)); V];
            }
            let from: [*const f32; V] =
                std::array::from_fn(|v| self.source.as_ptr().add(places[v].source as usize));
            let mut factors = self.factors.as_ptr();
            for &offset in self.offsets {
                let mut vectors = [simd.splat(0.0); V];
                for (vector, from) in vectors.iter_mut().zip(from) {
                    *vector = simd.load(from.add(offset as usize));
                }
                for (m, sums) in sums.iter_mut().enumerate() {
                    let factor = simd.splat(*factors.add(m));
                    for (sum, vector) in sums.iter_mut().zip(vectors) {
                        *sum = simd.mul_add(factor, vector, *sum);
                    }
                }
                factors = factors.add(M);
            }
            // A place may overlap the one before, so it is finished before the next is written.
            for (v, place) in places.iter().enumerate() {
                let out = self.out.start().add(place.out as usize);
                let maps = std::array::from_fn(|m| out.add(m * self.map));
                for (sums, map) in sums.iter().zip(maps) {
                    simd.store(map, sums[v]);
                }
                self.finish.maps::<S, M, 1>(simd, maps);
            }
        }
    }
}
