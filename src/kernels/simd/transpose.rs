//! The transpose of a strided matrix.

use std::marker::PhantomData;
use std::ops::Range;

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
    /// The first number.
    pub(super) fn start(&self) -> *mut f32 {
        self.start
    }

    /// Numbers from the start on.
    pub(super) fn len(&self) -> usize {
        self.len
    }

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

/// The side of a block that stays in the first-level cache.
const BLOCK: usize = 64;

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
        for row in (0..whole_rows).step_by(BLOCK) {
            for column in (0..whole_columns).step_by(BLOCK) {
                let rows = row..(row + BLOCK).min(whole_rows);
                let columns = column..(column + BLOCK).min(whole_columns);
                // SAFETY: the block lies within the rows and columns, which were checked to lie
                // within both sides.
                unsafe { self.block(simd, rows, columns) };
            }
        }
        self.one_by_one(0..whole_rows, whole_columns..columns);
        self.one_by_one(whole_rows..rows, 0..columns);
    }
}

impl Transpose<'_> {
    /// Turns a block of whole squares, along the side whose lines lie further apart.
    ///
    /// # Safety
    /// The block must lie within both sides.
    #[inline(always)]
    unsafe fn block<S: Simd>(&self, simd: S, rows: Range<usize>, columns: Range<usize>) {
        let pair = 2 * S::SQUARE;
        if self.from_stride > self.to_stride {
            for row in rows.clone().step_by(pair) {
                for column in columns.clone().step_by(pair) {
                    // SAFETY: the caller promises that the block lies within both sides.
                    unsafe { self.squares(simd, row..rows.end, column..columns.end) };
                }
            }
        } else {
            for column in columns.clone().step_by(pair) {
                for row in rows.clone().step_by(pair) {
                    // SAFETY: as above.
                    unsafe { self.squares(simd, row..rows.end, column..columns.end) };
                }
            }
        }
    }

    /// Turns the first two by two squares, so that cache lines are read and written as a whole.
    ///
    /// # Safety
    /// Rows and columns must lie within both sides.
    #[inline(always)]
    unsafe fn squares<S: Simd>(&self, simd: S, rows: Range<usize>, columns: Range<usize>) {
        for column in columns.step_by(S::SQUARE).take(2) {
            for row in rows.clone().step_by(S::SQUARE).take(2) {
                // SAFETY: the caller promises that the square lies within both sides.
                unsafe {
                    let from = self.from.as_ptr().add(row * self.from_stride + column);
                    let to = self.to.start.add(column * self.to_stride + row);
                    simd.transpose((from, self.from_stride), (to, self.to_stride));
                }
            }
        }
    }

    /// The part that is no whole square.
    #[inline(always)]
    fn one_by_one(&self, rows: Range<usize>, columns: Range<usize>) {
        for column in columns {
            for row in rows.clone() {
                let value = self.from[row * self.from_stride + column];
                // SAFETY: rows and columns were checked to lie within the target.
                unsafe { *self.to.start.add(column * self.to_stride + row) = value };
            }
        }
    }
}
