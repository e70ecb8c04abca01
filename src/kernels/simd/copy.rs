//! Copies of rows, most of them too short for a call of the library's.

use super::transpose::Target;
use super::vector::{Routine, Simd};

/// to\[row\]\[i\] ← from\[row\]\[i\] for rows of `len` elements.
pub struct CopyRows<'a> {
    pub rows: usize,
    pub len: usize,
    pub from: &'a [f32],
    pub from_stride: usize,
    pub to: Target<'a>,
    pub to_stride: usize,
}

impl Routine for CopyRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let maps = CopyMaps {
            size: [1, self.rows, self.len],
            from: self.from,
            from_steps: [0, self.from_stride],
            to: self.to,
            to_steps: [0, self.to_stride],
        };
        maps.run(simd);
    }
}

/// to\[map\]\[row\]\[i\] ← from\[map\]\[row\]\[i\].
pub struct CopyMaps<'a> {
    /// Maps, rows of a map, elements of a row.
    pub size: [usize; 3],
    pub from: &'a [f32],
    /// Elements from a map and from a row to the next.
    pub from_steps: [usize; 2],
    pub to: Target<'a>,
    pub to_steps: [usize; 2],
}

impl Routine for CopyMaps<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let [maps, rows, len] = self.size;
        if maps == 0 || rows == 0 || len == 0 {
            return;
        }
        let reach = |[map, row]: [usize; 2]| (maps - 1) * map + (rows - 1) * row + len;
        assert!(self.from.len() >= reach(self.from_steps));
        assert!(self.to.len() >= reach(self.to_steps));
        for map in 0..maps {
            for row in 0..rows {
                let offset = |[of_map, of_row]: [usize; 2]| map * of_map + row * of_row;
                // SAFETY: both sides were checked to hold `len` elements from the start of every row.
                unsafe {
                    let from = self.from.as_ptr().add(offset(self.from_steps));
                    copy::<S>(simd, from, self.to.start().add(offset(self.to_steps)), len);
                }
            }
        }
    }
}

/// Copies `len` elements, at least one, by vectors of which the last ends with them and may overlap the
/// one before.
///
/// # Safety
/// They must be readable and writable, on sides that do not overlap.
#[inline(always)]
unsafe fn copy<S: Simd>(simd: S, from: *const f32, to: *mut f32, len: usize) {
    // SAFETY: the caller promises `len` elements on either side.
    unsafe {
        if len < S::LANES {
            return copy_short(from, to, len);
        }
        for i in (0..len - S::LANES).step_by(S::LANES) {
            simd.store(to.add(i), simd.load(from.add(i)));
        }
        let last = len - S::LANES;
        simd.store(to.add(last), simd.load(from.add(last)));
    }
}

/// Copies fewer elements than a vector holds, by fours of which the last two may overlap.
///
/// # Safety
/// `len` elements must be readable and writable, on sides that do not overlap.
#[inline(always)]
unsafe fn copy_short(from: *const f32, to: *mut f32, len: usize) {
    const FOUR: usize = 4;
    // SAFETY: the caller promises `len` elements on either side.
    unsafe {
        if len < FOUR {
            (0..len).for_each(|i| *to.add(i) = *from.add(i));
            return;
        }
        for i in (0..len - FOUR).step_by(FOUR) {
            std::ptr::copy_nonoverlapping(from.add(i), to.add(i), FOUR);
        }
        std::ptr::copy_nonoverlapping(from.add(len - FOUR), to.add(len - FOUR), FOUR);
    }
}

/// A map whose neighbouring rows and columns go to different offsets: to\[rows\[y % m\] + y / m · stride +
/// columns\[x % n\] + x / n\] ← from\[y\]\[x\], for `m` offsets of rows and `n` of columns.
pub struct SplitMap<'a> {
    /// Rows and columns.
    pub size: [usize; 2],
    /// The rows one after the other.
    pub from: &'a [f32],
    pub to: &'a mut [f32],
    pub rows: &'a [usize],
    pub columns: &'a [usize],
    pub stride: usize,
}

impl Routine for SplitMap<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let [height, width] = self.size;
        let [down, across] = [self.rows.len(), self.columns.len()];
        assert!((1..=height).contains(&down) && (1..=width).contains(&across));
        let last = |offsets: &[usize], n: usize, step: usize| {
            let last = |(i, offset)| offset + (n - 1 - i) / offsets.len() * step;
            offsets.iter().enumerate().map(last).max().unwrap_or(0)
        };
        let last = last(self.rows, height, self.stride) + last(self.columns, width, 1);
        assert!(last < self.to.len());
        let to = self.to.as_mut_ptr();
        let cycles = self.from[..height * width].chunks(down * width);
        for (cycle, from) in cycles.enumerate() {
            for (from, row) in from.chunks_exact(width).zip(self.rows) {
                let to = to.wrapping_add(row + cycle * self.stride);
                // SAFETY: the offsets of all rows and columns were checked to lie within the target.
                unsafe { split_row(simd, from, to, self.columns) };
            }
        }
    }
}

/// to\[columns\[x % n\] + x / n\] ← from\[x\].
///
/// # Safety
/// All these offsets must be writable.
#[inline(always)]
unsafe fn split_row<S: Simd>(simd: S, from: &[f32], to: *mut f32, columns: &[usize]) {
    let mut done = 0;
    // SAFETY: the caller promises the offsets of all columns.
    unsafe {
        if let [evens, odds] = *columns {
            done = split_in_two(simd, from, to.add(evens), to.add(odds));
        }
        for (i, from) in from[done..].chunks(columns.len()).enumerate() {
            for (from, column) in from.iter().zip(columns) {
                *to.add(column + done / columns.len() + i) = *from;
            }
        }
    }
}

/// Splits as many columns as fill pairs of vectors, of which the last two may overlap; returns how
/// many.
///
/// # Safety
/// The offsets of all columns must be writable.
#[inline(always)]
unsafe fn split_in_two<S: Simd>(simd: S, from: &[f32], evens: *mut f32, odds: *mut f32) -> usize {
    if from.len() < 2 * S::LANES {
        return 0;
    }
    // In pairs of columns.
    let last = from.len() / 2 - S::LANES;
    let mut first = 0;
    loop {
        // SAFETY: the vectors end with the columns at the latest, the caller promises their offsets.
        unsafe {
            let piece = from.as_ptr().add(2 * first);
            let [even, odd] = simd.unzip([simd.load(piece), simd.load(piece.add(S::LANES))]);
            simd.store(evens.add(first), even);
            simd.store(odds.add(first), odd);
        }
        if first == last {
            return 2 * (last + S::LANES);
        }
        first = (first + S::LANES).min(last);
    }
}
