//! The ring of padded pixels around a map, laid out without the map itself.

use super::geometry::Sides;

/// The layout of the padded pixels around an H×W map as one flat *ring*.
///
/// The rows above come first, each of the padded width; then for every row of the map its left and
/// its right pixels; then the rows below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The padded pixels per side.
    pub sides: Sides,
    /// Rows of the map.
    pub height: usize,
    /// Columns of the map.
    pub width: usize,
}

impl Frame {
    /// The frame of `sides` around a map of `size` (rows, columns).
    pub fn new(sides: Sides, [height, width]: [usize; 2]) -> Frame {
        Frame {
            sides,
            height,
            width,
        }
    }

    /// The width of the padded map.
    pub fn padded_width(&self) -> usize {
        self.sides.left + self.width + self.sides.right
    }

    /// The number of padded pixels.
    pub fn len(&self) -> usize {
        (self.sides.top + self.sides.bottom) * self.padded_width()
            + self.height * (self.sides.left + self.sides.right)
    }

    /// Whether there are no padded pixels.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ring index of the padded pixel at padded coordinates (`row`, `column`).
    ///
    /// Meaningless for a pixel of the map itself.
    pub fn slot(&self, row: usize, column: usize) -> usize {
        let Sides {
            top, left, right, ..
        } = self.sides;
        let wide = self.padded_width();
        if row < top {
            return row * wide + column;
        }
        if row >= top + self.height {
            let above = top * wide + self.height * (left + right);
            return above + (row - top - self.height) * wide + column;
        }
        let beside = top * wide + (row - top) * (left + right);
        if column < left {
            beside + column
        } else {
            beside + column - self.width
        }
    }

    /// Every padded pixel as (ring index, virtual row, virtual column), in ring order.
    pub fn slots(&self) -> impl Iterator<Item = (usize, isize, isize)> + '_ {
        let [rows, columns] = self.sides.padded([self.height, self.width]);
        let (top, left) = (self.sides.top, self.sides.left);
        (0..rows)
            .flat_map(move |row| (0..columns).map(move |column| (row, column)))
            .filter(move |&(row, column)| {
                !((top..top + self.height).contains(&row)
                    && (left..left + self.width).contains(&column))
            })
            .map(move |(row, column)| {
                let virtual_row = row as isize - top as isize;
                (
                    self.slot(row, column),
                    virtual_row,
                    column as isize - left as isize,
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_number_the_ring_in_order() {
        for sides in [
            Sides::uniform(2),
            Sides {
                top: 1,
                left: 0,
                bottom: 2,
                right: 3,
            },
            Sides {
                top: 0,
                left: 2,
                bottom: 0,
                right: 0,
            },
            Sides::default(),
        ] {
            let frame = Frame::new(sides, [3, 4]);
            let numbers: Vec<usize> = frame.slots().map(|(slot, ..)| slot).collect();
            assert_eq!(numbers, (0..frame.len()).collect::<Vec<_>>(), "{sides:?}");
        }
    }
}
