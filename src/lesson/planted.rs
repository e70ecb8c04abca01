//! Which measure? A position signal of a chosen strength, and what the measures say of it.

use serde::{Deserialize, Serialize};

use super::content;
use super::map::{Map, within};
use super::networks::{Plan, both, difference};
use crate::error::{Error, Result};
use crate::ppp::{Metric, measure_features};
use crate::probes::planted::pattern;
use crate::probes::posenet::{ReadoutOptions, read_out};
use crate::rng::{Seed, mix};
use crate::tensor::Tensor;

/// A signal to be measured by PPP.
#[derive(Clone, Debug, Deserialize)]
pub struct Plant {
    /// Its root mean square over the content's deviation.
    pub strength: f64,
    /// Images that it is looked for in, a multiple of 20.
    pub images: usize,
}

/// The same signal to be read by a small trained readout.
#[derive(Clone, Debug, Deserialize)]
pub struct PlantRead {
    /// Its root mean square over the content's deviation.
    pub strength: f64,
}

/// Features in which nothing of position is left, to plant a signal in.
pub struct Soil {
    /// Features of every image without any padding's effect, [N, C, h, w].
    content: Tensor<f32>,
    /// What padding does to them, with a random sign for every image: no pattern is left of it.
    noise: Tensor<f32>,
    /// √avg(var(content)).
    deviation: f64,
    signal: Tensor<f32>,
}

/// What PPP and simpler looks say of the signal.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// What was planted, averaged over channels.
    pub planted: Map,
    /// D of a single image, averaged over channels.
    pub one: Map,
    /// The mean of D over the images, averaged over channels.
    pub mean: Map,
    /// nRMS, and its 95% interval.
    pub nrms: [f64; 3],
    /// The probability of as much by chance.
    pub p: f64,
    /// avg|P| over the content's deviation.
    pub mae: f64,
    /// What avg|P| would be by chance alone, likewise.
    pub floor: f64,
}

/// What the readout says.
#[derive(Clone, Debug, Serialize)]
pub struct Read {
    /// Spearman's correlation of painting and target, its mean over images, by target.
    pub spc: Vec<(String, f64)>,
}

const PLAN: Plan = Plan {
    side: 16,
    channels: 8,
    strides: &[1; 3],
    classes: None,
};
const MOST_IMAGES: usize = 200;
/// Images that the readout is trained on; as many are read.
const READ_IMAGES: usize = 64;

impl Soil {
    /// The features of images of the test set.
    ///
    /// # Errors
    /// Does not fail but for a mistake in the network's plan.
    pub fn new() -> Result<Soil> {
        let model = PLAN.build("zeros", Seed(0))?;
        let margin = model.needed_margin()?;
        let (wide, _) = content::images("test", 0..MOST_IMAGES, PLAN.side, margin);
        let [mut a, mut b] = both(&model, &wide, margin)?;
        let layer = PLAN.layer(PLAN.strides.len() - 1);
        let missing = || Error::usage("layer", "it has no name", "name it");
        let a = a.layers.remove(&layer).ok_or_else(missing)?;
        let content = b.layers.remove(&layer).ok_or_else(missing)?;
        let mut noise = difference(&a, &content);
        let size = noise.len() / MOST_IMAGES;
        for (i, image) in noise.data_mut().chunks_mut(size).enumerate() {
            if mix(i as u64).is_multiple_of(2) {
                image.iter_mut().for_each(|v| *v = -*v);
            }
        }
        let [_, c, h, w] = content.nchw("features");
        Ok(Soil {
            deviation: deviation(&content),
            signal: pattern([c, h, w], Seed(1)),
            content,
            noise,
        })
    }

    /// content + noise + strength · deviation · signal for images `range`, and the content.
    fn planted(&self, strength: f64, range: std::ops::Range<usize>) -> [Tensor<f32>; 2] {
        let scale = (strength * self.deviation) as f32;
        let content = self.content.rows(range.clone());
        let mut sum = content.clone();
        let noise = self.noise.rows(range);
        let signal = self.signal.data().iter().cycle();
        for ((sum, noise), signal) in sum.data_mut().iter_mut().zip(noise.data()).zip(signal) {
            *sum += noise + scale * signal;
        }
        [sum, content]
    }

    /// Measures the signal by PPP.
    ///
    /// # Errors
    /// Where the strength or the number of images cannot be used.
    pub fn found(&self, plant: &Plant) -> Result<Found> {
        within("strength", plant.strength, [0.0, 10.0])?;
        let images = within("images", plant.images, [40, MOST_IMAGES])?;
        let [_, c, h, w] = self.content.nchw("features");
        let mut first = 0;
        let measured = measure_features(images, [c, h, w], (1.0, 0.1), |count| {
            let range = first..first + count;
            first = range.end;
            Ok(self
                .planted(plant.strength, range)
                .map(|features| features.cast()))
        })?;
        let [a, b] = self.planted(plant.strength, 0..1);
        let scale = plant.strength * self.deviation;
        let nrms = measured.relative_power.root();
        let value = |metric: Metric| measured.value(metric).unwrap_or(f64::NAN);
        Ok(Found {
            planted: Map::mean_of(&self.signal.map(|v| f64::from(v) * scale)),
            one: Map::mean_of(&difference(&a, &b)),
            mean: Map::mean_of(&measured.pattern),
            nrms: [nrms.value, nrms.lo, nrms.hi].map(|v| v.unwrap_or(f64::NAN)),
            p: measured.power.p,
            mae: value(Metric::NMae),
            floor: value(Metric::MaeFloor) / measured.content_deviation,
        })
    }

    /// Trains PosENet's readout on half of some images and scores it on the other half.
    ///
    /// # Errors
    /// Where the strength cannot be used.
    pub fn read(&self, plant: &PlantRead) -> Result<Read> {
        within("strength", plant.strength, [0.0, 10.0])?;
        let [training, _] = self.planted(plant.strength, 0..READ_IMAGES);
        let [held_out, _] = self.planted(plant.strength, READ_IMAGES..2 * READ_IMAGES);
        let options = ReadoutOptions::default();
        let readings = read_out(&training, &held_out, PLAN.side, &options, Seed(0))?;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let spc = readings
            .iter()
            .map(|r| (r.target.name().to_string(), mean(&r.spc)));
        Ok(Read { spc: spc.collect() })
    }
}

/// √avg(var): the variance over images, its mean over channels and positions.
fn deviation(features: &Tensor<f32>) -> f64 {
    let images = features.shape()[0];
    let size = features.len() / images;
    let variance = |at: usize| {
        let values = || (0..images).map(|n| f64::from(features.data()[n * size + at]));
        let mean = values().sum::<f64>() / images as f64;
        values().map(|v| (v - mean).powi(2)).sum::<f64>() / (images - 1) as f64
    };
    ((0..size).map(variance).sum::<f64>() / size as f64).sqrt()
}
