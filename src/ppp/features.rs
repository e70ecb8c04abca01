//! The measurement of features that somebody else computed.

use super::accumulator::Accumulator;
use super::measure::enough_images;
use super::metrics::{LayerMeasurement, evaluate};
use super::options::MeasureOptions;
use crate::error::{Error, Result};
use crate::nn::{Kind, LayerInfo, ReceptiveField};
use crate::tensor::Tensor;

/// Features of a layer whose statistics are kept; of layers with more, evenly spread channels stand for all.
pub const MOST_FEATURES: usize = 400_000;
/// Positions of a map whose statistics still fit into memory for one channel.
const MOST_POSITIONS: usize = 4_000_000;
/// Bytes that the features of some images may take, as f64, in both passes.
const BATCH_BYTES: usize = 256 << 20;

/// Measures features [N, C, h, w] that anybody computed, `next` giving those under the padding and those under true
/// surroundings of as many further images as it is asked for.
///
/// Positions are `stride` pixels of the image apart, and the halo ends where D is below `tau` of the content. Of more
/// than [`MOST_FEATURES`] features evenly spread channels stand for all: as many as the pattern that is found has.
///
/// # Errors
/// Where the images are too few for intervals, a map is too large, or `next` fails or gives other shapes.
pub fn measure_features(
    images: usize,
    shape: [usize; 3],
    (stride, tau): (f64, f64),
    mut next: impl FnMut(usize) -> Result<[Tensor<f64>; 2]>,
) -> Result<LayerMeasurement> {
    enough_images(images)?;
    let [_, h, w] = shape;
    if h.saturating_mul(w) > MOST_POSITIONS {
        let problem = format!("a map of {h}×{w} positions is too large for its statistics");
        let remedy = format!("crop both passes to at most {MOST_POSITIONS} positions");
        return Err(Error::invalid("features", problem, remedy));
    }
    let mut sums = Accumulator::at_most(MOST_FEATURES, shape, images);
    let bytes = shape.iter().product::<usize>() * 2 * size_of::<f64>();
    let usual = MeasureOptions::default().batch;
    let batch = (BATCH_BYTES / bytes.max(1)).clamp(1, usual);
    for start in (0..images).step_by(batch) {
        let count = batch.min(images - start);
        let [a, b] = next(count)?;
        let wanted = [count, shape[0], shape[1], shape[2]];
        if a.shape() != wanted || b.shape() != wanted {
            let problem = format!(
                "shapes {:?} and {:?} instead of {wanted:?}",
                a.shape(),
                b.shape()
            );
            return Err(Error::invalid(
                "features",
                problem,
                "give both passes alike",
            ));
        }
        sums.add(&a, &b);
    }
    let field = ReceptiveField {
        stride: [stride; 2],
        ..ReceptiveField::default()
    };
    let layer = LayerInfo {
        name: "features".into(),
        kind: Kind::Other,
        shape,
        global: false,
        field,
    };
    Ok(evaluate(&layer, sums, tau))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    #[test]
    fn a_few_channels_stand_for_those_of_large_features() {
        let shape = [4, 320, 320];
        let mut rng = Seed(1).rng();
        let found = measure_features(40, shape, (1.0, 0.1), |count| {
            let b = Tensor::<f64>::randn(&[count, 4, 320, 320], &mut rng);
            Ok([b.map(|b| b + 0.5), b])
        });
        let found = found.expect("a measurement");
        assert_eq!(found.pattern.shape(), [2, 320, 320]);
        let rms = found.value(crate::ppp::Metric::Rms).expect("a strength");
        assert!((rms - 0.5).abs() < 1e-6, "{rms}");
        let problem = measure_features(40, [1, 2001, 2000], (1.0, 0.1), |_| {
            unreachable!("nothing is read of maps that are too large")
        });
        let problem = problem.expect_err("too large").to_string();
        assert!(problem.contains("2001×2000"), "{problem}");
    }
}
