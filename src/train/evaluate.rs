//! Loss and accuracy on a test set.

use crate::autodiff::{Var, ops};
use crate::data::{Dataset, ahead};
use crate::error::Result;
use crate::nn::{Context, Feature, Mode, Model};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Mean loss and share of right predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    pub loss: f64,
    pub accuracy: f64,
}

/// How many rows of logits [N, K] are largest at their label.
pub(super) fn right(logits: &Tensor<f32>, labels: &[usize]) -> usize {
    let classes = logits.shape()[1];
    let rows = logits.data().chunks(classes).zip(labels);
    // A NaN beats nothing and is beaten by nothing, so it must not count as right.
    let wins = |row: &[f32], label: usize| {
        row.iter()
            .enumerate()
            .all(|(i, v)| row[label] > *v || i == label && !v.is_nan())
    };
    rows.filter(|(row, label)| wins(row, **label)).count()
}

const BATCH: usize = 100;

/// Scores `model` on the test images of `data`, in evaluation; random paddings draw from `seed`.
///
/// # Errors
/// Where the images are too small for the network.
pub fn evaluate(model: &Model<f32>, data: &Dataset, seed: Seed) -> Result<Score> {
    let n = data.test.len();
    let (mut loss, mut hits) = (0.0, 0);
    let prepare = |start: usize| (start, data.test_batch(start..(start + BATCH).min(n)));
    ahead(
        (0..n).step_by(BATCH),
        prepare,
        |(start, (images, labels))| {
            let mut cx = Context::new(&model.state, Mode::Eval)
                .seed(seed)
                .first_sample(start);
            let logits = model
                .forward(Feature::images(Var::constant(images)), &mut cx)?
                .value;
            let mean = ops::cross_entropy(&logits, &labels, 0.0).value().item();
            loss += f64::from(mean) * labels.len() as f64;
            hits += right(logits.value(), &labels);
            Ok(())
        },
    )?;
    let n = n.max(1) as f64;
    Ok(Score {
        loss: loss / n,
        accuracy: hits as f64 / n,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_and_nan_are_not_right() {
        let logits = Tensor::from_vec(vec![1.0, 0.0, 0.5, 0.5, f32::NAN, 0.0], &[3, 2]);
        assert_eq!(right(&logits, &[0, 0, 0]), 1);
        assert_eq!(right(&logits, &[1, 1, 1]), 0);
    }
}
