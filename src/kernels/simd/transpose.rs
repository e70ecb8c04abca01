//! The transpose of a strided matrix.

use super::{Routine, Simd};

/// to\[column\]\[row\] ← from\[row\]\[column\].
pub(in crate::kernels) struct Transpose<'a> {
    pub rows: usize,
    pub columns: usize,
    pub from: &'a [f32],
    pub from_stride: usize,
    pub to: &'a mut [f32],
    pub to_stride: usize,
}

impl Routine for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Transpose {
            rows,
            columns,
            from,
            from_stride,
            to,
            to_stride,
        } = self;
        if rows == 0 || columns == 0 {
            return;
        }
        assert!(from.len() >= (rows - 1) * from_stride + columns);
        assert!(to.len() >= (columns - 1) * to_stride + rows);
        let (whole_rows, whole_columns) = (rows - rows % S::SQUARE, columns - columns % S::SQUARE);
        for row in (0..whole_rows).step_by(S::SQUARE) {
            for column in (0..whole_columns).step_by(S::SQUARE) {
                // SAFETY: the block lies within the rows and columns, which lie within both slices.
                unsafe {
                    simd.transpose(
                        (from.as_ptr().add(row * from_stride + column), from_stride),
                        (to.as_mut_ptr().add(column * to_stride + row), to_stride),
                    );
                }
            }
        }
        let mut by_hand = |row: usize, columns: std::ops::Range<usize>| {
            for column in columns {
                to[column * to_stride + row] = from[row * from_stride + column];
            }
        };
        (0..whole_rows).for_each(|row| by_hand(row, whole_columns..columns));
        (whole_rows..rows).for_each(|row| by_hand(row, 0..columns));
    }
}
