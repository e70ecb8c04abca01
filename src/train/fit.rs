//! Training in one line.

use super::config::TrainConfig;
use super::pass::Gradients;
use super::trainer::{EpochRecord, Hook, Loss, Trainer};
use crate::autodiff::Var;
use crate::data::Dataset;
use crate::error::Result;
use crate::nn::Model;
use crate::optim::ParamGroup;
use crate::rng::Seed;

type AfterEpoch<'f> = Box<dyn FnMut(&EpochRecord) + 'f>;

/// How [`fit`] trains; by default as [`TrainConfig`] says, with cross-entropy.
#[derive(Default)]
pub struct FitOptions<'f> {
    config: TrainConfig,
    seed: Option<Seed>,
    loss: Option<Loss<'f>>,
    hook: Option<Hook<'f>>,
    progress: Option<AfterEpoch<'f>>,
}

impl<'f> FitOptions<'f> {
    /// The settings of `config`.
    pub fn new(config: TrainConfig) -> FitOptions<'f> {
        FitOptions {
            config,
            ..FitOptions::default()
        }
    }

    /// Draws order, augmentation, dropout and random paddings from `seed`, not from 0.
    pub fn seed(mut self, seed: Seed) -> FitOptions<'f> {
        self.seed = Some(seed);
        self
    }

    /// Adds parameters with a rate and a weight decay of their own.
    pub fn group(mut self, group: ParamGroup) -> FitOptions<'f> {
        self.config.groups.push(group);
        self
    }

    /// Minimises `loss` of the logits [N, K] and the N labels.
    pub fn loss(
        mut self,
        loss: impl FnMut(&Var<f32>, &[usize]) -> Var<f32> + Send + 'f,
    ) -> FitOptions<'f> {
        self.loss = Some(Box::new(loss));
        self
    }

    /// Shows the gradients of every step to `hook` before the update, which uses what it leaves.
    pub fn hook(
        mut self,
        hook: impl FnMut(&mut Gradients) -> Result<()> + Send + 'f,
    ) -> FitOptions<'f> {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Calls `progress` after every epoch.
    pub fn progress(mut self, progress: impl FnMut(&EpochRecord) + 'f) -> FitOptions<'f> {
        self.progress = Some(Box::new(progress));
        self
    }
}

/// Trains `model` on `data` and returns the record of every epoch.
///
/// ```
/// use padgrad::data::{DataConfig, load};
/// use padgrad::nn::models;
/// use padgrad::padding::Padding;
/// use padgrad::rng::Seed;
/// use padgrad::train::{FitOptions, TrainConfig, fit};
///
/// let data = load(&DataConfig {
///     size: Some(12),
///     train_images: Some(40),
///     test_images: Some(20),
///     ..DataConfig::named("canvas-grey")
/// })?;
/// let padding = Padding::parse("zeros")?;
/// let mut model = models::find("small")?.build([1, 12, 12], 10, padding, Seed(0))?;
/// let config = TrainConfig { epochs: 2, batch_size: 20, ..TrainConfig::default() };
/// let records = fit(&mut model, &data, FitOptions::new(config))?;
/// assert_eq!(records.len(), 2);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
///
/// # Errors
/// Those of [`Trainer::new`] and [`Trainer::run_epoch`].
pub fn fit(
    model: &mut Model<f32>,
    data: &Dataset,
    options: FitOptions<'_>,
) -> Result<Vec<EpochRecord>> {
    let (epochs, seed) = (options.config.epochs, options.seed.unwrap_or(Seed(0)));
    let mut trainer = Trainer::new(model, data, options.config, seed)?;
    trainer.loss = options.loss;
    trainer.hook = options.hook;
    let mut progress = options.progress;
    let mut records = Vec::with_capacity(epochs);
    for _ in 0..epochs {
        let record = trainer.run_epoch(&mut |_, _| Ok(()))?;
        if let Some(progress) = &mut progress {
            progress(&record);
        }
        records.push(record);
    }
    Ok(records)
}
