//! Predictions position by position: how often padding changes which of the classes is the largest.

use super::regions::{Region, regions};
use crate::kernels::Scalar;
use crate::statistics::{Measured, mean_over_images};
use crate::tensor::Tensor;

/// A layer whose output is one value for each class at every position: a segmentation's map, or a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicting {
    /// Its dotted name.
    pub layer: String,
    /// The classes.
    pub classes: usize,
    /// Rows and columns of a map [N, classes, h, w]; of a sequence [N, …, classes] none.
    pub map: Option<[usize; 2]>,
}

/// The share of positions whose prediction padding changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The layer.
    pub layer: String,
    /// Of all positions.
    pub whole: Measured,
    /// Of the outermost ring of a map.
    pub border: Option<Measured>,
}

/// The shares of every image so far.
pub(super) struct Changes {
    of: Predicting,
    border: Option<Vec<usize>>,
    /// Of the whole, and of the border.
    shares: [Vec<f64>; 2],
}

impl Changes {
    pub fn new(of: &Predicting) -> Changes {
        let outermost = |[h, w]: [usize; 2]| {
            let found = regions(h, w).into_iter();
            let mut rings = found.filter(|(region, _)| *region == Region::Ring(0));
            rings.next().map(|(_, positions)| positions)
        };
        Changes {
            border: of.map.and_then(outermost),
            of: of.clone(),
            shares: Default::default(),
        }
    }

    pub fn layer(&self) -> &str {
        &self.of.layer
    }

    /// Counts a batch of both passes.
    pub fn add<T: Scalar>(&mut self, a: &Tensor<T>, b: &Tensor<T>) {
        let images = a.shape()[0].max(1);
        let (classes, length) = (self.of.classes.max(1), a.len() / images);
        let positions = length / classes;
        let [each, next] = match self.of.map {
            Some(_) => [1, positions],
            None => [classes, 1],
        };
        let largest = |of: &[T], position: usize| {
            let at = |class: usize| of[position * each + class * next];
            (1..classes).fold(0, |best, c| if at(c) > at(best) { c } else { best })
        };
        let pairs = a.data().chunks(length).zip(b.data().chunks(length));
        for (a, b) in pairs {
            let changed = |position: usize| largest(a, position) != largest(b, position);
            let changed: Vec<bool> = (0..positions).map(changed).collect();
            let count = changed.iter().filter(|&&c| c).count();
            self.shares[0].push(count as f64 / positions as f64);
            if let Some(border) = &self.border {
                let count = border.iter().filter(|&&position| changed[position]).count();
                self.shares[1].push(count as f64 / border.len() as f64);
            }
        }
    }

    pub fn changed(self) -> Changed {
        let of = |shares: &[f64]| {
            let Measured { value, lo, hi } = mean_over_images(shares);
            Measured {
                value,
                lo: lo.map(|lo| lo.max(0.0)),
                hi: hi.map(|hi| hi.min(1.0)),
            }
        };
        Changed {
            whole: of(&self.shares[0]),
            border: self.border.as_ref().map(|_| of(&self.shares[1])),
            layer: self.of.layer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_change_where_another_class_becomes_the_largest() {
        // Two classes on 3×3 pixels, class 0 everywhere, then class 1 in a corner and in the middle.
        let before = Tensor::from_vec([vec![1.0f32; 9], vec![0.0; 9]].concat(), &[1, 2, 3, 3]);
        let mut after = before.clone();
        for place in [9, 13] {
            after.data_mut()[place] = 2.0;
        }
        let mut map = Changes::new(&Predicting {
            layer: "map".into(),
            classes: 2,
            map: Some([3, 3]),
        });
        // The same values as a sequence of nine steps: another class at two of them.
        let mut steps = Changes::new(&Predicting {
            layer: "steps".into(),
            classes: 2,
            map: None,
        });
        for _ in 0..40 {
            map.add(&before, &after);
            steps.add(&before.reshape(&[1, 9, 2]), &after.reshape(&[1, 9, 2]));
        }
        let is = |share: Measured, wanted: f64| {
            let value = share.value.unwrap_or(f64::NAN);
            assert!(
                (value - wanted).abs() < 1e-12,
                "{value} where {wanted} is right"
            );
        };
        let map = map.changed();
        is(map.whole, 2.0 / 9.0);
        is(map.border.unwrap_or_default(), 1.0 / 8.0);
        let steps = steps.changed();
        // Values 9 and 13 are the second of steps 4 and 6, where both were 0 or 1 before.
        is(steps.whole, 2.0 / 9.0);
        assert_eq!(steps.border, None);
    }
}
