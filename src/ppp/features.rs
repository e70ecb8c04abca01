//! The measurement of features that somebody else computed.

use super::accumulator::Accumulator;
use super::measure::{MeasureOptions, enough_images};
use super::metrics::{LayerMeasurement, evaluate};
use crate::error::{Error, Result};
use crate::nn::{Kind, LayerInfo, ReceptiveField};
use crate::tensor::Tensor;

/// Measures features [N, C, h, w] that anybody computed, `next` giving those under the padding and those under true
/// surroundings of as many further images as it is asked for.
///
/// Positions are `stride` pixels of the image apart, and the halo ends where D is below `tau` of the content.
///
/// # Errors
/// Where the images are too few for intervals, or `next` fails or gives other shapes.
pub fn measure_features(
    images: usize,
    shape: [usize; 3],
    (stride, tau): (f64, f64),
    mut next: impl FnMut(usize) -> Result<[Tensor<f64>; 2]>,
) -> Result<LayerMeasurement> {
    enough_images(images)?;
    let mut sums = Accumulator::new(shape, images);
    let batch = MeasureOptions::default().batch;
    for start in (0..images).step_by(batch) {
        let count = batch.min(images - start);
        let [a, b] = next(count)?;
        let wanted = [count, shape[0], shape[1], shape[2]];
        if a.shape() != wanted || b.shape() != wanted {
            let problem = format!(
                "shapes {:?} and {:?} where {wanted:?} is due",
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
