//! From sums over images to the metrics of every region, with intervals.

use std::f64::consts::PI;

use rayon::prelude::*;

use super::accumulator::{Accumulator, Sums};
use super::content::content_snr;
use super::metric::{Metric, Metrics};
use super::regions::{Region, regions};
use crate::statistics::{BLOCKS, Measured};
use crate::tensor::Tensor;

/// Statistics over images at every position, averaged over channels, [h·w].
struct Positions {
    /// |P|.
    pattern_abs: Vec<f64>,
    /// √(2/π)·sd(D)/√N: the |P| that chance alone would give.
    floor: Vec<f64>,
    /// P² - var(D)/N.
    energy: Vec<f64>,
    /// var(B).
    content: Vec<f64>,
    /// mean D².
    power: Vec<f64>,
    /// mean |D|.
    difference_abs: Vec<f64>,
}

impl Positions {
    fn new(sums: &Sums, [channels, h, w]: [usize; 3]) -> Positions {
        let n = sums.images;
        let variance =
            |total: f64, squares: f64| ((squares - total * total / n) / (n - 1.0)).max(0.0);
        let over_channels = |f: &dyn Fn(usize) -> f64| -> Vec<f64> {
            // Channel by channel, as the sums lie in memory.
            let mut means = vec![0.0; h * w];
            for channel in 0..channels {
                let first = channel * h * w;
                means.iter_mut().zip(first..).for_each(|(m, i)| *m += f(i));
            }
            means.iter_mut().for_each(|m| *m /= channels as f64);
            means
        };
        let var_d = |i: usize| variance(sums.d[i], sums.d_squared[i]);
        Positions {
            pattern_abs: over_channels(&|i| (sums.d[i] / n).abs()),
            floor: over_channels(&|i| (2.0 / PI * var_d(i) / n).sqrt()),
            energy: over_channels(&|i| (sums.d[i] / n).powi(2) - var_d(i) / n),
            content: over_channels(&|i| variance(sums.b[i], sums.b_squared[i])),
            power: over_channels(&|i| sums.d_squared[i] / n),
            difference_abs: over_channels(&|i| sums.d_abs[i] / n),
        }
    }

    /// avg(var(B)).
    fn spread(&self) -> f64 {
        self.content.iter().sum::<f64>() / self.content.len() as f64
    }

    /// The metrics over some positions, in the order of [`OF_REGIONS`].
    fn of(&self, positions: &[usize]) -> [f64; OF_REGIONS.len()] {
        let mean = |map: &[f64]| {
            let values = positions.iter().map(|&p| map[p]);
            values.sum::<f64>() / positions.len() as f64
        };
        let (mae, energy) = (mean(&self.pattern_abs), mean(&self.energy));
        let content = mean(&self.content);
        [
            mae,
            mean(&self.floor),
            energy,
            energy / content,
            mae / content.sqrt(),
            energy / mean(&self.power),
            mean(&self.difference_abs),
        ]
    }
}

/// The metrics that every region has.
const OF_REGIONS: [Metric; 7] = [
    Metric::MaePpp,
    Metric::MaeFloor,
    Metric::Energy,
    Metric::SnrPpp,
    Metric::NMae,
    Metric::Coherence,
    Metric::Mad,
];

/// The pattern P [C, h, w] and all metrics of a layer.
pub(super) fn evaluate(sums: Accumulator) -> (Tensor<f32>, Metrics) {
    let shape = sums.shape();
    let all = sums.all();
    let pattern = all.d.iter().map(|d| (d / all.images) as f32).collect();
    let positions = Positions::new(&all, shape);
    let without: Vec<Positions> = (0..BLOCKS)
        .into_par_iter()
        .map(|block| Positions::new(&sums.without(block, &all), shape))
        .collect();
    let mut metrics = Metrics::default();
    for (region, of_region) in regions(shape[1], shape[2]) {
        let values = positions.of(&of_region);
        let left_out: Vec<_> = without.iter().map(|p| p.of(&of_region)).collect();
        for (i, metric) in OF_REGIONS.into_iter().enumerate() {
            let left_out: Vec<f64> = left_out.iter().map(|values| values[i]).collect();
            let measured = Measured::new(values[i], &left_out);
            let decibels = measured.decibels();
            metrics.push((metric, region), measured);
            if (metric, region) == (Metric::SnrPpp, Region::Whole) {
                metrics.push(Metric::SnrPppDb, decibels);
            }
        }
    }
    let spreads: Vec<f64> = without.iter().map(Positions::spread).collect();
    let content = content_snr(&sums, positions.spread(), &spreads);
    metrics.push(Metric::ContentSnr, content);
    (Tensor::from_vec(pattern, &shape), metrics)
}
