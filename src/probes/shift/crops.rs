//! The same pixel in different crops.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::nn::{Mode, Model, Positions};
use crate::rng::Seed;
use crate::tensor::Tensor;
use crate::train::Pass;

/// Images of one pass.
const BATCH: usize = 50;

/// Square crops of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crops {
    /// Rows and columns of a crop.
    pub side: usize,
    /// Pixels from one crop to the next along each axis; a multiple of the network's total stride.
    pub step: usize,
}

impl Crops {
    /// Crops of a picture whose shorter side is `shorter`: moved by an eighth of it and as large as that leaves
    /// room for, or of `side` and moved by at most half of that; by a multiple of `stride` in any case.
    ///
    /// # Errors
    /// A usage error where there is no room for two crops.
    pub fn of(shorter: usize, stride: usize, side: Option<usize>) -> Result<Crops> {
        let eighth = stride * (shorter / 8 / stride).max(1);
        let side = side.unwrap_or(shorter.saturating_sub(eighth));
        let room = shorter.saturating_sub(side);
        if side == 0 || room < stride {
            return Err(Error::usage(
                "crop",
                format!(
                    "pictures of {shorter} pixels leave no room to move crops of {side} by the network's \
                     stride of {stride}"
                ),
                "use smaller crops, larger images or a network with fewer halvings",
            ));
        }
        let step = stride * (room.min(side / 2) / stride).max(1);
        Ok(Crops { side, step })
    }

    /// Where crops of a picture of `size` begin.
    fn offsets(&self, size: [usize; 2]) -> Vec<[usize; 2]> {
        let along = |n: usize| (0..=n.saturating_sub(self.side)).step_by(self.step);
        let rows = along(size[0]);
        rows.flat_map(|top| along(size[1]).map(move |left| [top, left]))
            .collect()
    }
}

/// For each picture the share of pairs of crops that disagree on a position, over all positions that lie in two
/// crops or more.
///
/// A crop's prediction for a position is the class of the largest of its scores there: see
/// [`Model::by_position`], which says what they are for a classifier.
///
/// `images` gives [N, C, H, W] for a range of indices; random paddings draw from `seed`.
///
/// # Errors
/// Where the crops do not suit the network or the images, or the network has no scores by position.
pub fn disagreement(
    model: &Model<f32>,
    crops: Crops,
    count: usize,
    mut images: impl FnMut(Range<usize>) -> Result<Tensor<f32>>,
    seed: Seed,
) -> Result<Vec<f64>> {
    let stride = model.total_stride()?;
    if stride.iter().any(|s| !crops.step.is_multiple_of(*s)) || crops.step == 0 {
        return Err(Error::usage(
            "crop",
            format!(
                "a step of {} pixels is no multiple of the network's strides {stride:?}",
                crops.step
            ),
            "move crops by multiples of both",
        ));
    }
    let mut shares = Vec::with_capacity(count);
    for start in (0..count).step_by(BATCH) {
        let batch = images(start..(start + BATCH).min(count))?;
        let [n, _, h, w] = batch.nchw("crops");
        let mut votes = vec![Votes::default(); n];
        for offset in crops.offsets([h, w]) {
            let pass = Pass {
                first_sample: start,
                ..Pass::seeded(seed)
            };
            let mut cx = pass.over(&model.state, Mode::Eval);
            let found = model.by_position(cut(&batch, offset, [crops.side; 2]), &mut cx)?;
            let first = [0, 1].map(|axis| (offset[axis] as f64 / found.stride[axis]) as usize);
            for (image, votes) in votes.iter_mut().enumerate() {
                votes.add(&found, image, first);
            }
        }
        for votes in votes {
            shares.push(votes.share().ok_or_else(nothing_shared)?);
        }
    }
    Ok(shares)
}

fn nothing_shared() -> Error {
    Error::usage(
        "crop",
        "no position of the network's last map lies in two crops",
        "use larger crops, or larger images",
    )
}

/// The crop of [N, C, H, W] that begins at `offset` and has `size`.
pub(super) fn cut(images: &Tensor<f32>, [top, left]: [usize; 2], size: [usize; 2]) -> Tensor<f32> {
    let [n, c, h, w] = images.nchw("crops");
    let [rows, columns] = size;
    let inside = images.data().chunks(w).enumerate();
    let inside = inside.filter(|(row, _)| (top..top + rows).contains(&(row % h)));
    let values = inside.flat_map(|(_, row)| &row[left..left + columns]);
    Tensor::from_vec(values.copied().collect(), &[n, c, rows, columns])
}

/// What the crops of one picture say: position and class.
#[derive(Clone, Debug, Default)]
struct Votes(Vec<([usize; 2], usize)>);

impl Votes {
    /// Adds the predictions of a crop of `image` whose position [0, 0] is the picture's `first`.
    fn add(&mut self, found: &Positions<f32>, image: usize, first: [usize; 2]) {
        let [_, h, w, classes] = found.scores.nchw("crops");
        let of_image = &found.scores.data()[image * h * w * classes..][..h * w * classes];
        for (i, scores) in of_image.chunks(classes).enumerate() {
            let better = |best, class| {
                if scores[class] > scores[best] {
                    class
                } else {
                    best
                }
            };
            let class = (0..classes).reduce(better).unwrap_or(0);
            self.0.push(([first[0] + i / w, first[1] + i % w], class));
        }
    }

    /// The share of pairs that disagree; `None` without pairs.
    fn share(mut self) -> Option<f64> {
        self.0.sort_unstable();
        let pairs = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
        let (mut all, mut agreeing) = (0.0, 0.0);
        for position in self.0.chunk_by(|a, b| a.0 == b.0) {
            all += pairs(position.len());
            let same = position.chunk_by(|a, b| a.1 == b.1);
            agreeing += same.map(|same| pairs(same.len())).sum::<f64>();
        }
        (all > 0.0).then(|| (all - agreeing) / all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Var;
    use crate::nn::layers::Sequential;
    use crate::nn::{Context, Feature, Layer, models};
    use crate::padding::Padding;

    #[test]
    fn crops_fit_and_move_by_the_stride() {
        let of = |shorter, stride, side| Crops::of(shorter, stride, side).ok();
        let crops = |side, step| Some(Crops { side, step });
        assert_eq!(of(32, 4, None), crops(28, 4));
        assert_eq!(of(32, 1, None), crops(28, 4));
        assert_eq!(of(224, 32, None), crops(192, 32));
        assert_eq!(of(112, 4, None), crops(100, 12));
        assert_eq!(of(40, 8, Some(30)), crops(30, 8));
        assert_eq!(of(32, 4, Some(16)), crops(16, 8));
        for (stride, side) in [(32, None), (4, Some(30)), (4, Some(40)), (4, Some(0))] {
            assert_eq!(of(32, stride, side), None, "{stride} {side:?}");
        }
        let offsets = Crops { side: 24, step: 4 }.offsets([32, 28]);
        assert_eq!(offsets.len(), 3 * 2);
        assert_eq!((offsets[0], offsets[5]), ([0, 0], [8, 4]));
    }

    /// Without padding a crop computes at a position what every other computes there.
    #[test]
    fn crops_of_a_network_without_padding_agree() {
        let pixels = Tensor::randn(&[60, 3, 40, 40], &mut Seed(2).rng());
        let small = models::find("small").expect("an architecture");
        let model = small.build([3, 32, 32], 10, Padding::valid(), Seed(1));
        let crops = Crops::of(40, 4, Some(32)).expect("crops");
        let images = |range| Ok(pixels.rows(range));
        let found = disagreement(&model.expect("a network"), crops, 60, images, Seed(3));
        assert_eq!(found.expect("shares"), [0.0; 60]);
    }

    /// Two scores that say whether the column is 2 or more: a network that goes by its position alone.
    struct RightHalf;

    impl Layer<f32> for RightHalf {
        fn channels(&self, _path: &str, _inputs: &[[usize; 3]]) -> Result<usize> {
            Ok(2)
        }

        fn forward(&self, x: &[Feature<f32>], _cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
            Ok(x[0].pointwise(|x| {
                let [n, _, h, w] = x.value().nchw("a test");
                let score = |i: usize| match i / (h * w) % 2 {
                    0 => 1.5,
                    _ => (i % w) as f32,
                };
                let scores = (0..n * 2 * h * w).map(score).collect();
                Var::constant(Tensor::from_vec(scores, &[n, 2, h, w]))
            }))
        }
    }

    /// Crops of 4 at 0 and 2 of 6 pixels. Pairs beside each other share 4·2 positions and disagree on all, pairs
    /// above each other share as many and agree; the diagonal ones share 2·2 and disagree: 24 of 40.
    #[test]
    fn a_network_that_goes_by_its_columns_disagrees_as_computed_by_hand() {
        let model = Model::new(
            Sequential::new().named("half", RightHalf),
            [1, 6, 6],
            Seed(0),
        );
        let model = model.expect("a network");
        let images = |range: Range<usize>| Ok(Tensor::zeros(&[range.len(), 1, 6, 6]));
        let crops = Crops { side: 4, step: 2 };
        let found = disagreement(&model, crops, 3, images, Seed(0)).expect("shares");
        assert_eq!(found, [0.6; 3]);
    }
}
