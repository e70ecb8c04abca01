//! The training loop, one epoch at a time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::config::TrainConfig;
use super::diagnose;
use super::evaluate::{Score, evaluate, right};
use crate::autodiff::{Tape, Var, ops};
use crate::data::{Dataset, ahead, epoch_order};
use crate::error::Result;
use crate::nn::{Context, Feature, Mode, Model};
use crate::optim::Optimizer;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// One step, as it goes into the log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Steps taken, this one included.
    pub step: u64,
    pub lr: f64,
    pub loss: f64,
    pub accuracy: f64,
    /// Images in the batch.
    pub images: usize,
}

/// One epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    pub step: u64,
    /// Of the last step.
    pub lr: f64,
    pub train: ScoreRecord,
    pub test: ScoreRecord,
    pub seconds: f64,
}

/// A [`Score`] in a record.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreRecord {
    pub loss: f64,
    pub accuracy: f64,
}

impl From<Score> for ScoreRecord {
    fn from(score: Score) -> ScoreRecord {
        ScoreRecord {
            loss: score.loss,
            accuracy: score.accuracy,
        }
    }
}

/// What is done after a step, with the network as the step has left it.
pub type AfterStep<'a> = &'a mut dyn FnMut(&Trainer<'_>, &StepRecord) -> Result<()>;

/// A network in training.
pub struct Trainer<'a> {
    pub model: Model<f32>,
    data: &'a Dataset,
    config: TrainConfig,
    seed: Seed,
    optimizer: Box<dyn Optimizer<f32>>,
    epoch: usize,
    step: u64,
}

impl<'a> Trainer<'a> {
    /// Training of `model` on `data`; order, augmentation, dropout and random paddings come from `seed`.
    ///
    /// # Errors
    /// A usage error where a setting cannot be used.
    pub fn new(
        model: Model<f32>,
        data: &'a Dataset,
        config: TrainConfig,
        seed: Seed,
    ) -> Result<Trainer<'a>> {
        config.validate()?;
        let optimizer = config.optimizer.build();
        Ok(Trainer {
            model,
            data,
            config,
            seed,
            optimizer,
            epoch: 0,
            step: 0,
        })
    }

    /// Epochs finished.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Steps of one epoch; a last batch of a single image is left out, as batch norm needs two.
    pub fn steps_per_epoch(&self) -> usize {
        let (n, batch) = (self.data.train.len(), self.config.batch_size);
        n / batch + usize::from(n % batch > 1)
    }

    /// The optimiser's state by name, for a checkpoint.
    pub fn optimizer_state(&self) -> Vec<(String, Tensor<f32>)> {
        self.optimizer.state()
    }

    /// Trains for one epoch and scores the test set; `after_step` hears of every step and may look at the
    /// network as it is then. What it does changes no result, and its time is not the epoch's.
    ///
    /// # Errors
    /// Where a loss or a gradient is not finite: the error names the step and the layer, and the weights
    /// are those before the step; where the test loss is not finite; or the error of `after_step`.
    pub fn run_epoch(&mut self, after_step: AfterStep<'_>) -> Result<EpochRecord> {
        let start = Instant::now();
        let mut elsewhere = Duration::ZERO;
        let order = epoch_order(self.data.train.len(), self.seed.child("order"), self.epoch);
        let steps = self.steps_per_epoch();
        let (mut loss, mut accuracy, mut seen, mut lr) = (0.0, 0.0, 0.0, 0.0);
        let batches = order.chunks(self.config.batch_size).take(steps);
        let (data, augment) = (self.data, self.config.augment);
        let draws = self.seed.child("augment").child(self.epoch);
        let prepare = |indices: &[usize]| data.train_batch(indices, Some(&augment), draws);
        ahead(batches, prepare, |(images, labels)| {
            let record = self.take_step(images, &labels)?;
            let images = record.images as f64;
            (loss, accuracy) = (
                loss + record.loss * images,
                accuracy + record.accuracy * images,
            );
            (seen, lr) = (seen + images, record.lr);
            let paused = Instant::now();
            after_step(self, &record)?;
            elsewhere += paused.elapsed();
            Ok(())
        })?;
        let test_seed = self.seed.child("evaluation");
        let test = evaluate(&self.model, self.data, test_seed)?;
        if !test.loss.is_finite() {
            let error = diagnose::test_loss(&self.model, self.data, test_seed, self.step);
            return Err(error);
        }
        self.epoch += 1;
        let train = Score {
            loss: loss / seen,
            accuracy: accuracy / seen,
        };
        Ok(EpochRecord {
            epoch: self.epoch,
            step: self.step,
            lr,
            train: train.into(),
            test: test.into(),
            seconds: start.elapsed().saturating_sub(elsewhere).as_secs_f64(),
        })
    }

    /// One forward and backward pass and one update.
    fn take_step(&mut self, images: Tensor<f32>, labels: &[usize]) -> Result<StepRecord> {
        let pass_seed = self.seed.child("pass").child(self.step);
        let tape = Tape::new();
        let mut cx = Context::new(&self.model.state, Mode::Train)
            .tape(&tape)
            .seed(pass_seed);
        let input = Feature::images(Var::constant(images.clone()));
        let logits = self.model.forward(input, &mut cx)?.value;
        let loss = ops::cross_entropy(&logits, labels, self.config.label_smoothing);
        let loss_value = f64::from(loss.value().item());
        if !loss_value.is_finite() {
            return Err(diagnose::loss(
                &self.model,
                images,
                pass_seed,
                self.step + 1,
            ));
        }
        let collected = cx.finish();
        let mut found = loss.backward();
        let gradients: BTreeMap<String, Tensor<f32>> = collected
            .leaves
            .iter()
            .filter_map(|(name, leaf)| Some((name.clone(), found.take(leaf)?)))
            .collect();
        // The leaves share the weights' memory; the optimiser would have to copy them otherwise.
        drop(collected.leaves);
        if let Some(error) = diagnose::gradients(&gradients, self.step + 1) {
            return Err(error);
        }
        let total = self.steps_per_epoch() * self.config.epochs.max(1);
        let lr = self
            .config
            .schedule
            .lr(self.config.lr, self.step as usize, total);
        drop(tape);
        self.optimizer
            .step(lr, &mut self.model.state.parameters, &gradients);
        self.model.state.buffers.extend(collected.buffers);
        self.step += 1;
        Ok(StepRecord {
            epoch: self.epoch + 1,
            step: self.step,
            lr,
            loss: loss_value,
            accuracy: right(logits.value(), labels) as f64 / labels.len() as f64,
            images: labels.len(),
        })
    }
}

/// Sets the batch-norm statistics by one pass over the training set, without a weight update.
///
/// Every batch counts the same, so that a fresh network and a trained one are normalised by data in the
/// same way and their features can be compared.
///
/// # Errors
/// Where the images are too small for the network.
pub fn calibrate(
    model: &mut Model<f32>,
    data: &Dataset,
    batch_size: usize,
    seed: Seed,
) -> Result<()> {
    let order: Vec<usize> = (0..data.train.len()).collect();
    let batches = order.chunks(batch_size).filter(|batch| batch.len() > 1);
    let prepare = |batch: &[usize]| data.train_batch(batch, None, seed).0;
    let mut done: usize = 0;
    ahead(batches, prepare, |images| {
        let momentum = 1.0 / (done + 1) as f64;
        let mut cx = Context::new(&model.state, Mode::Calibrate { momentum });
        cx = cx.seed(seed.child(done));
        model.forward(Feature::images(Var::constant(images)), &mut cx)?;
        let buffers = cx.finish().buffers;
        model.state.buffers.extend(buffers);
        done += 1;
        Ok(())
    })
}
