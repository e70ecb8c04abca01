//! Training: a network learns textures, and its pattern is measured on the way.

use serde::{Deserialize, Serialize};

use super::content;
use super::map::{Map, within};
use super::networks::{Features, TRAINED, both};
use crate::autodiff::ops;
use crate::data::epoch_order;
use crate::error::{Error, Result};
use crate::nn::Model;
use crate::optim::{Optimizer, OptimizerConfig};
use crate::ppp::measure_features;
use crate::rng::Seed;
use crate::tensor::Tensor;
use crate::train::{Pass, Step};

/// Begins a training.
#[derive(Clone, Debug, Deserialize)]
pub struct TrainStart {
    /// The padding's name.
    pub padding: String,
    /// Of the weights and of the order of the images.
    pub seed: u64,
    /// The learning rate.
    pub rate: f64,
}

/// Takes steps.
#[derive(Clone, Debug, Deserialize)]
pub struct TrainSteps {
    /// How many.
    pub count: usize,
}

/// A network in training.
pub struct Training {
    model: Model<f32>,
    optimizer: Box<dyn Optimizer<f32>>,
    images: Tensor<f32>,
    labels: Vec<usize>,
    seed: Seed,
    rate: f64,
    step: usize,
    /// Images with their surroundings that are never trained on.
    wide: Tensor<f32>,
    wide_labels: Vec<usize>,
    margin: usize,
}

/// Steps that were taken.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// All steps so far.
    pub step: usize,
    /// The mean loss of these steps.
    pub loss: f64,
    /// The share of right predictions in these steps.
    pub accuracy: f64,
}

/// The network as it is now.
#[derive(Clone, Debug, Serialize)]
pub struct Look {
    /// Steps so far.
    pub step: usize,
    /// The share of right predictions on images that it never trained on.
    pub accuracy: f64,
    /// One per convolution.
    pub layers: Vec<Pattern>,
}

/// What padding has left at one layer.
#[derive(Clone, Debug, Serialize)]
pub struct Pattern {
    /// The layer.
    pub name: String,
    /// RMS-PPP over the content's deviation.
    pub nrms: f64,
    /// Its 95% interval.
    pub interval: [f64; 2],
    /// RMS-PPP in feature units.
    pub rms: f64,
    /// The probability of as much by chance.
    pub p: f64,
    /// The pattern, averaged over channels.
    pub map: Map,
}

const TRAINING_IMAGES: usize = 512;
const MEASURED_IMAGES: usize = 40;
const BATCH: usize = 32;

impl TrainStart {
    /// A fresh network and its images.
    ///
    /// # Errors
    /// Where the padding or the rate cannot be used.
    pub fn start(&self) -> Result<Training> {
        within("learning rate", self.rate, [0.0, 1.0])?;
        let seed = Seed(self.seed);
        let model = TRAINED.build(&self.padding, seed)?;
        let margin = model.needed_margin()?;
        let (images, labels) = content::images("train", 0..TRAINING_IMAGES, TRAINED.side, 0);
        let (wide, wide_labels) = content::images("test", 0..MEASURED_IMAGES, TRAINED.side, margin);
        Ok(Training {
            model,
            optimizer: OptimizerConfig::parse("adamw")?.build(),
            images,
            labels,
            seed: seed.child("order"),
            rate: self.rate,
            step: 0,
            wide,
            wide_labels,
            margin,
        })
    }
}

impl Training {
    /// Takes steps of 32 images.
    ///
    /// # Errors
    /// Where none or too many are asked for at once, or the loss is not finite.
    pub fn steps(&mut self, steps: &TrainSteps) -> Result<Progress> {
        let count = within("steps", steps.count, [1, 100])?;
        let (mut loss, mut right) = (0.0, 0);
        for _ in 0..count {
            let per_epoch = TRAINING_IMAGES / BATCH;
            let order = epoch_order(TRAINING_IMAGES, self.seed, self.step / per_epoch);
            let batch = &order[self.step % per_epoch * BATCH..][..BATCH];
            let labels: Vec<usize> = batch.iter().map(|&i| self.labels[i]).collect();
            let pass = Pass::seeded(self.seed.child(self.step));
            let step = Step::new(&self.model, rows(&self.images, batch), pass, |logits| {
                right += hits(logits.value(), &labels);
                ops::cross_entropy(logits, &labels, 0.0)
            })?;
            loss += step.loss;
            step.update(&mut self.model, &mut *self.optimizer, self.rate);
            self.step += 1;
        }
        Ok(Progress {
            step: self.step,
            loss: loss / count as f64,
            accuracy: right as f64 / (count * BATCH) as f64,
        })
    }

    /// Measures the network as it is.
    ///
    /// # Errors
    /// Where a measurement cannot be made.
    pub fn look(&self) -> Result<Look> {
        let [a, b] = both(&self.model, &self.wide, self.margin)?;
        let layers = (0..TRAINED.strides.len())
            .map(|i| pattern(&TRAINED.layer(i), &a, &b))
            .collect::<Result<_>>()?;
        Ok(Look {
            step: self.step,
            accuracy: hits(&a.output, &self.wide_labels) as f64 / MEASURED_IMAGES as f64,
            layers,
        })
    }
}

/// The pattern at one layer.
fn pattern(name: &str, a: &Features, b: &Features) -> Result<Pattern> {
    let (a, b) = (&a.layers[name], &b.layers[name]);
    let [_, c, h, w] = a.nchw("a pattern");
    let mut first = 0;
    let measured = measure_features(MEASURED_IMAGES, [c, h, w], (1.0, 0.1), |count| {
        let range = first..first + count;
        first = range.end;
        Ok([a, b].map(|features| features.rows(range.clone()).cast()))
    })?;
    let relative = measured.relative_power.root();
    let existing = |value: Option<f64>| {
        value.ok_or_else(|| Error::invalid(name, "its features are not finite", "train anew"))
    };
    Ok(Pattern {
        name: name.to_string(),
        nrms: existing(relative.value)?,
        interval: [existing(relative.lo)?, existing(relative.hi)?],
        rms: existing(measured.power.root().value)?,
        p: measured.power.p,
        map: Map::mean_of(&measured.pattern),
    })
}

/// Images of these numbers.
fn rows(images: &Tensor<f32>, wanted: &[usize]) -> Tensor<f32> {
    let [_, c, h, w] = images.nchw("images");
    let size = c * h * w;
    let rows = wanted
        .iter()
        .flat_map(|&i| &images.data()[i * size..][..size]);
    Tensor::from_vec(rows.copied().collect(), &[wanted.len(), c, h, w])
}

/// How many rows of logits are largest at their label.
fn hits(logits: &Tensor<f32>, labels: &[usize]) -> usize {
    let classes = logits.shape()[1];
    let wins = |(row, label): &(&[f32], &usize)| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row[**label] == largest
    };
    logits
        .data()
        .chunks(classes)
        .zip(labels)
        .filter(wins)
        .count()
}
