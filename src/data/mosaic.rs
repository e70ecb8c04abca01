//! Windows on a mosaic of small images, for sets whose images have no surroundings of their own.

use std::ops::Range;
use std::sync::Arc;

use rand::RngExt;
use rayon::prelude::*;

use super::augment::Augment;
use super::config::Windows;
use super::pixels::{Labelled, Pixels};
use super::source::{Batch, Source, change_each};
use super::wide::{Wide, WideImages, gather};
use crate::error::Result;
use crate::rng::Seed;

/// An unbounded wall of tiles for every wide image, each tile an image of the set.
///
/// Where windows lie anywhere, borders between tiles fall anywhere in them, so they mark no position.
#[derive(Clone, Debug)]
pub(super) struct Mosaic {
    pub tiles: Arc<Labelled>,
    pub seed: Seed,
    pub windows: Windows,
    /// Whether all tiles of wall `index` are image `index`: a window anywhere is the image, rolled around.
    pub repeated: bool,
    /// Pixels of the neighbours that belong to an image, on each side.
    pub surround: usize,
}

impl WideImages for Mosaic {
    fn shape(&self) -> [usize; 3] {
        let [c, h, w] = self.tiles.shape();
        [c, h + 2 * self.surround, w + 2 * self.surround]
    }

    fn count(&self) -> Option<usize> {
        (self.windows == Windows::Centred).then(|| self.tiles.len())
    }

    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        gather(self, range, margin, |i| {
            let (bytes, label) = self.paint(i, margin);
            Ok((bytes, Some(label)))
        })
    }
}

/// To train and to test on: image `index` is the window on wall `index`.
impl Source for Mosaic {
    fn shape(&self) -> [usize; 3] {
        WideImages::shape(self)
    }

    fn len(&self) -> usize {
        self.tiles.len()
    }

    fn batch(&self, indices: &[usize]) -> Result<Batch> {
        let painted: Vec<_> = indices.par_iter().map(|&i| self.paint(i, 0)).collect();
        let (images, labels): (Vec<_>, Vec<_>) = painted.into_iter().unzip();
        let [c, h, w] = WideImages::shape(self);
        let (data, shape) = (images.concat(), [indices.len(), c, h, w]);
        Ok((Pixels { data, shape }.to_tensor(), labels))
    }

    /// Windows and neighbours are drawn anew from `seed`.
    fn augmented(&self, indices: &[usize], augment: &Augment, seed: Seed) -> Result<Batch> {
        let drawn = Mosaic {
            tiles: Arc::clone(&self.tiles),
            seed: seed.child("mosaic"),
            ..*self
        };
        let (mut images, labels) = drawn.batch(indices)?;
        change_each(&mut images, indices, augment, seed);
        Ok((images, labels))
    }

    /// Those of the tiles, which lie in every place equally often.
    fn statistics(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        self.tiles.statistics()
    }
}

impl Mosaic {
    /// Bytes of wide image `index`, `[C, H + 2m, W + 2m]`, and the class of the tile at its centre.
    fn paint(&self, index: usize, margin: usize) -> (Vec<u8>, usize) {
        let tiles = &self.tiles;
        let [_, c, h, w] = tiles.images.shape;
        let margin = margin + self.surround;
        let [rows, columns] = [h + 2 * margin, w + 2 * margin];
        let offset = self.offset(index, h, w);
        let cell = |i: usize, axis: usize| {
            let size = [h, w][axis] as i64;
            let at = i as i64 - margin as i64 + offset[axis];
            (at.div_euclid(size), at.rem_euclid(size) as usize)
        };
        let mut bytes = vec![0; c * rows * columns];
        // A run of one tile's row at a time.
        for y in 0..rows {
            let (tile_row, from_row) = cell(y, 0);
            let mut x = 0;
            while x < columns {
                let (tile_column, from_column) = cell(x, 1);
                let run = (w - from_column).min(columns - x);
                let tile = self.tile(tiles.len(), index, tile_row, tile_column);
                let image = tiles.images.image(tile);
                for channel in 0..c {
                    let from = (channel * h + from_row) * w + from_column;
                    let to = (channel * rows + y) * columns + x;
                    bytes[to..to + run].copy_from_slice(&image[from..from + run]);
                }
                x += run;
            }
        }
        let (centre_row, _) = cell(margin + h / 2, 0);
        let (centre_column, _) = cell(margin + w / 2, 1);
        let centre = self.tile(tiles.len(), index, centre_row, centre_column);
        (bytes, tiles.labels[centre])
    }

    fn offset(&self, index: usize, height: usize, width: usize) -> [i64; 2] {
        match self.windows {
            Windows::Centred => [0, 0],
            Windows::Anywhere => {
                let mut rng = self.seed.child("offset").child(index).rng();
                [height, width].map(|side| rng.random_range(0..side as u64) as i64)
            }
        }
    }

    /// Which image the tile at a cell of wall `index` is.
    fn tile(&self, count: usize, index: usize, row: i64, column: i64) -> usize {
        if self.repeated || self.windows == Windows::Centred && (row, column) == (0, 0) {
            return index;
        }
        let cell = self.seed.child("tile").child(index).child(row as u64);
        let word = cell.child(column as u64).0;
        // The high half of a 128-bit product maps 64 random bits to 0..count without a modulo's bias.
        ((u128::from(word) * count as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images whose bytes are their own index.
    fn numbered(count: usize, side: usize) -> Labelled {
        Labelled {
            images: Pixels {
                data: (0..count * side * side)
                    .map(|i| (i / (side * side)) as u8)
                    .collect(),
                shape: [count, 1, side, side],
            },
            labels: (0..count).collect(),
        }
    }

    #[test]
    fn centred_windows_hold_their_image_among_random_neighbours() {
        let mosaic = Mosaic {
            tiles: Arc::new(numbered(50, 4)),
            seed: Seed(1),
            windows: Windows::Centred,
            repeated: false,
            surround: 0,
        };
        let (bytes, label) = mosaic.paint(7, 4);
        assert_eq!((label, bytes.len()), (7, 144));
        for y in 0..12 {
            for x in 0..12 {
                let inside = (4..8).contains(&y) && (4..8).contains(&x);
                let same_tile = bytes[(y / 4 * 4) * 12 + x / 4 * 4];
                assert_eq!(bytes[y * 12 + x], if inside { 7 } else { same_tile });
            }
        }
        let neighbours: std::collections::HashSet<u8> = bytes.into_iter().collect();
        assert!(neighbours.len() > 5);
    }

    #[test]
    fn a_wider_margin_leaves_the_middle() {
        let mosaic = Mosaic {
            tiles: Arc::new(numbered(50, 5)),
            seed: Seed(2),
            windows: Windows::Anywhere,
            repeated: false,
            surround: 0,
        };
        for index in [0, 9, 1000] {
            let (near, label) = mosaic.paint(index, 1);
            let (far, same) = mosaic.paint(index, 8);
            assert_eq!(label, same);
            for y in 0..7 {
                let start = (y + 7) * 21 + 7;
                assert_eq!(near[y * 7..y * 7 + 7], far[start..start + 7]);
            }
            assert_eq!(
                usize::from(near[3 * 7 + 3]),
                label,
                "the centre pixel's tile"
            );
        }
    }

    #[test]
    fn a_repeated_tile_is_its_image_rolled_and_drawn_anew_by_every_seed() {
        let data: Vec<u8> = (0..2 * 12).collect();
        let shape = [2, 1, 3, 4];
        let mosaic = Mosaic {
            tiles: Arc::new(Labelled {
                images: Pixels { data, shape },
                labels: vec![0, 1],
            }),
            seed: Seed(3),
            windows: Windows::Anywhere,
            repeated: true,
            surround: 0,
        };
        let mut offsets = std::collections::HashSet::new();
        for seed in 0..200 {
            let (images, labels) =
                (mosaic.augmented(&[1], &Augment::default(), Seed(seed))).unwrap();
            assert_eq!(labels, [1]);
            let at = |y: usize, x: usize| (images.at(&[0, 0, y, x]) * 255.0).round() as usize - 12;
            let [top, left] = [at(0, 0) / 4, at(0, 0) % 4];
            for (y, x) in (0..3).flat_map(|y| (0..4).map(move |x| (y, x))) {
                assert_eq!(at(y, x), (y + top) % 3 * 4 + (x + left) % 4);
            }
            offsets.insert((top, left));
        }
        assert_eq!(offsets.len(), 12, "every place comes");
        assert_eq!(mosaic.batch(&[0]).unwrap().0, mosaic.batch(&[0]).unwrap().0);
    }

    #[test]
    fn surroundings_belong_to_the_image() {
        let mosaic = Mosaic {
            tiles: Arc::new(numbered(50, 4)),
            seed: Seed(1),
            windows: Windows::Centred,
            repeated: false,
            surround: 3,
        };
        let (images, labels) = mosaic.batch(&[7, 9]).unwrap();
        assert_eq!((images.shape(), labels), (&[2, 1, 10, 10][..], vec![7, 9]));
        assert_eq!(mosaic.paint(7, 2).0.len(), 14 * 14);
    }
}
