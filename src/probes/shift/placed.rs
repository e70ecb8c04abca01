//! Accuracy by the distance of an object from the border of the image.

use std::ops::Range;

use super::crops::cut;
use crate::autodiff::Var;
use crate::error::{Error, Result};
use crate::nn::{Feature, Mode, Model};
use crate::rng::Seed;
use crate::statistics::{Measured, mean_over_images};
use crate::tensor::Tensor;
use crate::train::{Pass, right_rows};

/// Images of one pass.
const BATCH: usize = 50;

/// Windows that an object moves through: half of its surroundings lies on each side of it where it is centred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placements {
    /// Pixels of surroundings on each side of the object in the pictures that are given.
    surround: usize,
    /// Pixels between the object and the nearest border of the window, ascending; the last is the centre.
    distances: Vec<usize>,
}

/// The accuracy with the object at one distance from the border.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Pixels between the object and the border of the window.
    pub distance: usize,
    /// The share of images that are classified correctly, a mean over the four borders.
    pub accuracy: Measured,
    /// That less the accuracy where the object is centred, on the same images.
    pub change: Measured,
}

impl Placements {
    /// Distances 0, s, 2s, 4s, … up to half of `surround`, s the network's total `stride`: moved by multiples of it,
    /// an object is sampled alike wherever it is.
    ///
    /// # Errors
    /// A usage error where half of the surroundings is no multiple of the stride.
    pub fn of(surround: usize, stride: usize) -> Result<Placements> {
        let centre = surround / 2;
        if surround == 0 || surround % 2 == 1 || !centre.is_multiple_of(stride) {
            return Err(Error::usage(
                "surround",
                format!(
                    "half of {surround} pixels is no multiple of the network's stride of {stride}"
                ),
                format!("use {}", 2 * stride * (centre / stride).max(1)),
            ));
        }
        let doubled = std::iter::successors(Some(stride), |d| Some(2 * d));
        let between = doubled.take_while(|&d| d < centre);
        let distances = std::iter::once(0).chain(between).chain([centre]);
        Ok(Placements {
            surround,
            distances: distances.collect(),
        })
    }

    /// Where a window begins in a picture so that the object is `distance` from each of its borders in turn.
    fn offsets(&self, distance: usize) -> [[usize; 2]; 4] {
        let (near, far, centred) = (self.surround - distance, distance, self.surround / 2);
        [
            [near, centred],
            [far, centred],
            [centred, near],
            [centred, far],
        ]
    }
}

/// Accuracy at every distance: the four borders of a window in turn, the object centred along them.
///
/// `images` gives [N, C, H, W] for a range of indices, with the object in their middle and
/// the placements' surroundings around it, and the objects' classes. Windows are H − s and W − s pixels for s
/// pixels of surroundings, so each shows as much of the neighbours as the next. Random paddings draw from `seed`.
///
/// # Errors
/// Where the network takes no images of the windows' size.
pub fn by_distance(
    model: &Model<f32>,
    placements: &Placements,
    count: usize,
    mut images: impl FnMut(Range<usize>) -> Result<(Tensor<f32>, Vec<usize>)>,
    seed: Seed,
) -> Result<Vec<Placed>> {
    let mut shares = vec![Vec::with_capacity(count); placements.distances.len()];
    for start in (0..count).step_by(BATCH) {
        let (batch, labels) = images(start..(start + BATCH).min(count))?;
        let [_, _, h, w] = batch.nchw("placed objects");
        let size = [h, w].map(|side| side - placements.surround);
        for (&distance, shares) in placements.distances.iter().zip(&mut shares) {
            let mut hits = vec![0.0; labels.len()];
            for offset in placements.offsets(distance) {
                let pass = Pass {
                    first_sample: start,
                    ..Pass::seeded(seed)
                };
                let mut cx = pass.over(&model.state, Mode::Eval);
                let window = Feature::images(Var::constant(cut(&batch, offset, size)));
                let logits = model.forward(window, &mut cx)?.value;
                for (hits, right) in hits.iter_mut().zip(right_rows(logits.value(), &labels)) {
                    *hits += f64::from(right) / 4.0;
                }
            }
            shares.extend(hits);
        }
    }
    let Some(centred) = shares.last() else {
        return Ok(Vec::new());
    };
    let placed = |(&distance, here): (&usize, &Vec<f64>)| {
        let change: Vec<f64> = here.iter().zip(centred).map(|(a, b)| a - b).collect();
        Placed {
            distance,
            accuracy: mean_over_images(here),
            change: mean_over_images(&change),
        }
    };
    Ok(placements
        .distances
        .iter()
        .zip(&shares)
        .map(placed)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::layers::Sequential;
    use crate::nn::{Context, Geometry, Layer};

    #[test]
    fn distances_are_multiples_of_the_stride_up_to_the_centre() {
        let of = |surround, stride| Placements::of(surround, stride).map(|p| p.distances).ok();
        assert_eq!(of(16, 1), Some(vec![0, 1, 2, 4, 8]));
        assert_eq!(of(16, 4), Some(vec![0, 4, 8]));
        assert_eq!(of(24, 4), Some(vec![0, 4, 8, 12]));
        for (surround, stride) in [(0, 1), (7, 1), (12, 4), (8, 8)] {
            assert_eq!(of(surround, stride), None, "{surround} {stride}");
        }
    }

    /// Two scores: the brightness of the window's first column, and 0.5.
    struct FirstColumn;

    impl Layer<f32> for FirstColumn {
        fn channels(&self, _path: &str, _inputs: &[[usize; 3]]) -> Result<usize> {
            Ok(2)
        }

        fn geometry(&self) -> Geometry {
            Geometry::Whole([1, 1])
        }

        fn forward(&self, x: &[Feature<f32>], _cx: &mut Context<'_, f32>) -> Result<Feature<f32>> {
            let x = x[0].on_grid();
            let [n, c, h, w] = x.value().nchw("a test");
            let images = x.value().data().chunks(c * h * w);
            let scores = images.flat_map(|image| {
                let column = image.iter().step_by(w);
                [column.sum::<f32>() / h as f32, 0.1]
            });
            let scores = Tensor::from_vec(scores.collect(), &[n, 2]);
            Ok(Feature::flat(Var::constant(scores)))
        }
    }

    /// A bright object of 4 pixels among dark neighbours, which is right as long as it touches the left border:
    /// one of four borders at distance 0, never elsewhere.
    #[test]
    fn an_object_that_is_seen_at_one_border_alone_is_right_in_a_quarter() {
        let layers = Sequential::new().named("first", FirstColumn);
        let model = Model::new(layers, [1, 12, 12], Seed(0)).expect("a network");
        let placements = Placements::of(4, 1).expect("placements");
        let images = |range: Range<usize>| {
            let pixel =
                |i: usize| f32::from((4..8).contains(&(i % 12)) && (4..8).contains(&(i / 12 % 12)));
            let values = (0..range.len() * 144).map(pixel).collect();
            let labels = vec![0; range.len()];
            Ok((Tensor::from_vec(values, &[range.len(), 1, 12, 12]), labels))
        };
        let found = by_distance(&model, &placements, 60, images, Seed(0)).expect("accuracies");
        let told: Vec<_> = found
            .iter()
            .map(|p| (p.distance, p.accuracy.value, p.change.value))
            .collect();
        let never = |distance| (distance, Some(0.0), Some(0.0));
        assert_eq!(told, [(0, Some(0.25), Some(0.25)), never(1), never(2)]);
    }
}
