//! What the taps of every pixel read, pixel after pixel.

use super::vector::{Routine, Simd};

/// The largest side of a square that any instruction set transposes.
const MOST: usize = 8;

/// to\[pixel\]\[term\] ← source\[pixel + offsets\[term\]\], and 0 beyond the last term; pixels are
/// `columns` neighbours from every one of `lines` on.
pub struct Unfold<'a> {
    pub source: &'a [f32],
    pub lines: &'a [u32],
    /// At least as many as the side of a square.
    pub columns: usize,
    pub offsets: &'a [u32],
    pub to: &'a mut [f32],
    /// Elements per pixel, a multiple of the side of a square.
    pub width: usize,
}

impl Routine for Unfold<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (columns, width) = (self.columns, self.width);
        assert!(S::SQUARE <= MOST && columns >= S::SQUARE && width.is_multiple_of(S::SQUARE));
        assert!(self.to.len() >= self.lines.len() * columns * width);
        assert!(self.offsets.len() <= width);
        let reach = |offsets: &[u32]| offsets.iter().max().map_or(0, |&last| last as usize);
        assert!(reach(self.lines) + reach(self.offsets) + columns <= self.source.len());
        for (&line, to) in self
            .lines
            .iter()
            .zip(self.to.chunks_exact_mut(columns * width))
        {
            for first in (0..columns).step_by(S::SQUARE) {
                // The last square ends with the line and may transpose some pixels again.
                let column = first.min(columns - S::SQUARE);
                let from = self.source[line as usize + column..].as_ptr();
                for term in (0..width).step_by(S::SQUARE) {
                    let offsets = &self.offsets[term.min(self.offsets.len())..];
                    let to = to[column * width + term..].as_mut_ptr();
                    // SAFETY: the furthest term of the furthest line was checked to lie within the source
                    // with all its columns; the square ends with the pixels of the line and their terms.
                    unsafe { square(simd, from, offsets, (to, width)) };
                }
            }
        }
    }
}

/// Transposes a square: neighbouring pixels at as many of the offsets, or 0 where there are no more.
///
/// # Safety
/// The pixels must be readable from all offsets, and the square writable to `to` with its stride.
#[inline(always)]
unsafe fn square<S: Simd>(simd: S, from: *const f32, offsets: &[u32], to: (*mut f32, usize)) {
    let mut rows = [0.0f32; MOST * MOST];
    for (row, &offset) in rows.chunks_exact_mut(S::SQUARE).zip(offsets) {
        // SAFETY: a row has room for the pixels, which the caller promises.
        unsafe {
            let pixels = from.add(offset as usize);
            std::ptr::copy_nonoverlapping(pixels, row.as_mut_ptr(), S::SQUARE);
        }
    }
    // SAFETY: the rows are those of a square; the caller promises the rest.
    unsafe { simd.transpose((rows.as_ptr(), S::SQUARE), to) };
}
