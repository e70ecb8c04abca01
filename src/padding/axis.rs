//! One padded axis as a table from virtual coordinates to source pixels.

/// Marks a virtual coordinate without a source pixel: its value comes from the halo.
pub const HALO: i32 = -1;

/// A padded axis: for every coordinate of the padded axis the source index that it reads.
///
/// Entry v belongs to the virtual coordinate v - `before`. A map of two axes is the product of
/// their tables: a pixel has a source where both of its coordinates have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Size of the unpadded axis.
    pub n: usize,
    /// Pixels before it.
    pub before: usize,
    /// Source index per padded coordinate, or [`HALO`].
    pub source: Vec<i32>,
}

impl Axis {
    /// An axis whose padded coordinates read where `map` says, or the halo for `None`.
    pub fn new(
        n: usize,
        before: usize,
        after: usize,
        map: impl Fn(isize, usize) -> Option<usize>,
    ) -> Axis {
        let entry = |padded: usize| {
            let virtual_coordinate = padded as isize - before as isize;
            match usize::try_from(virtual_coordinate) {
                Ok(inside) if inside < n => inside as i32,
                _ => map(virtual_coordinate, n).map_or(HALO, |source| source as i32),
            }
        };
        Axis {
            n,
            before,
            source: (0..before + n + after).map(entry).collect(),
        }
    }

    /// The size of the padded axis.
    pub fn padded(&self) -> usize {
        self.source.len()
    }

    /// The padded coordinates of the image itself.
    pub fn inside(&self) -> std::ops::Range<usize> {
        self.before..self.before + self.n
    }

    /// Whether no padded coordinate reads a pixel of the image.
    pub fn border_is_halo(&self) -> bool {
        let inside = self.inside();
        let mut border = (0..inside.start).chain(inside.end..self.padded());
        border.all(|v| self.source[v] == HALO)
    }

    /// The same axis with every padded coordinate sent to the halo, so that no gradient passes.
    pub fn detached(&self) -> Axis {
        let keep = self.inside();
        let entry = |(padded, &source)| if keep.contains(&padded) { source } else { HALO };
        Axis {
            source: self.source.iter().enumerate().map(entry).collect(),
            ..*self
        }
    }

    /// For each of `outputs` windows, how many of its taps lie inside the image.
    pub fn taps_inside(
        &self,
        outputs: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
    ) -> Vec<usize> {
        let inside = self.inside();
        (0..outputs)
            .map(|o| {
                (0..kernel)
                    .filter(|k| inside.contains(&(o * stride + k * dilation)))
                    .count()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_inside_read_themselves_and_detaching_keeps_only_them() {
        let axis = Axis::new(3, 2, 1, |i, n| Some(i.rem_euclid(n as isize) as usize));
        assert_eq!(axis.source, [1, 2, 0, 1, 2, 0]);
        assert_eq!(axis.detached().source, [HALO, HALO, 0, 1, 2, HALO]);
    }

    #[test]
    fn taps_inside_counts_the_image_only() {
        let axis = Axis::new(4, 1, 1, |_, _| None);
        assert_eq!(axis.taps_inside(4, 3, 1, 1), [2, 3, 3, 2]);
    }
}
