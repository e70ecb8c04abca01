//! Position signals of known strength, to be found.

use crate::error::Result;
use crate::nn::{Model, Planted};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A smooth ramp in a random direction and a frame of one pixel along the border, mixed anew for every
/// channel; scaled so that its mean square is 1.
///
/// # Shapes
/// [C, h, w].
pub fn pattern([channels, height, width]: [usize; 3], seed: Seed) -> Tensor<f32> {
    let mix = Tensor::<f64>::randn(&[channels, 3], &mut seed.rng());
    let ramp = |at: usize, n: usize| 2.0 * at as f64 / (n.max(2) - 1) as f64 - 1.0;
    let mut values = Vec::with_capacity(channels * height * width);
    for channel in mix.data().chunks(3) {
        for y in 0..height {
            for x in 0..width {
                let border = y == 0 || x == 0 || y + 1 == height || x + 1 == width;
                let frame = f64::from(u8::from(border));
                values.push(
                    channel[0] * ramp(x, width) + channel[1] * ramp(y, height) + channel[2] * frame,
                );
            }
        }
    }
    let square = values.iter().map(|v| v * v).sum::<f64>() / values.len().max(1) as f64;
    let scale = if square > 0.0 { square.sqrt() } else { 1.0 };
    let values = values.into_iter().map(|v| (v / scale) as f32).collect();
    Tensor::from_vec(values, &[channels, height, width])
}

/// The [`pattern`] at `layer` with `strength` times the standard deviation of the layer's content.
///
/// The content's deviation is √avg(var), the variance over `images` and the mean over channels and
/// positions, so that a signal of strength s has the signal-to-noise ratio s² where it is planted.
///
/// # Errors
/// Where the network has no such layer or the images are too small.
pub fn signal(
    model: &Model<f32>,
    layer: &str,
    images: Tensor<f32>,
    strength: f64,
    seed: Seed,
) -> Result<Planted<f32>> {
    let features = output_of(model, layer, &images)?;
    let [_, channels, height, width] = features.nchw("a planted signal");
    let scale = (strength * content_deviation(&features)) as f32;
    let pattern = pattern([channels, height, width], seed);
    Ok(Planted {
        layer: layer.to_string(),
        pattern: pattern.map(|v| v * scale),
    })
}

fn output_of(model: &Model<f32>, layer: &str, images: &Tensor<f32>) -> Result<Tensor<f32>> {
    let mut found = model.features(images, &[layer])?;
    Ok(found.remove(layer).expect("the layer that was asked for"))
}

/// √avg(var): the unbiased variance over images, its mean over channels and positions.
fn content_deviation(features: &Tensor<f32>) -> f64 {
    let images = features.shape()[0];
    let size = features.len() / images.max(1);
    let variance = |at: usize| {
        let values = || (0..images).map(|n| f64::from(features.data()[n * size + at]));
        let mean = values().sum::<f64>() / images as f64;
        values().map(|v| (v - mean).powi(2)).sum::<f64>() / (images.max(2) - 1) as f64
    };
    ((0..size).map(variance).sum::<f64>() / size.max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::models;
    use crate::padding::Padding;

    #[test]
    fn a_signal_has_the_strength_it_was_asked_for() {
        let small = models::find("small").expect("an architecture");
        let model = small
            .build([3, 24, 24], 10, Padding::valid(), Seed(1))
            .expect("a network");
        let images = Tensor::randn(&[30, 3, 24, 24], &mut Seed(2).rng());
        let features = output_of(&model, "features.5", &images).expect("features");
        let planted = signal(&model, "features.5", images, 0.1, Seed(3)).expect("a signal");
        assert_eq!(planted.pattern.shape(), &features.shape()[1..]);
        let squares = planted.pattern.data().iter().map(|v| f64::from(v * v));
        let mean_square = squares.sum::<f64>() / planted.pattern.len() as f64;
        let wanted = (0.1 * content_deviation(&features)).powi(2);
        assert!((mean_square / wanted - 1.0).abs() < 1e-4);
    }

    #[test]
    fn the_contents_deviation_is_over_images_and_not_over_positions() {
        // Two images, two positions: positions differ by 10, images by 2 at each.
        let features = Tensor::from_vec(vec![1.0, 11.0, 3.0, 13.0], &[2, 1, 1, 2]);
        assert!((content_deviation(&features) - 2f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn every_channel_of_a_pattern_has_a_mixture_of_its_own() {
        let found = pattern([4, 5, 6], Seed(1));
        assert_ne!(found.data()[..30], found.data()[30..60]);
        assert_eq!(found, pattern([4, 5, 6], Seed(1)));
        assert!(pattern([1, 1, 1], Seed(1)).is_finite());
    }
}
