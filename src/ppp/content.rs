//! What the images themselves say about position, apart from padding.

use super::accumulator::Accumulator;
use crate::statistics::Measured;

/// `content_snr`: the pattern of the content against its own spread, 0 where content carries no position.
///
/// Let M be the mean over images of B, the features under optimal padding, around its mean over positions,
/// channel by channel. Its power, avg(M²), is estimated without bias from the products of the blocks'
/// own M: (|Σ M_b|² - Σ |M_b|²) / (g(g-1)) over g blocks, as two different blocks share no image and hence no
/// noise. The value is that power over avg(var(B)) = `spread`, `spread_without[b]` without block b.
///
/// This project's own: PPP is blind to content by construction (A and B see the same image), so that what
/// content adds can be told next to it.
pub(super) fn content_snr(sums: &Accumulator, spread: f64, spread_without: &[f64]) -> Measured {
    let [_, h, w] = sums.shape();
    let blocks: Vec<Vec<f64>> = sums.mean_content().map(|b| centred(b, h * w)).collect();
    let len = blocks.first().map_or(1, Vec::len).max(1) as f64;
    let total = blocks
        .iter()
        .fold(vec![0.0; len as usize], |mut total, block| {
            total.iter_mut().zip(block).for_each(|(t, b)| *t += b);
            total
        });
    let own: Vec<f64> = blocks.iter().map(|block| dot(block, block)).collect();
    let (all, each) = (dot(&total, &total), own.iter().sum::<f64>());
    let power = |all: f64, each: f64, g: f64| (all - each) / (g * (g - 1.0) * len);
    let g = blocks.len() as f64;
    let without: Vec<f64> = (0..blocks.len())
        .map(|b| {
            // |Σ M - M_b|² from products that are there already.
            let rest = all - 2.0 * dot(&total, &blocks[b]) + own[b];
            power(rest, each - own[b], g - 1.0) / spread_without[b]
        })
        .collect();
    Measured::new(power(all, each, g) / spread, &without)
}

/// Every channel of `pixels` positions around its mean over them.
fn centred(mut map: Vec<f64>, pixels: usize) -> Vec<f64> {
    for channel in map.chunks_mut(pixels.max(1)) {
        let mean = channel.iter().sum::<f64>() / channel.len() as f64;
        channel.iter_mut().for_each(|value| *value -= mean);
    }
    map
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use crate::tensor::Tensor;

    /// Features of 400 images on a 4×4 map: unit noise plus `slope` times the column, centred.
    fn measured(seed: u64, slope: f64) -> Measured {
        let mut sums = Accumulator::new([2, 4, 4], 400);
        let noise = Tensor::<f64>::randn(&[400, 2, 4, 4], &mut Seed(seed).rng());
        let mut features = noise.clone();
        for (i, value) in features.data_mut().iter_mut().enumerate() {
            *value += slope * ((i % 4) as f64 - 1.5);
        }
        sums.add(&features, &features);
        content_snr(&sums, 1.0, &[1.0; 20])
    }

    #[test]
    fn noise_alone_carries_no_position() {
        let metrics: Vec<Measured> = (0..12).map(|seed| measured(seed, 0.0)).collect();
        for metric in &metrics {
            let around_zero = metric.lo < Some(0.0) && metric.hi > Some(0.0);
            assert!(around_zero, "{metric:?}");
        }
        // Its standard deviation is 1/N · √(2 / positions) = 0.0006, a third of it for the mean of twelve.
        let mean = metrics.iter().filter_map(|m| m.value).sum::<f64>() / 12.0;
        assert!(mean.abs() < 6e-4, "{mean}");
    }

    #[test]
    fn a_slope_is_found_with_its_power() {
        // avg of (slope·(column - 1.5))² over four columns is 1.25·slope².
        let metric = measured(0, 0.4);
        let expected = 1.25 * 0.16;
        assert!(
            metric.value.is_some_and(|v| (v - expected).abs() < 0.02),
            "{metric:?}"
        );
        assert!(metric.lo > Some(0.1), "{metric:?}");
    }
}
