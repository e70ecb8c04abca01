//! The transpose of a strided matrix.

use std::marker::PhantomData;

use super::{Routine, Simd};

/// Memory to write to, of which other threads may write other elements at the same time.
pub(in crate::kernels) struct Target<'a> {
    start: *mut f32,
    len: usize,
    slice: PhantomData<&'a mut [f32]>,
}

impl<'a> From<&'a mut [f32]> for Target<'a> {
    fn from(slice: &'a mut [f32]) -> Target<'a> {
        Target {
            start: slice.as_mut_ptr(),
            len: slice.len(),
            slice: PhantomData,
        }
    }
}

impl Target<'_> {
    /// Memory that is not borrowed by a slice.
    ///
    /// # Safety
    /// `len` numbers from `start` must be writable, and nothing else may access those that are
    /// written through this.
    pub unsafe fn new(start: *mut f32, len: usize) -> Self {
        Target {
            start,
            len,
            slice: PhantomData,
        }
    }
}

/// to\[column\]\[row\] ← from\[row\]\[column\].
pub(in crate::kernels) struct Transpose<'a> {
    pub rows: usize,
    pub columns: usize,
    pub from: &'a [f32],
    pub from_stride: usize,
    pub to: Target<'a>,
    pub to_stride: usize,
}

/// Rows whose part of the matrix stays in the first-level cache while all columns are turned.
const ROWS_AT_ONCE: usize = 64;

impl Routine for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (rows, columns) = (self.rows, self.columns);
        if rows == 0 || columns == 0 {
            return;
        }
        assert!(self.from.len() >= (rows - 1) * self.from_stride + columns);
        assert!(self.to.len >= (columns - 1) * self.to_stride + rows);
        let (whole_rows, whole_columns) = (rows - rows % S::SQUARE, columns - columns % S::SQUARE);
        for first in (0..whole_rows).step_by(ROWS_AT_ONCE) {
            let last = (first + ROWS_AT_ONCE).min(whole_rows);
            for column in (0..whole_columns).step_by(S::SQUARE) {
                for row in (first..last).step_by(S::SQUARE) {
                    // SAFETY: the square lies within the rows and columns, which were checked to lie
                    // within both sides.
                    unsafe {
                        let from = self.from.as_ptr().add(row * self.from_stride + column);
                        let to = self.to.start.add(column * self.to_stride + row);
                        simd.transpose((from, self.from_stride), (to, self.to_stride));
                    }
                }
            }
            self.one_by_one(first..last, whole_columns..columns);
        }
        self.one_by_one(whole_rows..rows, 0..columns);
    }
}

impl Transpose<'_> {
    /// The part that is no whole square.
    #[inline(always)]
    fn one_by_one(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) {
        for column in columns {
            for row in rows.clone() {
                let value = self.from[row * self.from_stride + column];
                // SAFETY: rows and columns were checked to lie within the target.
                unsafe { *self.to.start.add(column * self.to_stride + row) = value };
            }
        }
    }
}
