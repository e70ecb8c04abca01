//! Nulls from real networks: each image's D times a random sign keeps its size and shares no pattern.
//!
//! What a metric claims of such a layer, it claims of nothing. Source: Fisher, *The Design of Experiments*, 1935,
//! section 21.

use std::ops::Range;

use rand::RngExt;

use super::measure::check;
use super::metric::{Metric, Metrics};
use super::options::MeasureOptions;
use super::passes::{Setting, both_passes};
use super::shared::{channel_mean, power_of, unbiased_mae};
use crate::autodiff::Var;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Feature, Model, Surroundings};
use crate::rng::Seed;
use crate::statistics::{BLOCKS, Measured};
use crate::tensor::Tensor;

/// D of every image at one layer.
#[derive(Clone, Debug)]
pub struct SignFlips {
    /// Dotted name of the layer.
    pub name: String,
    shape: [usize; 3],
    /// [N, C·h·w].
    differences: Vec<f32>,
    /// avg(var(B)), of all images and without each block.
    content: Spread,
    /// avg(mean D²), likewise.
    power: Spread,
}

/// What a power is compared with: of all images, and with each block of them left out.
#[derive(Clone, Debug)]
struct Spread {
    all: f64,
    without: Vec<f64>,
}

/// Keeps D of every image at the tapped layers: memory grows with the images, unlike in a measurement.
///
/// # Errors
/// As [`super::measure_images`].
pub fn sign_flips<T: Scalar>(
    model: &Model<T>,
    mut wide: impl FnMut(Range<usize>) -> Result<Tensor<T>>,
    margin: usize,
    options: &MeasureOptions,
) -> Result<Vec<SignFlips>> {
    check(model, margin, options)?;
    let layers = options.taps.select(model)?;
    let mut kept: Vec<[Vec<f32>; 2]> = vec![Default::default(); layers.len()];
    let wanted = |name: &str| layers.iter().any(|layer| layer.name == name);
    let batch = options.batch.max(1);
    for first in (0..options.images).step_by(batch) {
        let images = wide(first..(first + batch).min(options.images))?;
        let images = Feature::wide(Var::constant(images), margin);
        let setting = Setting {
            first,
            seed: options.seed,
            planted: None,
        };
        let (a, b) = both_passes(model, images, Surroundings::True, setting, &wanted)?;
        for (layer, [differences, content]) in layers.iter().zip(&mut kept) {
            let [a, b] = [&a, &b].map(|pass| &pass.features[&layer.name]);
            let pairs = a.data().iter().zip(b.data());
            differences.extend(pairs.map(|(a, b)| (a.as_f64() - b.as_f64()) as f32));
            content.extend(b.data().iter().map(|b| b.as_f64() as f32));
        }
    }
    let layers = layers.into_iter().zip(kept);
    let of_layer = layers.map(|(layer, [differences, content])| SignFlips {
        name: layer.name,
        content: Spread::of(&content, options.images, variance),
        power: Spread::of(&differences, options.images, mean_square),
        shape: layer.shape,
        differences,
    });
    Ok(of_layer.collect())
}

impl SignFlips {
    /// What is measured on the whole map after every D has taken a random sign.
    pub fn flipped(&self, seed: Seed) -> Metrics {
        let mut rng = seed.rng();
        self.with_signs(|| if rng.random::<bool>() { 1.0 } else { -1.0 })
    }

    /// What is measured where D of each image in turn is multiplied by what `sign` gives.
    fn with_signs(&self, mut sign: impl FnMut() -> f64) -> Metrics {
        let len = self.shape.iter().product::<usize>().max(1);
        let images = self.differences.len() / len;
        let mut blocks = vec![vec![0.0; len]; BLOCKS];
        let mut counts = [0.0; BLOCKS];
        for (i, own) in self.differences.chunks_exact(len).enumerate() {
            let (sign, b) = (sign(), i * BLOCKS / images);
            let signed = own.iter().map(|d| sign * f64::from(*d));
            blocks[b]
                .iter_mut()
                .zip(signed)
                .for_each(|(sum, d)| *sum += d);
            counts[b] += 1.0;
        }
        let mae = mae(&blocks, &counts);
        for (block, count) in blocks.iter_mut().zip(counts) {
            block.iter_mut().for_each(|sum| *sum /= count);
        }
        let power = power_of(&blocks);
        let over = |spread: &Spread| power.over(spread.all, &spread.without).measured();
        let energy = power.measured();
        let means = blocks.iter().map(|block| channel_mean(block, self.shape));
        let means: Vec<Vec<f64>> = means.collect();
        let mut metrics = Metrics::default();
        for (metric, measured) in [
            (Metric::Rms, energy.root()),
            (Metric::NRms, over(&self.content).root()),
            (Metric::PatternP, Measured::exact(power.p)),
            (Metric::ChannelMeanRms, power_of(&means).root()),
            (Metric::MaeUnbiased, unbiased_mae(&blocks)),
            (Metric::MaePpp, mae),
            (Metric::Energy, energy),
            (Metric::Coherence, over(&self.power)),
        ] {
            metrics.push(metric, measured);
        }
        metrics
    }
}

/// avg|P| from the sums of D over the images of each block, with the jackknife's interval.
fn mae(blocks: &[Vec<f64>], counts: &[f64]) -> Measured {
    let mut total = vec![0.0; blocks.first().map_or(0, Vec::len)];
    for block in blocks {
        total.iter_mut().zip(block).for_each(|(t, d)| *t += d);
    }
    let (n, len) = (counts.iter().sum::<f64>(), total.len() as f64);
    let left_out = blocks.iter().zip(counts).map(|(block, count)| {
        let rest = total.iter().zip(block).map(|(t, d)| (t - d).abs());
        rest.sum::<f64>() / (n - count) / len
    });
    let all = total.iter().map(|t| t.abs()).sum::<f64>() / n / len;
    Measured::new(all, &left_out.collect::<Vec<_>>())
}

impl Spread {
    /// That of `values` [N, C·h·w], from the sums of values and of their squares at every position.
    fn of(values: &[f32], images: usize, spread: fn(f64, f64, f64) -> f64) -> Spread {
        let len = values.len() / images.max(1);
        let over = |left_out: Option<usize>| {
            let mut sums = vec![[0.0; 2]; len];
            let mut n = 0.0;
            for (i, own) in values.chunks_exact(len.max(1)).enumerate() {
                if left_out == Some(i * BLOCKS / images) {
                    continue;
                }
                n += 1.0;
                for ([sum, squares], value) in sums.iter_mut().zip(own) {
                    let value = f64::from(*value);
                    *sum += value;
                    *squares += value * value;
                }
            }
            let of_position = |[sum, squares]: &[f64; 2]| spread(*sum, *squares, n);
            sums.iter().map(of_position).sum::<f64>() / len as f64
        };
        Spread {
            all: over(None),
            without: (0..BLOCKS).map(|block| over(Some(block))).collect(),
        }
    }
}

fn variance(sum: f64, squares: f64, n: f64) -> f64 {
    ((squares - sum * sum / n) / (n - 1.0)).max(0.0)
}

fn mean_square(_sum: f64, squares: f64, n: f64) -> f64 {
    squares / n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::models;
    use crate::padding::Padding;
    use crate::ppp::{Taps, measure_images};

    #[test]
    fn with_every_sign_up_it_is_the_measurement_and_flips_take_the_pattern_away() {
        let small = models::find("small").expect("an architecture");
        let padding = Padding::parse("zeros").expect("a scheme");
        let model = small
            .build([1, 16, 16], 3, padding, Seed(1))
            .expect("a net");
        let margin = model.needed_margin().expect("a margin");
        let side = 16 + 2 * margin;
        let images = Tensor::<f32>::randn(&[50, 1, side, side], &mut Seed(2).rng());
        let images = images.map(|v| v + 1.0);
        let wide = |range: Range<usize>| Ok(images.rows(range));
        let options = MeasureOptions {
            images: 50,
            batch: 20,
            taps: Taps::Convolutions,
            ..MeasureOptions::default()
        };
        let measured = measure_images(&model, wide, margin, &options, &mut |_| {}).expect("it");
        let flips = sign_flips(&model, wide, margin, &options).expect("flips");
        assert_eq!(flips.len(), measured.layers.len());
        for (flips, layer) in flips.iter().zip(&measured.layers) {
            let all_up = flips.with_signs(|| 1.0);
            assert_eq!(all_up.iter().len(), 8);
            for (quantity, own) in all_up.iter() {
                let other = layer.get(*quantity).expect("the same metric");
                for (own, other) in [
                    (own.value, other.value),
                    (own.lo, other.lo),
                    (own.hi, other.hi),
                ] {
                    let (own, other) = (own.unwrap_or(0.0), other.unwrap_or(0.0));
                    let close = (own - other).abs() <= 1e-4 * other.abs().max(1e-6);
                    let what = format!("{} {}", flips.name, quantity.metric.name());
                    assert!(close, "{what}: {own} for {other}");
                }
            }
            let energy = |metrics: &Metrics| metrics.get(Metric::Energy).and_then(|m| m.value);
            assert!(energy(&flips.flipped(Seed(3))) < energy(&all_up));
            let [one, other] = [3, 4].map(|seed| energy(&flips.flipped(Seed(seed))));
            assert_ne!(one, other);
        }
    }
}
