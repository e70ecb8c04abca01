//! Channels that notice the border: the distribution of their activations there against that inside.
//!
//! For every channel the Kolmogorov–Smirnov statistic between its activations in the outermost ring of the map
//! and those in the inner half is taken twice, under the padding and under the true surroundings. What the
//! first exceeds the second by, its *excess*, is due to padding alone. A channel is *padding-affected* from an
//! excess of [`AFFECTED`] on, and a *border detector* where its values at the border and inside are nearly
//! separable, from [`DETECTOR`] on.
//!
//! After Garcia-Gasulla et al., "Padding Aware Neurons", ICCVW 2023, arXiv 2309.08048, who count border
//! detectors: about 2% of the filters of pretrained networks. Their exact procedure could not be confirmed:
//! regions, sampling and thresholds are this project's.

use std::ops::Range;

use super::measure::check;
use super::options::MeasureOptions;
use super::passes::{Setting, both_passes};
use crate::autodiff::Var;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::nn::{Feature, LayerInfo, Model};
use crate::statistics::{Measured, mean_over_images, share};
use crate::tensor::{Element, Tensor};

/// The least excess of a padding-affected channel.
///
/// It is this project's choice: three times what two samples of [`SAMPLES`] values of one distribution reach
/// in one of twenty cases, 1.36·√(2/4096) = 0.03.
pub const AFFECTED: f64 = 0.1;
/// The least excess of a border detector.
pub const DETECTOR: f64 = 0.8;
/// The excesses from which on channels are counted, from affected ones to detectors.
pub const THRESHOLDS: [f64; 4] = [AFFECTED, 0.3, 0.5, DETECTOR];
/// Values per channel and region that are kept, so that memory does not grow with the images.
///
/// Of every image the same number of positions is taken, evenly spread over the region, and shifted from
/// image to image; under both paddings the same.
pub const SAMPLES: usize = 4096;

/// How one channel tells the border from the inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    /// Its index.
    pub number: usize,
    /// The statistic under the padding.
    pub padded: f64,
    /// The statistic under the true surroundings.
    pub optimal: f64,
}

impl Channel {
    /// What is due to padding.
    pub fn excess(&self) -> f64 {
        self.padded - self.optimal
    }
}

/// The channels of a layer.
#[derive(Clone, Debug)]
pub struct LayerAwareness {
    /// Dotted name.
    pub name: String,
    /// In order of their numbers.
    pub channels: Vec<Channel>,
    /// The pattern P [C, h, w] in feature units.
    pub pattern: Tensor<f32>,
}

impl LayerAwareness {
    /// The shares of channels from each of the [`THRESHOLDS`] on.
    pub fn shares(&self) -> [f64; THRESHOLDS.len()] {
        shares(&self.channels)
    }

    /// The padding-affected channels, strongest first.
    pub fn affected(&self) -> Vec<Channel> {
        let channels = self.channels.iter().copied();
        let mut affected: Vec<Channel> = channels.filter(|c| c.excess() >= AFFECTED).collect();
        affected.sort_by(|a, b| b.excess().total_cmp(&a.excess()));
        affected
    }
}

/// The shares of channels from each of the [`THRESHOLDS`] on.
fn shares<'c>(channels: impl IntoIterator<Item = &'c Channel>) -> [f64; THRESHOLDS.len()] {
    let excesses: Vec<f64> = channels.into_iter().map(Channel::excess).collect();
    THRESHOLDS.map(|least| {
        let count = excesses.iter().filter(|excess| **excess >= least).count();
        count as f64 / excesses.len().max(1) as f64
    })
}

/// A network with its padding and without.
#[derive(Clone, Debug)]
pub struct Awareness {
    /// Those layers whose maps have an inside.
    pub layers: Vec<LayerAwareness>,
    /// Accuracy on the images under the padding.
    pub padded: Accuracy,
    /// Accuracy under the true surroundings.
    pub optimal: Accuracy,
}

impl Awareness {
    /// The shares of the channels of all layers together: what counts of a whole network's filters compare with.
    pub fn shares(&self) -> [f64; THRESHOLDS.len()] {
        shares(self.layers.iter().flat_map(|layer| &layer.channels))
    }
}

/// Which images were classified rightly; images without a label do not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accuracy {
    right: Vec<f64>,
}

impl Accuracy {
    /// Adds a batch of logits [N, K] with the images' labels.
    pub fn add<T: Element>(&mut self, logits: &Tensor<T>, labels: &[Option<usize>]) {
        let classes = logits.shape().last().copied().unwrap_or(1).max(1);
        for (row, label) in logits.data().chunks(classes).zip(labels) {
            let Some(label) = *label else { continue };
            let largest = (0..row.len()).all(|i| i == label || row[label] > row[i]);
            self.right.push(f64::from(u8::from(largest)));
        }
    }

    /// The accuracy with Wilson's interval; `None` without labels.
    pub fn measured(&self) -> Option<Measured> {
        let n = self.right.len();
        let mean = self.right.iter().sum::<f64>() / n as f64;
        (n > 0).then(|| share(mean, n))
    }

    /// The change from `other`, image by image, with the jackknife's interval; `None` without labels.
    pub fn change_from(&self, other: &Accuracy) -> Option<Measured> {
        let pairs = self.right.iter().zip(&other.right);
        let changes: Vec<f64> = pairs.map(|(own, other)| own - other).collect();
        (!changes.is_empty()).then(|| mean_over_images(&changes))
    }
}

/// Compares border and inside under padding and true surroundings, on images that `wide` gives with labels.
///
/// # Errors
/// As [`super::measure_images`].
pub fn awareness<T: Scalar>(
    model: &Model<T>,
    mut wide: impl FnMut(Range<usize>) -> Result<(Tensor<T>, Vec<Option<usize>>)>,
    margin: usize,
    options: &MeasureOptions,
    progress: &mut dyn FnMut(usize),
) -> Result<Awareness> {
    check(model, margin, options)?;
    let layers = options.taps.select(model)?;
    let mut samples: Vec<Samples> = layers.iter().filter_map(Samples::of).collect();
    let (mut padded, mut optimal) = (Accuracy::default(), Accuracy::default());
    let batch = options.batch.max(1);
    for start in (0..options.images).step_by(batch) {
        let range = start..(start + batch).min(options.images);
        let end = range.end;
        let (images, labels) = wide(range)?;
        let images = Feature::wide(Var::constant(images), margin);
        let wanted = |name: &str| samples.iter().any(|s| s.name == name);
        let setting = Setting {
            first: start,
            seed: options.seed,
            planted: None,
        };
        let (a, b) = both_passes(model, images, options.surroundings, setting, &wanted)?;
        for own in &mut samples {
            own.add(
                &a.features[&own.name],
                &b.features[&own.name],
                start,
                options.images,
            );
        }
        padded.add(&a.logits, &labels);
        optimal.add(&b.logits, &labels);
        progress(end);
    }
    Ok(Awareness {
        layers: samples
            .into_iter()
            .map(|s| s.finish(options.images))
            .collect(),
        padded,
        optimal,
    })
}

/// What is kept of one layer.
struct Samples {
    name: String,
    shape: [usize; 3],
    border: Vec<usize>,
    inside: Vec<usize>,
    /// Per channel: border and inside under the padding, border and inside under the surroundings.
    values: Vec<[Vec<f32>; 4]>,
    /// Σ D.
    difference: Vec<f64>,
}

impl Samples {
    /// `None` for maps without an inside.
    fn of(layer: &LayerInfo) -> Option<Samples> {
        let [channels, h, w] = layer.shape;
        let (border, inside) = border_and_inside(h, w)?;
        Some(Samples {
            name: layer.name.clone(),
            shape: layer.shape,
            border,
            inside,
            values: vec![Default::default(); channels],
            difference: vec![0.0; channels * h * w],
        })
    }

    fn add<T: Element>(&mut self, a: &Tensor<T>, b: &Tensor<T>, first: usize, images: usize) {
        let [channels, h, w] = self.shape;
        let len = channels * h * w;
        let both = a.data().chunks(len).zip(b.data().chunks(len));
        for (i, (a, b)) in both.enumerate() {
            let border = chosen(&self.border, first + i, images);
            let inside = chosen(&self.inside, first + i, images);
            for (c, values) in self.values.iter_mut().enumerate() {
                let parts = [(a, &border), (a, &inside), (b, &border), (b, &inside)];
                for (own, (map, positions)) in values.iter_mut().zip(parts) {
                    own.extend(positions.iter().map(|p| map[c * h * w + p].as_f64() as f32));
                }
            }
            for (sum, (a, b)) in self.difference.iter_mut().zip(a.iter().zip(b)) {
                *sum += a.as_f64() - b.as_f64();
            }
        }
    }

    fn finish(self, images: usize) -> LayerAwareness {
        let channels = self.values.into_iter().enumerate();
        let channels = channels.map(|(number, [a, b, c, d])| Channel {
            number,
            padded: kolmogorov_smirnov(a, b),
            optimal: kolmogorov_smirnov(c, d),
        });
        let pattern = self
            .difference
            .iter()
            .map(|sum| (sum / images as f64) as f32);
        LayerAwareness {
            name: self.name,
            channels: channels.collect(),
            pattern: Tensor::from_vec(pattern.collect(), &self.shape),
        }
    }
}

/// The positions of the outermost ring of an h×w map, and those at least half as far in as its middle.
fn border_and_inside(h: usize, w: usize) -> Option<(Vec<usize>, Vec<usize>)> {
    let distance = |p: usize| {
        let (y, x) = (p / w, p % w);
        y.min(x).min(h - 1 - y).min(w - 1 - x)
    };
    let farthest = (h.min(w).saturating_sub(1)) / 2;
    let from = farthest.div_ceil(2).max(1);
    let border: Vec<usize> = (0..h * w).filter(|&p| distance(p) == 0).collect();
    let inside: Vec<usize> = (0..h * w).filter(|&p| distance(p) >= from).collect();
    (!inside.is_empty()).then_some((border, inside))
}

/// The positions of a region whose values are kept of one image.
fn chosen(region: &[usize], image: usize, images: usize) -> Vec<usize> {
    /// A prime, so that the images' shifts run through all positions.
    const SHIFT: usize = 7919;
    let n = region.len();
    let count = SAMPLES.div_ceil(images).min(n);
    let place = |k: usize| region[(image * SHIFT + k * n / count) % n];
    (0..count).map(place).collect()
}

/// The largest difference between the empirical distribution functions of two samples.
///
/// Source: Smirnov, *Table for Estimating the Goodness of Fit of Empirical Distributions*, Annals of
/// Mathematical Statistics 19, 1948.
pub fn kolmogorov_smirnov(mut a: Vec<f32>, mut b: Vec<f32>) -> f64 {
    a.sort_by(f32::total_cmp);
    b.sort_by(f32::total_cmp);
    let (mut i, mut j, mut largest) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let value = a[i].min(b[j]);
        // Equal values move both functions before they are compared.
        i += a[i..].iter().take_while(|v| **v <= value).count();
        j += b[j..].iter().take_while(|v| **v <= value).count();
        largest = largest.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistic_has_its_hand_computed_values() {
        for (a, b, expected) in [
            (vec![1.0, 2.0, 3.0], vec![1.0, 2.0, 3.0], 0.0),
            (vec![1.0, 2.0], vec![3.0, 4.0], 1.0),
            // After 1 the first function is at 1/2, the second at 0; after 2, 1 against 1/3.
            (vec![1.0, 2.0], vec![2.0, 3.0, 4.0], 2.0 / 3.0),
            // Ties: after 0 it is 3/4 against 1/4.
            (vec![0.0, 0.0, 0.0, 1.0], vec![0.0, 1.0, 1.0, 2.0], 0.5),
            (vec![-0.0, 0.0], vec![0.0, 0.0], 0.0),
        ] {
            let told = kolmogorov_smirnov(a.clone(), b.clone());
            assert!((told - expected).abs() < 1e-15, "{a:?} {b:?} {told}");
            assert_eq!(told, kolmogorov_smirnov(b, a));
        }
    }

    #[test]
    fn channels_are_counted_from_every_threshold_on() {
        let channel = |number, padded, optimal| Channel {
            number,
            padded,
            optimal,
        };
        // Excesses 0, 0.1 as it is, 0.4, 0.9, and less near the border than the content has by itself.
        let channels = vec![
            channel(0, 0.2, 0.2),
            channel(1, 0.1, 0.0),
            channel(2, 0.5, 0.1),
            channel(3, 0.9, 0.0),
            channel(4, 0.0, 0.9),
        ];
        let layer = |name: &str, channels| LayerAwareness {
            name: name.into(),
            channels,
            pattern: Tensor::zeros(&[1, 1, 1]),
        };
        let first = layer("first", channels);
        assert_eq!(first.shares(), [0.6, 0.4, 0.2, 0.2]);
        let strongest: Vec<usize> = first.affected().iter().map(|c| c.number).collect();
        assert_eq!(strongest, [3, 2, 1]);
        let found = Awareness {
            layers: vec![first, layer("second", vec![channel(0, 0.0, 0.0); 3])],
            padded: Accuracy::default(),
            optimal: Accuracy::default(),
        };
        // Over all eight channels, not over the layers' shares.
        assert_eq!(found.shares(), [0.375, 0.25, 0.125, 0.125]);
    }

    #[test]
    fn border_and_inside_are_apart() {
        let (border, inside) = border_and_inside(5, 5).expect("an inside");
        assert_eq!(
            (border.len(), inside),
            (16, vec![6, 7, 8, 11, 12, 13, 16, 17, 18])
        );
        let (border, inside) = border_and_inside(8, 8).expect("an inside");
        assert_eq!((border.len(), inside.len()), (28, 16));
        assert!(border_and_inside(2, 9).is_none() && border_and_inside(1, 1).is_none());
    }

    #[test]
    fn few_images_give_all_positions_and_many_give_some_of_each() {
        let region: Vec<usize> = (0..28).collect();
        let mut all = chosen(&region, 3, 10);
        all.sort_unstable();
        assert_eq!(all, region);
        assert_eq!(chosen(&region, 3, 4096).len(), 1);
        let mut seen: Vec<usize> = (0..28).flat_map(|i| chosen(&region, i, 4096)).collect();
        seen.sort_unstable();
        assert_eq!(seen, region);
    }
}
