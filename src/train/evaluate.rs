//! Loss and accuracy on a test set.

use serde::Serialize;

use super::pass::{Pass, input};
use crate::autodiff::{Var, ops};
use crate::data::{Dataset, prefetch};
use crate::error::Result;
use crate::nn::{Mode, Model};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Mean loss and share of right predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// The mean over images.
    pub loss: f64,
    /// The share of images whose largest logit is their class's.
    pub accuracy: f64,
}

/// How many rows of logits [N, K] are largest at their label.
pub(super) fn right(logits: &Tensor<f32>, labels: &[usize]) -> usize {
    right_rows(logits, labels).filter(|right| *right).count()
}

/// Whether each row of logits [N, K] is largest at its label.
pub(crate) fn right_rows(logits: &Tensor<f32>, labels: &[usize]) -> impl Iterator<Item = bool> {
    let classes = logits.shape()[1];
    let rows = logits.data().chunks(classes).zip(labels);
    // A NaN beats nothing and is beaten by nothing, so it must not count as right.
    let wins = |row: &[f32], label: usize| {
        let beaten = |own: f32, i: usize, v: f32| own > v || i == label && !v.is_nan();
        let own = row.get(label).copied();
        own.is_some_and(|own| row.iter().enumerate().all(|(i, v)| beaten(own, i, *v)))
    };
    rows.map(move |(row, label)| wins(row, *label))
}

const BATCH: usize = 100;

/// Scores `model` on the test images of `data`, in evaluation; random paddings draw from `seed`.
///
/// # Errors
/// Where the images are too small for the network.
pub fn evaluate(model: &Model<f32>, data: &Dataset, seed: Seed) -> Result<Score> {
    let loss = |logits: &Var<f32>, labels: &[usize]| ops::cross_entropy(logits, labels, 0.0);
    evaluate_with(model, data, Pass::seeded(seed), loss)
}

/// [`evaluate`] by another loss.
pub(super) fn evaluate_with(
    model: &Model<f32>,
    data: &Dataset,
    pass: Pass,
    mut of_batch: impl FnMut(&Var<f32>, &[usize]) -> Var<f32> + Send,
) -> Result<Score> {
    let n = data.test.len();
    let (mut loss, mut hits) = (0.0, 0);
    let prepare = |start: usize| (start, data.test_batch(start..(start + BATCH).min(n)));
    prefetch((0..n).step_by(BATCH), prepare, |(start, prepared)| {
        let (images, labels) = prepared?;
        let pass = Pass {
            first_sample: start,
            ..pass
        };
        let images = input(data, images);
        let mut cx = pass.given(&images, &model.state, Mode::Eval);
        let logits = model.forward(images, &mut cx)?.value;
        let mean = of_batch(&logits, &labels).value().item();
        loss += f64::from(mean) * labels.len() as f64;
        hits += right(logits.value(), &labels);
        Ok(())
    })?;
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
