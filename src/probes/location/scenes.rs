//! The images of the test.

use std::ops::{Range, RangeInclusive};

use rand::RngExt;

use crate::rng::Seed;
use crate::tensor::Tensor;

/// Rows and columns of an image.
pub const SIDE: usize = 32;
const CHANNELS: usize = 3;
/// Rows and columns of a square.
const SQUARE: usize = 4;
/// Where the squares of class 0 and of class 1 stand on average.
const CENTRE_ROWS: [usize; 2] = [7, 23];
/// How far above and below the centre row the top of a square may be.
const SCATTER: [usize; 2] = [4, 3];
/// The last column at which the left square may begin.
const LAST_LEFT: usize = 9;
/// The least distance between the beginnings of the two squares.
const APART: usize = 5;
/// The last column at which the right square may begin.
const LAST_RIGHT: usize = 27;
/// Rows between the halves; a multiple of the network's total stride.
const SHIFT: usize = 16;

/// Two squares on a black image: class 0 has red on the left, class 1 green.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The class, 0 or 1.
    pub class: usize,
    /// Row and column of the first pixel of the left square.
    pub left: [usize; 2],
    /// Row and column of the first pixel of the right square.
    pub right: [usize; 2],
}

impl Scene {
    fn draw(class: usize, seed: Seed) -> Scene {
        let mut rng = seed.rng();
        let x1 = rng.random_range(0..=LAST_LEFT);
        let x2 = rng.random_range(x1 + APART..=LAST_RIGHT);
        let mut row = || rng.random_range(rows(class));
        Scene {
            class,
            left: [row(), x1],
            right: [row(), x2],
        }
    }

    /// Every scene that may be drawn for `class`, with its probability.
    pub(super) fn every(class: usize) -> impl Iterator<Item = (Scene, f64)> {
        let columns = (0..=LAST_LEFT).flat_map(|x1| {
            let right = x1 + APART..=LAST_RIGHT;
            let share = 1.0 / ((LAST_LEFT + 1) * right.clone().count()) as f64;
            right.map(move |x2| (x1, x2, share))
        });
        columns.flat_map(move |(x1, x2, share)| {
            let pairs = rows(class).flat_map(move |y1| rows(class).map(move |y2| (y1, y2)));
            pairs.map(move |(y1, y2)| {
                let (left, right) = ([y1, x1], [y2, x2]);
                let scene = Scene { class, left, right };
                (scene, share / (rows(class).count() as f64).powi(2))
            })
        })
    }

    /// Row and column of the first pixel of the red square, and of the green one.
    pub(super) fn squares(&self) -> [[usize; 2]; 2] {
        match self.class {
            0 => [self.left, self.right],
            _ => [self.right, self.left],
        }
    }

    /// The same scene in the other half of the image.
    pub fn moved(&self) -> Scene {
        let row = |row: usize| match self.class {
            0 => row + SHIFT,
            _ => row - SHIFT,
        };
        let [left, right] = [self.left, self.right].map(|[y, x]| [row(y), x]);
        Scene {
            left,
            right,
            ..*self
        }
    }

    /// Paints the squares on a black image [3, 32, 32].
    fn paint(&self, image: &mut [f32]) {
        for (channel, [top, left]) in self.squares().into_iter().enumerate() {
            for row in top..top + SQUARE {
                let start = (channel * SIDE + row) * SIDE + left;
                image[start..start + SQUARE].fill(1.0);
            }
        }
    }
}

/// The rows at which the squares of a class may begin.
fn rows(class: usize) -> RangeInclusive<usize> {
    let centre = CENTRE_ROWS[class];
    centre - SCATTER[0]..=centre + SCATTER[1]
}

/// A set of scenes; the classes take turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenes(pub Vec<Scene>);

impl Scenes {
    /// `count` scenes as in training; scene i depends on `seed` and i alone.
    pub fn draw(count: usize, seed: Seed) -> Scenes {
        Scenes(
            (0..count)
                .map(|i| Scene::draw(i % 2, seed.child(i)))
                .collect(),
        )
    }

    /// The first `count` of them.
    ///
    /// # Panics
    /// If there are fewer.
    #[track_caller]
    pub fn first(&self, count: usize) -> Scenes {
        Scenes(self.0[..count].to_vec())
    }

    /// The same scenes, each in the other half of its image.
    pub fn dissimilar(&self) -> Scenes {
        Scenes(self.0.iter().map(Scene::moved).collect())
    }

    /// How many scenes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The images of scenes `range`, in [0, 1], and their classes.
    ///
    /// # Shapes
    /// [N, 3, 32, 32] and N classes.
    ///
    /// # Panics
    /// If the range goes beyond the scenes.
    #[track_caller]
    pub fn batch(&self, range: Range<usize>) -> (Tensor<f32>, Vec<usize>) {
        let scenes = &self.0[range];
        let image = CHANNELS * SIDE * SIDE;
        let mut data = vec![0.0; scenes.len() * image];
        for (scene, image) in scenes.iter().zip(data.chunks_mut(image)) {
            scene.paint(image);
        }
        let shape = [scenes.len(), CHANNELS, SIDE, SIDE];
        let classes = scenes.iter().map(|scene| scene.class).collect();
        (Tensor::from_vec(data, &shape), classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_are_as_the_protocol_says() {
        let scenes = Scenes::draw(4000, Seed(3));
        let mut seen = [[usize::MAX, 0]; 4];
        for (i, scene) in scenes.0.iter().enumerate() {
            assert_eq!(scene.class, i % 2);
            let [[y1, x1], [y2, x2]] = [scene.left, scene.right];
            assert!(x1 <= 9 && (x1 + 5..=27).contains(&x2), "{scene:?}");
            let rows = [3..=10, 19..=26][scene.class].clone();
            assert!(rows.contains(&y1) && rows.contains(&y2), "{scene:?}");
            for (range, value) in seen.iter_mut().zip([x1, x2, y1 + 16 * scene.class, y2]) {
                *range = [range[0].min(value), range[1].max(value)];
            }
        }
        // Every extreme is reached; y1 of class 1 was counted 16 rows further down.
        assert_eq!(seen, [[0, 9], [5, 27], [3, 42], [3, 26]]);
        assert_eq!(scenes, Scenes::draw(4000, Seed(3)));
        assert_ne!(scenes, Scenes::draw(4000, Seed(4)));
    }

    #[test]
    fn dissimilar_scenes_are_the_same_squares_in_the_other_half() {
        let similar = Scenes::draw(50, Seed(1));
        let (similar_images, classes) = similar.batch(0..50);
        let (moved_images, same_classes) = similar.dissimilar().batch(0..50);
        assert_eq!(classes, same_classes);
        for n in 0..50 {
            for channel in 0..3 {
                for row in 0..SIDE {
                    for column in 0..SIDE {
                        let before = similar_images.at(&[n, channel, row, column]);
                        let after = moved_images.at(&[n, channel, (row + 16) % SIDE, column]);
                        assert_eq!(before, after);
                    }
                }
            }
        }
    }

    #[test]
    fn a_square_has_sixteen_pixels_of_its_colour() {
        let scenes = Scenes(vec![
            Scene {
                class: 0,
                left: [3, 0],
                right: [10, 27],
            },
            Scene {
                class: 1,
                left: [19, 9],
                right: [26, 14],
            },
        ]);
        let (images, _) = scenes.batch(0..2);
        for n in 0..2 {
            let sums: Vec<f32> = (0..3)
                .map(|c| images.data()[(n * 3 + c) * 1024..][..1024].iter().sum())
                .collect();
            assert_eq!(sums, [16.0, 16.0, 0.0]);
        }
        const RED: usize = 0;
        const GREEN: usize = 1;
        assert_eq!(images.at(&[0, RED, 3, 0]), 1.0);
        assert_eq!(images.at(&[0, GREEN, 13, 30]), 1.0);
        assert_eq!(images.at(&[1, GREEN, 19, 9]), 1.0);
        assert_eq!(images.at(&[1, RED, 29, 17]), 1.0);
    }

    #[test]
    fn all_scenes_together_are_certain_and_hold_every_one_that_is_drawn() {
        for class in [0, 1] {
            let all: Vec<(Scene, f64)> = Scene::every(class).collect();
            assert_eq!(all.len(), 185 * 64);
            assert!((all.iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-12);
            let drawn = Scenes::draw(40, Seed(2)).0.into_iter();
            for scene in drawn.filter(|scene| scene.class == class) {
                assert!(all.iter().any(|(own, _)| *own == scene), "{scene:?}");
            }
        }
    }
}
