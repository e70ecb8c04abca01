//! Gradients of padded pixels on their way back to the pixels that they read.
#![allow(unsafe_code)]

use super::memory::Output;
use crate::padding::{Axis, Frame, HALO};

/// The border through which gradients go back.
pub struct Fold<'a> {
    axes: &'a [Axis; 2],
    ring: Option<Frame>,
    /// No padded pixel read one of the image, and nobody asks for the ring.
    drops_all: bool,
}

impl<'a> Fold<'a> {
    pub fn new(axes: &'a [Axis; 2], ring: Option<Frame>) -> Fold<'a> {
        Fold {
            axes,
            ring,
            drops_all: ring.is_none() && axes.iter().all(Axis::border_is_halo),
        }
    }

    /// Whether nothing of what flows to the border is of use.
    pub fn drops_all(&self) -> bool {
        self.drops_all
    }

    /// Adds the gradient of every padded pixel of an image to the pixel that it read, or writes it to
    /// the ring.
    ///
    /// `sums` holds `width` elements per padded pixel, of which the first `count` belong to `count` maps from
    /// `first` on.
    ///
    /// # Safety
    /// No other thread may write to the ring of these maps.
    pub unsafe fn image(
        &self,
        [count, width]: [usize; 2],
        sums: &mut [f32],
        first: usize,
        ring: &Output,
    ) {
        if self.drops_all {
            return;
        }
        let [rows, across] = self.axes;
        let offset = |row: usize, column: usize| (row * across.padded() + column) * width;
        for row in 0..rows.padded() {
            let inside = if rows.inside().contains(&row) {
                across.inside()
            } else {
                0..0
            };
            for column in (0..inside.start).chain(inside.end..across.padded()) {
                let from = offset(row, column);
                let (y, x) = (rows.source[row], across.source[column]);
                let read = (y != HALO && x != HALO).then_some((y as usize, x as usize));
                if let Some((y, x)) = read {
                    let to = offset(rows.before + y, across.before + x);
                    for c in 0..width {
                        sums[to + c] += sums[from + c];
                    }
                }
                let Some(frame) = self.ring else { continue };
                for c in 0..count {
                    let of_ring = if read.is_none() { sums[from + c] } else { 0.0 };
                    let slot = (first + c) * frame.len() + frame.slot(row, column);
                    // SAFETY: the caller promises that no other thread writes to the ring of this map.
                    unsafe { ring.write(slot, &[of_ring]) };
                }
            }
        }
    }
}
