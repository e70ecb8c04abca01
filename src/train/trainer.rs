//! The training loop, one epoch at a time.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::checkpoint::{Checkpoint, Progress, Sums};
use super::config::TrainConfig;
use super::diagnose;
use super::evaluate::{Score, evaluate_with, right};
use super::pass::{Gradients, Pass, input};
use super::step::{Step, error_of};
use crate::autodiff::{Var, ops};
use crate::data::{Dataset, epoch_order, prefetch};
use crate::error::{Error, Result};
use crate::nn::{Feature, Mode, Model};
use crate::optim::{Optimizer, ParamGroup, clip_grad_norm, clip_grad_value};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// One step, as it goes into the log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Steps taken, this one included.
    pub step: u64,
    /// The learning rate.
    pub lr: f64,
    /// The mean loss of the batch.
    pub loss: f64,
    /// The share of right predictions.
    pub accuracy: f64,
    /// Images in the batch.
    pub images: usize,
}

/// One epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// Steps taken, this epoch's included.
    pub step: u64,
    /// The learning rate of the last step.
    pub lr: f64,
    /// Means over the epoch's steps.
    pub train: Score,
    /// Of the test set after the epoch.
    pub test: Score,
    /// Time, without that of what was done after steps.
    pub seconds: f64,
}

/// What is done after a step, with the network as the step has left it.
pub type AfterStep<'a> = &'a mut (dyn FnMut(&Trainer<'_>, &StepRecord) -> Result<()> + Send);

/// A loss of the logits [N, K] and N labels; one element.
pub type Loss<'a> = Box<dyn FnMut(&Var<f32>, &[usize]) -> Var<f32> + Send + 'a>;

/// What reads or changes the gradients between the backward pass and the update.
pub type Hook<'a> = Box<dyn FnMut(&mut Gradients) -> Result<()> + Send + 'a>;

/// A network in training.
pub struct Trainer<'a> {
    /// The network, as the last step has left it.
    pub model: &'a mut Model<f32>,
    /// Minimised in place of cross-entropy, and what the test set is scored by.
    pub loss: Option<Loss<'a>>,
    /// Called in every step, after the gradients were clipped.
    pub hook: Option<Hook<'a>>,
    data: &'a Dataset,
    config: TrainConfig,
    seed: Seed,
    optimizer: Box<dyn Optimizer<f32>>,
    progress: Progress,
}

impl<'a> Trainer<'a> {
    /// Whether `given` true pixels around the images are none, or all that the network reads beyond them.
    ///
    /// # Errors
    /// A usage error where they are too few.
    pub fn check_true_margin(given: usize, model: &Model<f32>) -> Result<()> {
        let needed = model.needed_margin()?;
        if given == 0 || given >= needed {
            return Ok(());
        }
        let problem = format!(
            "{given} pixels are fewer than the {needed} that the network reads beyond its images"
        );
        Err(Error::usage(
            "true_margin",
            problem,
            format!("use {needed}"),
        ))
    }

    /// Training of `model` on `data`; order, augmentation, dropout and random paddings come from `seed`.
    ///
    /// # Errors
    /// A usage error where a setting cannot be used, or the images have another shape than the network's.
    pub fn new(
        model: &'a mut Model<f32>,
        data: &'a Dataset,
        config: TrainConfig,
        seed: Seed,
    ) -> Result<Trainer<'a>> {
        config.validate()?;
        ParamGroup::check(&config.groups, model.state.parameters.keys())?;
        let shape = [data.channels, data.height, data.width];
        if shape != model.input() {
            let problem = format!(
                "its images are {shape:?}, the network takes {:?}",
                model.input()
            );
            let remedy = "build the network for the shape of the images, [C, H, W]";
            return Err(Error::usage(&data.name, problem, remedy));
        }
        Trainer::check_true_margin(data.margin(), model)?;
        let optimizer = config.optimizer.build_with(&config.groups);
        Ok(Trainer {
            model,
            loss: None,
            hook: None,
            data,
            config,
            seed,
            optimizer,
            progress: Progress::default(),
        })
    }

    /// Goes on from a checkpoint of a training with the same data, settings and seed: every later step and
    /// checkpoint is the same, bit for bit, as without the interruption.
    ///
    /// # Errors
    /// Where its tensors do not fit the network, or its state not the optimiser; where steps are left and it has no such
    /// state, as that of a run after its last epoch; `path` is named.
    pub fn resume(mut self, checkpoint: &Checkpoint, path: &Path) -> Result<Trainer<'a>> {
        let of_file = |what| format!("{}: {what}", path.display());
        let Progress { epoch, step, .. } = checkpoint.progress;
        let begun = step > 0 && epoch < self.config.epochs;
        if begun && checkpoint.optimizer.is_empty() && self.config.optimizer.remembers() {
            let problem =
                format!("it holds the network after {epoch} epochs without the optimiser's state");
            let remedy = "train anew, or fill a network from it and begin another training";
            return Err(Error::file(path, problem, remedy));
        }
        if let Some(description) = &checkpoint.description
            && description.train != self.config
        {
            let problem = "it was trained with other settings";
            let remedy = "go on with the settings that it was begun with";
            return Err(Error::file(path, problem, remedy));
        }
        checkpoint.fill(self.model, path)?;
        let state = checkpoint.optimizer.clone().into_iter().collect();
        let loaded = self.optimizer.load_state(state);
        loaded.map_err(|e| error_of(of_file("the optimiser's state"), e))?;
        self.progress = checkpoint.progress;
        Ok(self)
    }

    /// All that [`Trainer::resume`] needs; it may be saved after any step.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.model, self.optimizer_state(), self.progress)
    }

    /// Epochs finished.
    pub fn epoch(&self) -> usize {
        self.progress.epoch
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.progress.step
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

    /// Trains for one epoch, or for what is left of one that was interrupted, and scores the test set; `after_step` is called after every step and may read
    /// the network as it is then. It changes no result, and its time does not count as the epoch's.
    ///
    /// # Errors
    /// Where a loss or a gradient is not finite: the error names the step and the layer, and the weights
    /// are those before the step; where the test loss is not finite; or the error of `after_step`.
    pub fn run_epoch(&mut self, after_step: AfterStep<'_>) -> Result<EpochRecord> {
        self.check_classes()?;
        let start = Instant::now();
        let mut elsewhere = Duration::ZERO;
        let epoch = self.epoch();
        let order = epoch_order(self.data.train.len(), self.seed.child("order"), epoch);
        let steps = self.steps_per_epoch();
        let before = self.progress.sums;
        let batches = order.chunks(self.config.batch_size).take(steps);
        let batches = batches.skip(before.steps);
        let (data, augment) = (self.data, self.config.augment);
        let draws = self.seed.child("augment").child(epoch);
        let prepare = |indices: &[usize]| data.train_batch(indices, Some(&augment), draws);
        prefetch(batches, prepare, |prepared| {
            let (images, labels) = prepared?;
            let record = self.take_step(images, &labels)?;
            let paused = Instant::now();
            let own = paused.duration_since(start).saturating_sub(elsewhere);
            self.progress.sums.seconds = before.seconds + own.as_secs_f64();
            after_step(self, &record)?;
            elsewhere += paused.elapsed();
            Ok(())
        })?;
        let pass = Pass::seeded(self.seed.child("evaluation"));
        let test = evaluate_with(
            self.model,
            self.data,
            pass,
            |logits, labels| match &mut self.loss {
                Some(loss) => loss(logits, labels),
                None => ops::cross_entropy(logits, labels, 0.0),
            },
        )?;
        if !test.loss.is_finite() {
            return Err(diagnose::test_loss(
                self.model,
                self.data,
                pass,
                self.step(),
            ));
        }
        self.progress.epoch += 1;
        let sums = std::mem::take(&mut self.progress.sums);
        let own = start.elapsed().saturating_sub(elsewhere);
        Ok(EpochRecord {
            epoch: self.epoch(),
            step: self.step(),
            lr: sums.lr,
            train: Score {
                loss: sums.loss / sums.images,
                accuracy: sums.right / sums.images,
            },
            test,
            seconds: before.seconds + own.as_secs_f64(),
        })
    }

    /// Refuses fewer outputs than classes, which a loss of the user's own may be content with.
    fn check_classes(&self) -> Result<()> {
        let classes = self.data.classes.len();
        match self.model.layers()?.last() {
            Some(last) if self.loss.is_none() && last.shape[0] < classes => Err(Error::usage(
                &self.data.name,
                format!(
                    "it has {classes} classes, and the network {} outputs",
                    last.shape[0]
                ),
                "build the network for as many classes",
            )),
            _ => Ok(()),
        }
    }

    /// One forward and backward pass and one update.
    fn take_step(&mut self, images: Tensor<f32>, labels: &[usize]) -> Result<StepRecord> {
        let number = self.step() + 1;
        let pass = Pass::seeded(self.seed.child("pass").child(self.step()));
        let (own, smoothing) = (&mut self.loss, self.config.label_smoothing);
        let mut hits = 0;
        let step = Step::new(self.model, (images, self.data.margin()), pass, |logits| {
            hits = right(logits.value(), labels);
            match own {
                Some(loss) => loss(logits, labels),
                None => ops::cross_entropy(logits, labels, smoothing),
            }
        });
        let mut step = step.map_err(|e| error_of(format!("training at step {number}"), e))?;
        if let Some(most) = self.config.clip_value {
            clip_grad_value(&mut step.gradients, most);
        }
        if let Some(most) = self.config.clip_norm {
            clip_grad_norm(&mut step.gradients, most);
        }
        if let Some(hook) = &mut self.hook {
            hook(&mut step.gradients)?;
        }
        let total = self.steps_per_epoch() * self.config.epochs.max(1);
        let TrainConfig { schedule, lr, .. } = &self.config;
        let lr = schedule.lr(*lr, self.step() as usize, total);
        let loss = step.loss;
        step.update(self.model, &mut *self.optimizer, lr);
        let (images, right) = (labels.len() as f64, hits as f64);
        let sums = self.progress.sums;
        self.progress.step = number;
        self.progress.sums = Sums {
            steps: sums.steps + 1,
            images: sums.images + images,
            loss: sums.loss + loss * images,
            right: sums.right + right,
            lr,
            seconds: sums.seconds,
        };
        Ok(StepRecord {
            epoch: self.epoch() + 1,
            step: number,
            lr,
            loss,
            accuracy: right / images,
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
    let prepare = |batch: &[usize]| data.train_batch(batch, None, seed);
    let mut done: usize = 0;
    prefetch(batches, prepare, |prepared| {
        calibrate_step(model, input(data, prepared?.0), done, seed)?;
        done += 1;
        Ok(())
    })
}

/// Lets a batch of images be the `1 / (done + 1)`-th part of the batch-norm statistics, so that all of `done + 1` count the
/// same; of all norms that some output of the network needs.
///
/// # Shapes
/// Images [N, C, H, W] of the model's size.
///
/// # Errors
/// Where the images are too small for the network.
pub fn calibrate_step(
    model: &mut Model<f32>,
    images: impl Into<Feature<f32>>,
    done: usize,
    seed: Seed,
) -> Result<()> {
    let momentum = 1.0 / (done + 1) as f64;
    let pass = Pass::seeded(seed.child(done));
    let images = images.into();
    let mut cx = pass.given(&images, &model.state, Mode::Calibrate { momentum });
    model.outputs(images, &mut cx)?;
    let buffers = cx.finish().buffers;
    model.state.buffers.extend(buffers);
    Ok(())
}
