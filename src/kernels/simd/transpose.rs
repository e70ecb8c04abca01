//! The transpose of a strided matrix.

use std::marker::PhantomData;
use std::ops::Range;

use super::vector::{Routine, Simd};

/// Memory to write to, of which other threads may write other elements at the same time.
pub struct Target<'a> {
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
    /// The first element.
    pub fn start(&self) -> *mut f32 {
        self.start
    }

    /// Elements from the start on.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Memory that is not borrowed by a slice.
    ///
    /// # Safety
    /// `len` elements from `start` must be writable, and nothing else may access those that are
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
pub struct Transpose<'a> {
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
        if rows < S::SQUARE || columns < S::SQUARE {
            self.one_by_one();
            return;
        }
        for row in (0..rows).step_by(BLOCK) {
            for column in (0..columns).step_by(BLOCK) {
                // SAFETY: rows and columns were checked to lie within both sides and to hold a square.
                unsafe { self.block(simd, row, column) };
            }
        }
    }
}

impl Transpose<'_> {
    /// Transposes the block that starts there, along the side whose lines lie further apart.
    ///
    /// # Safety
    /// There must be as many rows and columns as a square has, within both sides.
    #[inline(always)]
    unsafe fn block<S: Simd>(&self, simd: S, row: usize, column: usize) {
        let (rows, columns) = (
            row..(row + BLOCK).min(self.rows),
            column..(column + BLOCK).min(self.columns),
        );
        let pair = 2 * S::SQUARE;
        if self.from_stride > self.to_stride {
            for rows in steps(rows, pair) {
                for columns in steps(columns.clone(), pair) {
                    // Whole cache lines of some rows, before those of others take their place.
                    for row in rows.clone().step_by(S::SQUARE) {
                        for column in columns.clone().step_by(S::SQUARE) {
                            // SAFETY: the caller promises room for a square.
                            unsafe { self.square(simd, row, column) };
                        }
                    }
                }
            }
        } else {
            for columns in steps(columns, pair) {
                for rows in steps(rows.clone(), pair) {
                    for column in columns.clone().step_by(S::SQUARE) {
                        for row in rows.clone().step_by(S::SQUARE) {
                            // SAFETY: as above.
                            unsafe { self.square(simd, row, column) };
                        }
                    }
                }
            }
        }
    }

    /// Transposes a square, the last whole one where less than one is left.
    ///
    /// # Safety
    /// There must be as many rows and columns as a square has, within both sides.
    #[inline(always)]
    unsafe fn square<S: Simd>(&self, simd: S, row: usize, column: usize) {
        let row = row.min(self.rows - S::SQUARE);
        let column = column.min(self.columns - S::SQUARE);
        // SAFETY: the square ends with the rows and columns, which the caller promises.
        unsafe {
            let from = self.from.as_ptr().add(row * self.from_stride + column);
            let to = self.to.start.add(column * self.to_stride + row);
            simd.transpose((from, self.from_stride), (to, self.to_stride));
        }
    }

    /// Transposes what holds no square.
    #[inline(always)]
    fn one_by_one(&self) {
        for column in 0..self.columns {
            for row in 0..self.rows {
                let value = self.from[row * self.from_stride + column];
                // SAFETY: rows and columns were checked to lie within the target.
                unsafe { *self.to.start.add(column * self.to_stride + row) = value };
            }
        }
    }
}

/// A range in steps of `size`, of which the last may be shorter.
#[inline(always)]
fn steps(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range
        .step_by(size)
        .map(move |first| first..(first + size).min(end))
}
