//! The order of an epoch, and the random crops and flips of training images.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::rng::Seed;

/// Random changes to training images that keep their class.
///
/// A crop moves the image by up to `crop` pixels each way. What comes into view are the plane's own
/// pixels for `canvas` and the image's reflection otherwise. It is never filled with zeros, as is
/// common elsewhere: a network that has seen black bars in its training data has met padding there,
/// and what it knows of position could not be separated from what its own padding taught it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// The largest shift in pixels, in y and in x.
    pub crop: usize,
    /// Whether to mirror every other image from left to right.
    pub flip: bool,
}

/// What one image undergoes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub down: i64,
    pub right: i64,
    pub flip: bool,
}

impl Augment {
    /// The change of image `index`; it depends on the seed and the index alone.
    pub(super) fn change(&self, seed: Seed, index: usize) -> Change {
        let mut rng = seed.child(index).rng();
        let reach = self.crop as i64;
        Change {
            down: rng.random_range(-reach..=reach),
            right: rng.random_range(-reach..=reach),
            flip: rng.random_bool(0.5) && self.flip,
        }
    }
}

/// One channel of `width` columns, shifted and mirrored: `to[y, x] = from[y + down, x' + right]`.
///
/// Beyond its border the image is reflected without repeating the edge: `DCB|ABCDEF|EDC`.
pub(super) fn apply<T: Copy>(change: Change, from: &[T], width: usize, to: &mut [T]) {
    let height = from.len() / width;
    let columns: Vec<usize> = (0..width)
        .map(|x| {
            let x = if change.flip { width - 1 - x } else { x };
            reflect(x as i64 + change.right, width)
        })
        .collect();
    for (y, row) in to.chunks_exact_mut(width).enumerate() {
        let start = reflect(y as i64 + change.down, height) * width;
        for (pixel, &x) in row.iter_mut().zip(&columns) {
            *pixel = from[start + x];
        }
    }
}

/// Mirrors one channel of `width` columns in place.
pub(super) fn mirror(channel: &mut [u8], width: usize) {
    channel.chunks_exact_mut(width).for_each(<[u8]>::reverse);
}

fn reflect(i: i64, length: usize) -> usize {
    let period = 2 * (length as i64 - 1);
    if period == 0 {
        return 0;
    }
    let i = i.rem_euclid(period);
    i.min(period - i) as usize
}

/// The order in which an epoch visits a training set: a permutation of 0..`len`.
///
/// It depends on the seed and the epoch alone, so a run that is resumed goes on as it would have.
pub fn epoch_order(len: usize, seed: Seed, epoch: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.shuffle(&mut seed.child("epoch").child(epoch).rng());
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_visits_every_image_once() {
        let order = epoch_order(100, Seed(3), 1);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(order, epoch_order(100, Seed(3), 1));
        assert_ne!(order, epoch_order(100, Seed(3), 2));
        assert!(epoch_order(0, Seed(3), 0).is_empty());
    }

    #[test]
    fn a_shift_reflects_and_a_flip_mirrors() {
        let (image, mut out) = ([1, 2, 3, 4, 5, 6], [0; 6]);
        let mut changed = |down, right, flip| {
            let change = Change { down, right, flip };
            apply(change, &image, 3, &mut out);
            out
        };
        assert_eq!(changed(0, 0, false), image);
        assert_eq!(changed(0, -1, false), [2, 1, 2, 5, 4, 5]);
        assert_eq!(changed(1, 0, false), [4, 5, 6, 1, 2, 3]);
        assert_eq!(changed(0, 0, true), [3, 2, 1, 6, 5, 4]);
        assert_eq!(changed(0, 1, true), [2, 3, 2, 5, 6, 5]);
        assert_eq!([-3, -1, 0, 4, 7].map(|i| reflect(i, 1)), [0; 5]);
    }

    #[test]
    fn a_change_depends_on_the_image_and_stays_in_reach() {
        let augment = Augment {
            crop: 4,
            flip: true,
        };
        let changes: Vec<Change> = (0..500).map(|i| augment.change(Seed(1), i)).collect();
        assert_eq!(changes[7], augment.change(Seed(1), 7));
        assert!(
            changes
                .iter()
                .all(|c| c.down.abs() <= 4 && c.right.abs() <= 4)
        );
        assert!(changes.iter().any(|c| c.down == -4) && changes.iter().any(|c| c.right == 4));
        let still = Augment::default();
        assert!((0..50).all(|i| still.change(Seed(1), i) == Change::default()));
    }
}
