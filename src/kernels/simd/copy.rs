//! Copies of rows, most of them too short for a call of the library's.

use super::transpose::Target;
use super::{Routine, Simd};

/// to\[row\]\[i\] ← from\[row\]\[i\] for rows of `len` numbers.
pub(in crate::kernels) struct CopyRows<'a> {
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
pub(in crate::kernels) struct CopyMaps<'a> {
    /// Maps, rows of a map, numbers of a row.
    pub size: [usize; 3],
    pub from: &'a [f32],
    /// Numbers from a map and from a row to the next.
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
                let place = |[of_map, of_row]: [usize; 2]| map * of_map + row * of_row;
                // SAFETY: both sides were checked to hold `len` numbers from the start of every row.
                unsafe {
                    let from = self.from.as_ptr().add(place(self.from_steps));
                    copy::<S>(simd, from, self.to.start().add(place(self.to_steps)), len);
                }
            }
        }
    }
}

/// Copies `len` numbers, at least one, by vectors of which the last ends with them and may overlap the
/// one before.
///
/// # Safety
/// They must be readable and writable, on sides that do not overlap.
#[inline(always)]
unsafe fn copy<S: Simd>(simd: S, from: *const f32, to: *mut f32, len: usize) {
    // SAFETY: the caller promises `len` numbers on either side.
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

/// Copies fewer numbers than a vector holds, by fours of which the last two may overlap.
///
/// # Safety
/// `len` numbers must be readable and writable, on sides that do not overlap.
#[inline(always)]
unsafe fn copy_short(from: *const f32, to: *mut f32, len: usize) {
    const FOUR: usize = 4;
    // SAFETY: the caller promises `len` numbers on either side.
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
