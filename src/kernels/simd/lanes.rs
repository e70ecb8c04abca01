//! Sums that never mix lanes: vectors lie along maps that have nothing to do with each other.

use super::finish::{Finish, Norms};
use super::{Routine, Simd};

/// A product of a sum: where its vectors lie, from the first of their kind on.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Term {
    pub source: u32,
    pub factor: u32,
}

/// The products of a sum, in the order in which they are added.
#[derive(Default)]
pub(in crate::kernels) struct Terms {
    terms: Vec<Term>,
    source_reach: usize,
    factor_reach: usize,
}

impl FromIterator<Term> for Terms {
    fn from_iter<I: IntoIterator<Item = Term>>(terms: I) -> Terms {
        let terms: Vec<Term> = terms.into_iter().collect();
        let reach = |of: fn(&Term) -> u32| terms.iter().map(of).max().unwrap_or(0) as usize;
        Terms {
            source_reach: reach(|t| t.source),
            factor_reach: reach(|t| t.factor),
            terms,
        }
    }
}

/// out\[map, row, column\] ← start\[map\] + Σ over terms of factor\[map\] · source\[row, column\], one chain of
/// multiply-adds per lane.
pub(in crate::kernels) struct LaneSums<'a> {
    pub maps: usize,
    /// Rows and columns.
    pub size: [usize; 2],
    pub terms: &'a Terms,
    pub source: &'a [f32],
    /// Numbers from a row and from a column to the next.
    pub source_steps: [usize; 2],
    pub factors: &'a [f32],
    /// Numbers from a map's factor to the next map's.
    pub factor_step: usize,
    /// A vector per map.
    pub start: &'a [f32],
    /// One per map, where sums are normalised; else empty.
    pub norms: &'a [Norms],
    pub relu: bool,
    pub out: &'a mut [f32],
    /// Numbers from a map, a row and a column to the next.
    pub out_steps: [usize; 3],
}

impl Routine for LaneSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let [rows, columns] = self.size;
        if self.maps == 0 || rows == 0 || columns == 0 {
            return;
        }
        self.check::<S>();
        // The registers hold the sums, a factor per map and a vector of the source.
        let (of_two, of_four) = if S::VECTORS == 4 { (8, 5) } else { (4, 2) };
        let mut map = 0;
        while map < self.maps {
            // SAFETY: what is read and written for these maps was checked.
            map += unsafe {
                match self.maps - map {
                    1 => self.some::<S, 1>(simd, map, 8),
                    2 | 3 => self.some::<S, 2>(simd, map, of_two),
                    _ => self.some::<S, 4>(simd, map, of_four),
                }
            };
        }
    }
}

impl LaneSums<'_> {
    fn check<S: Simd>(&self) {
        let [rows, columns] = self.size.map(|n| n - 1);
        let maps = self.maps - 1;
        let source = rows * self.source_steps[0] + columns * self.source_steps[1] + S::LANES;
        let factor = maps * self.factor_step + S::LANES;
        let [map, row, column] = self.out_steps;
        if !self.terms.terms.is_empty() {
            assert!(self.terms.source_reach + source <= self.source.len());
            assert!(self.terms.factor_reach + factor <= self.factors.len());
        }
        assert!(maps * map + rows * row + columns * column + S::LANES <= self.out.len());
        assert!(self.maps * S::LANES <= self.start.len());
        assert!(self.norms.is_empty() || self.norms.len() == self.maps);
    }

    /// All rows of `M` maps in tiles of at most `most` columns, about as many in each; gives back `M`.
    ///
    /// # Safety
    /// The maps must lie within those that were checked.
    #[inline(always)]
    unsafe fn some<S: Simd, const M: usize>(&mut self, simd: S, map: usize, most: usize) -> usize {
        let [rows, columns] = self.size;
        let tiles = columns.div_ceil(most);
        let (even, longer) = (columns / tiles, columns % tiles);
        for row in 0..rows {
            let mut column = 0;
            for tile in 0..tiles {
                let at = [map, row, column];
                let width = even + usize::from(tile < longer);
                // SAFETY: the caller promises the maps, and the tiles end with the row.
                unsafe {
                    match width {
                        1 => self.tile::<S, M, 1>(simd, at),
                        2 => self.tile::<S, M, 2>(simd, at),
                        3 => self.tile::<S, M, 3>(simd, at),
                        4 => self.tile::<S, M, 4>(simd, at),
                        5 => self.tile::<S, M, 5>(simd, at),
                        6 => self.tile::<S, M, 6>(simd, at),
                        7 => self.tile::<S, M, 7>(simd, at),
                        8 => self.tile::<S, M, 8>(simd, at),
                        width => unreachable!("no tile of {width} columns"),
                    }
                }
                column += width;
            }
        }
        M
    }

    /// # Safety
    /// `M` maps and `T` columns from there on must lie within those that were checked.
    #[inline(always)]
    unsafe fn tile<S: Simd, const M: usize, const T: usize>(
        &mut self,
        simd: S,
        [map, row, column]: [usize; 3],
    ) {
        let [down, across] = self.source_steps;
        let [of_map, of_row, of_column] = self.out_steps;
        // SAFETY: the caller promises maps and columns, of which all was checked.
        unsafe {
            let source = self.source.as_ptr().add(row * down + column * across);
            let factors = self.factors.as_ptr().add(map * self.factor_step);
            let start = self.start.as_ptr().add(map * S::LANES);
            let mut sums = [[simd.splat(0.0); T]; M];
            for (m, sums) in sums.iter_mut().enumerate() {
                *sums = [simd.load(start.add(m * S::LANES)); T];
            }
            for term in &self.terms.terms {
                let (from, factor) = (
                    source.add(term.source as usize),
                    factors.add(term.factor as usize),
                );
                let mut of_maps = [simd.splat(0.0); M];
                for (m, factor_of_map) in of_maps.iter_mut().enumerate() {
                    *factor_of_map = simd.load(factor.add(m * self.factor_step));
                }
                for t in 0..T {
                    let vector = simd.load(from.add(t * across));
                    for (sums, &factor) in sums.iter_mut().zip(&of_maps) {
                        sums[t] = simd.mul_add(factor, vector, sums[t]);
                    }
                }
            }
            let out = self.out.as_mut_ptr();
            let out = out.add(map * of_map + row * of_row + column * of_column);
            for (m, sums) in sums.iter().enumerate() {
                let places: [*mut f32; T] =
                    std::array::from_fn(|t| out.add(m * of_map + t * of_column));
                for (&place, &sum) in places.iter().zip(sums) {
                    simd.store(place, sum);
                }
                let finish = Finish {
                    norms: self.norms.get(map + m),
                    relu: self.relu,
                };
                finish.rows::<S, T, 1>(simd, places);
            }
        }
    }
}

/// sums\[k\] += Σ over rows and columns of a\[row, column\] · b\[offset k + row, column\], lane by lane.
pub(in crate::kernels) struct LaneDots<'a> {
    /// Rows and columns.
    pub size: [usize; 2],
    /// Vectors one after the other.
    pub a: &'a [f32],
    pub b: &'a [f32],
    /// Numbers from a row and from a column of `b` to the next.
    pub b_steps: [usize; 2],
    pub offsets: &'a [u32],
    /// A vector per offset.
    pub sums: &'a mut [f32],
}

impl Routine for LaneDots<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let [rows, columns] = self.size;
        if rows == 0 || columns == 0 {
            return;
        }
        let reach = self.offsets.iter().max().map_or(0, |&far| far as usize);
        let last = (rows - 1) * self.b_steps[0] + (columns - 1) * self.b_steps[1];
        assert!(reach + last + S::LANES <= self.b.len());
        assert!(rows * columns * S::LANES <= self.a.len());
        assert!(self.offsets.len() * S::LANES <= self.sums.len());
        let mut first = 0;
        while first < self.offsets.len() {
            // SAFETY: what is read and written for every offset was checked.
            first += unsafe {
                match self.offsets.len() - first {
                    1 | 2 => self.some::<S, 1>(simd, first),
                    3 | 4 => self.some::<S, 3>(simd, first),
                    5 | 6 => self.some::<S, 5>(simd, first),
                    7 | 8 => self.some::<S, 7>(simd, first),
                    _ => self.some::<S, 9>(simd, first),
                }
            };
        }
    }
}

impl LaneDots<'_> {
    /// The sums of `N` offsets; gives back `N`.
    ///
    /// # Safety
    /// They must be among those that were checked.
    #[inline(always)]
    unsafe fn some<S: Simd, const N: usize>(&mut self, simd: S, first: usize) -> usize {
        let [rows, columns] = self.size;
        let [down, across] = self.b_steps;
        let mut lanes = [simd.splat(0.0); N];
        // SAFETY: the caller promises the offsets, of which all was checked.
        unsafe {
            let sums = self.sums.as_mut_ptr().add(first * S::LANES);
            let mut left = self.a.as_ptr();
            for row in 0..rows {
                let row = self.b.as_ptr().add(row * down);
                let offset = |k: usize| *self.offsets.get_unchecked(first + k) as usize;
                let mut right: [*const f32; N] = std::array::from_fn(|k| row.add(offset(k)));
                for _ in 0..columns {
                    let a = simd.load(left);
                    for (lanes, right) in lanes.iter_mut().zip(&mut right) {
                        *lanes = simd.mul_add(a, simd.load(*right), *lanes);
                        *right = right.wrapping_add(across);
                    }
                    left = left.add(S::LANES);
                }
            }
            // Added at the end, so that the errors of a long sum stay those of short ones.
            for (k, &lanes) in lanes.iter().enumerate() {
                let place = sums.add(k * S::LANES);
                simd.store(
                    place,
                    simd.mul_add(simd.splat(1.0), lanes, simd.load(place)),
                );
            }
        }
        N
    }
}
