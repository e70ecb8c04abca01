//! From sums over images to the metrics of every region, with intervals.

use std::f64::consts::PI;

use rayon::prelude::*;

use super::accumulator::{Accumulator, Sums};
use super::content::content_snr;
use super::metric::{Metric, Metrics, Quantity};
use super::regions::{Region, regions};
use super::shared::{ProductMaps, Ring, channel_mean, halo, power_of, unbiased_mae};
use crate::nn::LayerInfo;
use crate::statistics::{BLOCKS, Measured, Power};
use crate::tensor::Tensor;

/// What was measured at one layer.
#[derive(Clone, Debug)]
pub struct LayerMeasurement {
    /// Dotted name.
    pub name: String,
    /// The pattern P [C, h, w] in feature units.
    pub pattern: Tensor<f32>,
    /// Its mean over channels [h, w].
    pub channel_mean: Tensor<f32>,
    /// √avg(var(B)): the content's standard deviation.
    pub content_deviation: f64,
    /// The pattern's power, whose root is RMS-PPP.
    pub power: Power,
    /// The same against the content's variance; its root is nRMS.
    pub relative_power: Power,
    /// Of every region.
    pub metrics: Metrics,
}

impl LayerMeasurement {
    /// What was measured of a metric on the whole map, or in a region: see [`Metrics::get`].
    pub fn get(&self, quantity: impl Into<Quantity>) -> Option<&Measured> {
        self.metrics.get(quantity)
    }

    /// Its value alone; `None` where it was not measured or does not exist.
    pub fn value(&self, quantity: impl Into<Quantity>) -> Option<f64> {
        self.get(quantity)?.value
    }
}

/// Statistics over images at every position, averaged over channels, [h·w].
struct Positions {
    /// |P|.
    pattern_abs: Vec<f64>,
    /// √(2/π)·sd(D)/√N: the |P| that chance alone would give.
    floor: Vec<f64>,
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
        let mean = |map: &[f64]| mean(map, positions);
        let mae = mean(&self.pattern_abs);
        [
            mae,
            mean(&self.floor),
            mae / mean(&self.content).sqrt(),
            mean(&self.difference_abs),
            mean(&self.power).sqrt(),
        ]
    }
}

/// The mean of a map over some positions.
fn mean(map: &[f64], positions: &[usize]) -> f64 {
    let values = positions.iter().map(|&p| map[p]);
    values.sum::<f64>() / positions.len() as f64
}

/// The metrics that every region has with the interval of the jackknife.
const OF_REGIONS: [Metric; 5] = [
    Metric::MaePpp,
    Metric::MaeFloor,
    Metric::NMae,
    Metric::Mad,
    Metric::Rmsd,
];

/// The strengths of a region, whose intervals are calibrated.
struct Strengths {
    /// The pattern's power, that over the content's variance, and that over the mean of D².
    powers: [Power; 3],
    /// The same with their intervals.
    intervals: [Measured; 3],
}

impl Strengths {
    fn new(
        products: &ProductMaps,
        all: &Positions,
        without: &[Positions],
        region: &[usize],
    ) -> Strengths {
        let power = products.power(region);
        let over = |map: fn(&Positions) -> &[f64]| {
            let left_out: Vec<f64> = without.iter().map(|p| mean(map(p), region)).collect();
            power.over(mean(map(all), region), &left_out)
        };
        let [relative, coherence] = [over(|p| &p.content), over(|p| &p.power)];
        let powers = [power, relative, coherence];
        Strengths {
            intervals: powers.each_ref().map(Power::measured),
            powers,
        }
    }

    fn measured(&self) -> [(Metric, Measured); 6] {
        let [energy, snr, coherence] = &self.intervals;
        [
            (Metric::Energy, *energy),
            (Metric::SnrPpp, *snr),
            (Metric::Coherence, *coherence),
            (Metric::Rms, energy.root()),
            (Metric::NRms, snr.root()),
            (Metric::PatternP, Measured::exact(self.powers[0].p)),
        ]
    }
}

/// What was measured at a layer whose halo ends where D is below `tau` of the content.
pub(super) fn evaluate(layer: &LayerInfo, sums: Accumulator, tau: f64) -> LayerMeasurement {
    let shape = sums.shape();
    let all = sums.all();
    let shared: Vec<f64> = all.d.iter().map(|d| d / all.images).collect();
    let pattern = Tensor::from_vec(shared.iter().map(|v| *v as f32).collect(), &shape);
    let positions = Positions::new(&all, shape);
    let without: Vec<Positions> = (0..BLOCKS)
        .into_par_iter()
        .map(|block| Positions::new(&sums.without(block, &all), shape))
        .collect();
    let blocks = sums.block_differences();
    let products = ProductMaps::new(&blocks, shape[1] * shape[2]);
    let regions = regions(shape[1], shape[2]);
    let of_regions: Vec<Strengths> = regions
        .par_iter()
        .map(|(_, of_region)| Strengths::new(&products, &positions, &without, of_region))
        .collect();
    let mut metrics = Metrics::default();
    for ((region, of_region), strengths) in regions.iter().zip(&of_regions) {
        let values = positions.of(of_region);
        let left_out: Vec<_> = without.iter().map(|p| p.of(of_region)).collect();
        for (i, metric) in OF_REGIONS.into_iter().enumerate() {
            let left_out: Vec<f64> = left_out.iter().map(|values| values[i]).collect();
            metrics.push((metric, *region), Measured::new(values[i], &left_out));
        }
        for (metric, measured) in strengths.measured() {
            metrics.push((metric, *region), measured);
        }
    }
    let spreads: Vec<f64> = without.iter().map(Positions::spread).collect();
    let content = content_snr(&sums, positions.spread(), &spreads);
    metrics.push(Metric::ContentSnr, content);
    let of_blocks: Vec<Vec<f64>> = blocks.iter().map(|b| channel_mean(b, shape)).collect();
    metrics.push(Metric::ChannelMeanRms, power_of(&of_blocks).root());
    metrics.push(Metric::MaeUnbiased, unbiased_mae(&blocks));
    let rings = regions
        .iter()
        .filter(|(region, _)| matches!(region, Region::Ring(_)));
    let rings: Vec<Ring> = rings
        .map(|(_, of_ring)| Ring {
            power: mean(&positions.power, of_ring),
            without: without.iter().map(|p| mean(&p.power, of_ring)).collect(),
        })
        .collect();
    let content = Ring {
        power: positions.spread(),
        without: spreads,
    };
    let stride = layer.field.stride[0].max(layer.field.stride[1]);
    metrics.push(Metric::Halo, halo(&rings, &content, tau, stride));
    if let Some(snr) = metrics.get(Metric::SnrPpp).map(Measured::decibels) {
        metrics.push(Metric::SnrPppDb, snr);
    }
    let whole = of_regions.into_iter().next();
    let [power, relative_power, _] = whole.map_or_else(
        // Maps without positions have no regions.
        || [(); 3].map(|()| power_of(&blocks)),
        |strengths| strengths.powers,
    );
    LayerMeasurement {
        name: layer.name.clone(),
        channel_mean: Tensor::from_vec(
            (channel_mean(&shared, shape).iter().map(|v| *v as f32)).collect(),
            &shape[1..],
        ),
        pattern,
        content_deviation: positions.spread().sqrt(),
        power,
        relative_power,
        metrics,
    }
}
