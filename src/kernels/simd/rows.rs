//! Sums of the windows of one map, rows straight to where they belong.

use super::epilogue::TileEpilogue;
use super::transpose::Target;
use super::vector::{Routine, Simd};

/// out\[row, column\] ← start + Σ over taps (y, x) of factors\[y, x\] · source\[row + y, column + x · dilation\], one
/// chain of multiply-adds, the taps row by row.
pub struct RowSums<'a> {
    pub rows: usize,
    /// At least as many as any vector has lanes.
    pub columns: usize,
    pub source: &'a [f32],
    pub source_stride: usize,
    pub kernel: [usize; 2],
    /// Across.
    pub dilation: usize,
    pub factors: &'a [f32],
    pub start: f32,
    /// What becomes of the sums, with the norm in the first column.
    pub epilogue: TileEpilogue<'a>,
    pub out: Target<'a>,
    pub out_stride: usize,
}

impl Routine for RowSums<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (rows, columns, [down, across]) = (self.rows, self.columns, self.kernel);
        if rows == 0 {
            return;
        }
        let reach = (rows + down - 2) * self.source_stride + (across - 1) * self.dilation;
        assert!(columns >= S::LANES && reach + columns <= self.source.len());
        assert!(down * across <= self.factors.len());
        assert!((rows - 1) * self.out_stride + columns <= self.out.len());
        // SAFETY: all windows of these rows and columns were checked to lie within the source, and
        // the rows within the target.
        unsafe {
            match self.kernel {
                [3, 3] => self.all::<S, 3>(simd),
                _ => self.all::<S, 0>(simd),
            }
        }
    }
}

impl RowSums<'_> {
    /// All rows for a kernel of `K` × `K`, or of any size where `K` is 0.
    ///
    /// # Safety
    /// Sizes must have been checked.
    #[inline(always)]
    unsafe fn all<S: Simd, const K: usize>(&self, simd: S) {
        let mut row = 0;
        // SAFETY: the caller promises the sizes.
        unsafe {
            while row + 4 <= self.rows {
                self.some::<S, K, 4>(simd, row);
                row += 4;
            }
            while row < self.rows {
                self.some::<S, K, 1>(simd, row);
                row += 1;
            }
        }
    }

    /// `R` rows from `row` on; the last vector of a row ends with it and may overlap the one before.
    ///
    /// # Safety
    /// The rows must be among those that were checked.
    #[inline(always)]
    unsafe fn some<S: Simd, const K: usize, const R: usize>(&self, simd: S, row: usize) {
        let mut column = 0;
        // SAFETY: the caller promises the rows, and the tiles lie within the columns.
        unsafe {
            while column + 2 * S::LANES <= self.columns {
                self.tile::<S, K, R, 2>(simd, row, column);
                column += 2 * S::LANES;
            }
            while column < self.columns {
                self.tile::<S, K, R, 1>(simd, row, column.min(self.columns - S::LANES));
                column += S::LANES;
            }
        }
    }

    /// # Safety
    /// `R` rows of `V` vectors must be among those that were checked.
    #[inline(always)]
    unsafe fn tile<S: Simd, const K: usize, const R: usize, const V: usize>(
        &self,
        simd: S,
        row: usize,
        column: usize,
    ) {
        let [down, across] = match K {
            0 => self.kernel,
            _ => [K, K],
        };
        // SAFETY: the caller promises the rows and vectors, whose windows were checked.
        unsafe {
            let mut sums = [[simd.splat(self.start); V]; R];
            for line in 0..down + R - 1 {
                let from = self.source.as_ptr();
                let from = from.add((row + line) * self.source_stride + column);
                for x in 0..across {
                    let from = from.add(x * self.dilation);
                    let mut vectors = [simd.splat(0.0); V];
                    for (v, vector) in vectors.iter_mut().enumerate() {
                        *vector = simd.load(from.add(v * S::LANES));
                    }
                    for (r, sums) in sums.iter_mut().enumerate() {
                        // The row of the kernel that meets this line.
                        let y = line.wrapping_sub(r);
                        if y < down {
                            let factor = simd.splat(*self.factors.as_ptr().add(y * across + x));
                            for (sum, vector) in sums.iter_mut().zip(vectors) {
                                *sum = simd.mul_add(factor, vector, *sum);
                            }
                        }
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                let out = self.out.start().add((row + r) * self.out_stride + column);
                for (v, &sum) in sums.iter().enumerate() {
                    simd.store(out.add(v * S::LANES), sum);
                }
                self.epilogue.maps::<S, 1, V>(simd, [out]);
            }
        }
    }
}
