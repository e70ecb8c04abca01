//! One cell of a run's grid: one network under one scheme with one seed.

use super::{Plan, Run};
use crate::cli::config::RunConfig;
use crate::cli::record::{Moment, check_finite};
use crate::data::Dataset;
use crate::error::Result;
use crate::nn::{Model, models};
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Mist, measure};
use crate::report::results::EpochRow;
use crate::report::summary::{FINAL, INIT};
use crate::rng::Seed;
use crate::train::checkpoint::{Checkpoint, Description};
use crate::train::{EpochRecord, Trainer, calibrate, evaluate};

/// A network to be trained.
pub(super) struct Cell<'a> {
    pub padding: Padding,
    pub seed: u64,
    pub data: &'a Dataset,
    /// `[2/6] reflect, seed 0`, for progress.
    pub name: String,
}

/// Where the random paddings of a measurement draw from: the network's own seed.
pub fn measuring_seed(seed: u64) -> Seed {
    Seed(seed).child("measure")
}

fn build(config: &RunConfig, padding: Padding, data: &Dataset, seed: u64) -> Result<Model<f32>> {
    let input = [data.channels, data.height, data.width];
    let architecture = models::find(&config.arch)?;
    architecture.build(
        input,
        data.classes.len(),
        padding,
        Seed(seed).child("weights"),
    )
}

impl Cell<'_> {
    /// Calibrates, measures, trains and measures again; everything found goes into `run`.
    pub fn work(&self, run: &mut Run) -> Result<()> {
        let config = run.config.clone();
        let seed = Seed(self.seed);
        let mut model = build(&config, self.padding, self.data, self.seed)?;
        run.progress
            .phase(&format!("{}: calibrating", self.name), 1, "pass");
        calibrate(
            &mut model,
            self.data,
            config.train.batch_size,
            seed.child("calibration"),
        )?;
        let mut trainer =
            Trainer::new(model, self.data, config.train.clone(), seed.child("train"))?;
        run.add_layers(self, &config.taps().select(&trainer.model)?);
        self.stage(run, &trainer, INIT)?;
        for epoch in 1..=config.train.epochs {
            let record = self.epoch(run, &mut trainer)?;
            self.report_epoch(run, &record)?;
            let last = epoch == config.train.epochs;
            let name = if last {
                FINAL.into()
            } else {
                format!("epoch-{epoch}")
            };
            if last || epoch % config.measure_every == 0 {
                self.stage(run, &trainer, &name)?;
            }
        }
        Ok(())
    }

    fn epoch(&self, run: &mut Run, trainer: &mut Trainer) -> Result<EpochRecord> {
        let steps = trainer.steps_per_epoch();
        let (epoch, of) = (trainer.epoch() + 1, run.config.train.epochs);
        run.progress.phase(
            &format!("{}: epoch {epoch}/{of}", self.name),
            steps,
            "steps",
        );
        let before = trainer.step();
        let mut logged = Ok(());
        let scheme = self.padding.to_string();
        let trained = trainer.run_epoch(&mut |record| {
            run.progress.at((record.step - before) as usize);
            if logged.is_ok() {
                logged = run.log_step(&scheme, self.seed, record);
            }
        });
        let record = trained.map_err(|error| run.with_last_checkpoint(error))?;
        logged.map(|()| record)
    }

    fn report_epoch(&self, run: &mut Run, record: &EpochRecord) -> Result<()> {
        run.progress.line(&format!(
            "{}: epoch {} of {}, loss {:.3}, accuracy {:.1}% on training and {:.1}% on test images, {:.1} s",
            self.name,
            record.epoch,
            run.config.train.epochs,
            record.train.loss,
            100.0 * record.train.accuracy,
            100.0 * record.test.accuracy,
            record.seconds
        ));
        run.add_epoch(EpochRow {
            scheme: self.padding.to_string(),
            seed: self.seed,
            epoch: record.epoch,
            step: record.step,
            lr: record.lr,
            train_loss: record.train.loss,
            train_accuracy: record.train.accuracy,
            test_loss: record.test.loss,
            test_accuracy: record.test.accuracy,
            seconds: record.seconds,
        })
    }

    /// Keeps a checkpoint of this moment and measures what the plan wants measured.
    fn stage(&self, run: &mut Run, trainer: &Trainer, name: &str) -> Result<()> {
        let moment = Moment {
            scheme: self.padding.to_string(),
            seed: self.seed,
            stage: name.to_string(),
            epoch: trainer.epoch(),
            step: trainer.step(),
        };
        let checkpoint = self.checkpoint(run, trainer);
        run.save_checkpoint(&moment, &checkpoint)?;
        match run.plan {
            Plan::Study => self.measure(run, trainer, &moment),
            Plan::Train => Ok(()),
        }
    }

    /// Measures PPP, accuracy and impact.
    fn measure(&self, run: &mut Run, trainer: &Trainer, moment: &Moment) -> Result<()> {
        let images = run.config.images;
        run.progress.phase(
            &format!("{}: measuring {}", self.name, moment.stage),
            images,
            "images",
        );
        let seed = measuring_seed(self.seed);
        let taps = run.config.taps();
        let mist = match moment.stage.as_str() {
            FINAL => Mist::of(&taps.select(&trainer.model)?, images),
            _ => None,
        };
        let options = MeasureOptions {
            images,
            taps,
            seed,
            mist,
            ..MeasureOptions::default()
        };
        let progress = &run.progress;
        let found = measure(&trainer.model, self.data, &options, &mut |done| {
            progress.at(done)
        })?;
        check_finite(&found).map_err(|error| run.with_last_checkpoint(error))?;
        let score = evaluate(&trainer.model, self.data, seed)?;
        run.add_measurement(moment, &found, score.accuracy, self.data.test.len())
    }

    fn checkpoint(&self, run: &Run, trainer: &Trainer) -> Checkpoint {
        let description = Description {
            version: env!("CARGO_PKG_VERSION").into(),
            arch: run.config.arch.clone(),
            padding: self.padding.to_string(),
            input: trainer.model.input(),
            classes: self.data.classes.clone(),
            mean: self.data.mean.clone(),
            std: self.data.std.clone(),
            data: run.config.data.clone(),
            train: run.config.train.clone(),
            seed: self.seed,
            epoch: trainer.epoch(),
            step: trainer.step(),
        };
        Checkpoint::new(&trainer.model, trainer.optimizer_state(), description)
    }
}
