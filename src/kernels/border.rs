//! A border as the kernels see it: two axis tables and the values of the halo.

use crate::padding::{Axis, Frame, HALO};

/// Where the values of padded pixels without a source come from.
#[derive(Clone, Copy)]
pub enum Halo<'a, T> {
    /// One value everywhere.
    Constant(T),
    /// A ring of values per map, in the layout of the frame, all maps one after the other.
    Ring(&'a [T], Frame),
}

/// The border of every map of a batch.
#[derive(Clone, Copy)]
pub struct Border<'a, T> {
    /// The tables of rows and columns.
    pub axes: &'a [Axis; 2],
    /// The values where the tables say [`HALO`].
    pub halo: Halo<'a, T>,
}

impl<'a, T: Copy> Border<'a, T> {
    /// The border of one map; maps are numbered sample · channels + channel.
    pub fn map(&self, map: usize) -> MapBorder<'a, T> {
        let halo = match self.halo {
            Halo::Constant(value) => Halo::Constant(value),
            Halo::Ring(values, frame) => {
                Halo::Ring(&values[map * frame.len()..][..frame.len()], frame)
            }
        };
        MapBorder {
            axes: self.axes,
            halo,
        }
    }

    /// The value that the border of all maps holds everywhere, if there is one.
    pub fn uniform(&self) -> Option<T> {
        let of_halo = self.axes.iter().all(Axis::border_is_halo);
        match self.halo {
            Halo::Constant(value) if of_halo => Some(value),
            _ => None,
        }
    }
}

/// The border of a single map.
#[derive(Clone, Copy)]
pub struct MapBorder<'a, T> {
    /// The tables of rows and columns.
    pub axes: &'a [Axis; 2],
    /// The values where the tables say [`HALO`].
    pub halo: Halo<'a, T>,
}

impl<T: Copy> MapBorder<'_, T> {
    /// The value at padded coordinates of a map of the given row-major pixels.
    pub fn value(&self, pixels: &[T], row: usize, column: usize) -> T {
        match self.source(row, column) {
            Some(source) => pixels[source],
            None => self.halo_value(row, column),
        }
    }

    /// The flat source index at padded coordinates, where there is one.
    pub fn source(&self, row: usize, column: usize) -> Option<usize> {
        let [rows, columns] = self.axes;
        let (y, x) = (rows.source[row], columns.source[column]);
        (y != HALO && x != HALO).then(|| y as usize * columns.n + x as usize)
    }

    /// The halo's value at padded coordinates without a source.
    pub fn halo_value(&self, row: usize, column: usize) -> T {
        match self.halo {
            Halo::Constant(value) => value,
            Halo::Ring(values, frame) => values[frame.slot(row, column)],
        }
    }
}
