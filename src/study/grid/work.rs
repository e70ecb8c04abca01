//! The work on one cell of a grid: a network is trained, measured and kept.

use serde::Serialize;

use super::cell::{Begun, Cell, Finished};
use super::kept::{remove_superseded, remove_unnoted, superseded, with_last_checkpoint};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::files::Log;
use crate::nn::{Model, models};
use crate::rng::Seed;
use crate::study::binding::Made;
use crate::study::config::{Plan, RunConfig};
use crate::study::effort::{Share, images_after};
use crate::study::folder::RunFolder;
use crate::study::moments::{FINAL, INIT, Keep, Moments, step_name};
use crate::study::progress::{Event, Progress, phase};
use crate::study::results::{Diverged, EpochRow, Layer, Results, RunKind};
use crate::study::stop::Stop;
use crate::train::checkpoint::{Checkpoint, Description};
use crate::train::{EpochRecord, StepRecord, Trainer, calibrate};

/// A cell with what it takes to work on it.
pub(super) struct Work<'a> {
    pub config: &'a RunConfig,
    pub plan: Plan,
    pub cell: Cell,
    pub made: Made,
    pub data: &'a Dataset,
    pub folder: &'a RunFolder,
    /// `[2/6] reflect, seed 0`, for progress.
    pub name: String,
    pub progress: &'a Progress<'a>,
    /// Its part of all the work.
    pub share: &'a Share<'a>,
    pub stop: &'a Stop,
}

/// What a cell has found so far.
pub(super) struct Found {
    pub begun: Begun,
    log: Log,
}

/// A line of a network's log.
#[derive(Serialize)]
struct LogLine<'a> {
    scheme: &'a str,
    seed: u64,
    #[serde(flatten)]
    record: &'a StepRecord,
}

/// The error of features that are not finite: after a step it is training that has made them so.
pub(super) fn after_steps(error: Error, step: u64) -> Error {
    match error {
        Error::Invalid { what, problem, .. } if step > 0 => Error::diverged(
            format!("training at step {step}"),
            format!("{what}: {problem}"),
            "lower the learning rate, or warm it up",
        ),
        Error::Invalid {
            what,
            problem,
            remedy,
        } => Error::diverged(what, problem, remedy),
        other => other,
    }
}

impl Work<'_> {
    /// Calibrates, measures, trains and measures again, or goes on with that. Of a study, a network that diverges
    /// is finished too.
    ///
    /// # Errors
    /// [`Error::Interrupted`] where a stop was asked for; where the folder cannot be written; without a study,
    /// where training diverges.
    pub fn carry_out(&self) -> Result<Finished> {
        self.stop.check()?;
        let log = self.log();
        let begun = self.cell.read_begun(self.folder.path())?;
        // A network goes on with the instruction set that it was begun with, or is trained anew.
        let mut found = match begun.filter(|begun| begun.made == self.made) {
            Some(begun) => {
                self.folder.note_all(&begun.files);
                remove_unnoted(self.folder, self.config.keep, self.cell, &begun)?;
                let log = self.folder.resume_log(&log, begun.log)?;
                Found { begun, log }
            }
            None => Found {
                begun: Begun::new(
                    self.made.clone(),
                    Results::new(RunKind::Study, "", self.config.images)
                        .on(&self.config.arch, &self.config.data.name),
                ),
                log: self.folder.log(&log)?,
            },
        };
        let trained = self.train(&mut found);
        let diverged = match trained.map_err(|e| with_last_checkpoint(e, self.folder, &found.begun))
        {
            Ok(()) => None,
            Err(error) if self.plan == Plan::Train => return Err(error),
            Err(error) => Some(self.diverged(error)?),
        };
        found.log.flush()?;
        self.folder.note(&self.log())?;
        Ok(Finished {
            made: self.made.clone(),
            files: self.folder.written_of(&self.cell.label()),
            changes: match diverged {
                Some(_) => Vec::new(),
                None => found.begun.before.changes(),
            },
            last_checkpoint: found.begun.last_checkpoint,
            results: found.begun.results,
            diverged,
        })
    }

    /// Its log, by the path inside the run folder.
    fn log(&self) -> String {
        format!("logs/{}.jsonl", self.cell.label())
    }

    /// The record of a training that has diverged.
    fn diverged(&self, error: Error) -> Result<Diverged> {
        let line = format!("{}: {error}; the other networks go on", self.name);
        let Error::Diverged {
            what,
            problem,
            remedy,
        } = error
        else {
            return Err(error);
        };
        (self.progress)(Event::Line(&line));
        Ok(Diverged {
            scheme: self.cell.padding.to_string(),
            seed: self.cell.seed,
            what,
            problem,
            remedy,
        })
    }

    fn train(&self, found: &mut Found) -> Result<()> {
        let train = &self.config.train;
        let seed = Seed(self.cell.seed);
        let mut model = self.build()?;
        let begun = found.begun.last_checkpoint.clone();
        if begun.is_none() {
            let calibrating = format!("{}: calibrating", self.name);
            phase(self.progress, &calibrating, 1, "pass");
            let draws = seed.child("calibration");
            calibrate(&mut model, self.data, train.batch_size, draws)?;
        }
        let mut trainer = Trainer::new(&mut model, self.data, train.clone(), seed.child("train"))?;
        let moments = self.config.moments(trainer.steps_per_epoch());
        if let Some(name) = begun {
            let path = self.folder.path().join(&name);
            let kept = self.folder.written_of(&self.cell.label());
            kept.check_file(&name, &path)?;
            trainer = trainer.resume(&Checkpoint::load(&path)?, &path)?;
            let left = images_after(trainer.step(), self.plan, self.config, self.data);
            self.share.only(left);
            let before = found.begun.clone();
            let measured = self.measure_what_is_due(found, &trainer);
            self.note(found, &before, measured)?;
        } else {
            self.add_layers(found, trainer.model)?;
            self.stage(found, &trainer, INIT, true)?;
        }
        for epoch in trainer.epoch() + 1..=train.epochs {
            let record = self.epoch(found, &mut trainer, &moments)?;
            self.report_epoch(found, &record);
            let last = epoch == train.epochs;
            let stage = match last {
                true => FINAL.to_string(),
                false => format!("epoch-{epoch}"),
            };
            self.stage(found, &trainer, &stage, last || moments.has_epoch(epoch))?;
        }
        Ok(())
    }

    fn build(&self) -> Result<Model<f32>> {
        let input = [self.data.channels, self.data.height, self.data.width];
        let weights = Seed(self.cell.seed).child("weights");
        let architecture = models::find(&self.config.arch)?;
        architecture.build(input, self.data.classes.len(), self.cell.padding, weights)
    }

    /// Notes the layers that are measured.
    fn add_layers(&self, found: &mut Found, model: &Model<f32>) -> Result<()> {
        let layers = self.config.taps().select(model)?;
        found.begun.results.layers = layers
            .into_iter()
            .map(|l| Layer {
                scheme: self.cell.padding.to_string(),
                name: l.name,
                shape: l.shape,
            })
            .collect();
        Ok(())
    }

    fn epoch(
        &self,
        found: &mut Found,
        trainer: &mut Trainer,
        moments: &Moments,
    ) -> Result<EpochRecord> {
        let steps = trainer.steps_per_epoch();
        let (epoch, of) = (trainer.epoch() + 1, self.config.train.epochs);
        let name = format!("{}: epoch {epoch}/{of}", self.name);
        phase(self.progress, &name, steps, "steps");
        let before = trainer.step();
        let scheme = self.cell.padding.to_string();
        trainer.run_epoch(&mut |trainer, record| {
            (self.progress)(Event::At((record.step - before) as usize));
            self.share.add(record.images);
            found.log.add(&LogLine {
                scheme: &scheme,
                seed: self.cell.seed,
                record,
            })?;
            let stage = step_name(record.step);
            let measured = self.plan == Plan::Study && moments.has_step(record.step);
            found.begun.unmeasured = measured.then(|| stage.clone());
            let outcome = self.measure_what_is_due(found, trainer);
            if let Err(Error::Interrupted { .. }) = outcome {
                let before = found.begun.clone();
                self.save(found, trainer, &stage)?;
                self.note(found, &before, outcome)?;
            } else if measured {
                outcome?;
                phase(self.progress, &name, steps, "steps");
            }
            Ok(())
        })
    }

    fn report_epoch(&self, found: &mut Found, record: &EpochRecord) {
        self.share.add(self.data.test.len());
        (self.progress)(Event::Epoch {
            cell: &self.name,
            epochs: self.config.train.epochs,
            record,
        });
        found.begun.results.epochs.push(EpochRow {
            scheme: self.cell.padding.to_string(),
            seed: self.cell.seed,
            epoch: record.epoch,
            step: record.step,
            lr: record.lr,
            train_loss: record.train.loss,
            train_accuracy: record.train.accuracy,
            test_loss: record.test.loss,
            test_accuracy: record.test.accuracy,
            seconds: record.seconds,
        });
    }

    /// Keeps a checkpoint of this moment, from which an interrupted run goes on, and measures it where it is to be
    /// `measured` and the plan measures at all.
    fn stage(
        &self,
        found: &mut Found,
        trainer: &Trainer,
        stage: &str,
        measured: bool,
    ) -> Result<()> {
        let before = found.begun.clone();
        self.save(found, trainer, stage)?;
        self.compare_with_best(&mut found.begun);
        let measured = measured && self.plan == Plan::Study;
        found.begun.unmeasured = measured.then(|| stage.to_string());
        let outcome = self.measure_what_is_due(found, trainer);
        self.note(found, &before, outcome)
    }

    fn save(&self, found: &mut Found, trainer: &Trainer, stage: &str) -> Result<()> {
        let name = self.cell.checkpoint(stage);
        let mut checkpoint = self.checkpoint(trainer);
        if stage == FINAL {
            // Nothing goes on from there, and the optimiser's state is as large as the network or larger.
            checkpoint.optimizer.clear();
        }
        checkpoint.save(&self.folder.file(&name)?)?;
        self.folder.note(&name)?;
        found.begun.last_checkpoint = Some(name);
        Ok(())
    }

    /// Keeps the last checkpoint as the best, if the epoch before it was.
    fn compare_with_best(&self, begun: &mut Begun) {
        let best = begun.best.as_ref().map(|(_, accuracy)| *accuracy);
        if self.config.keep == Keep::Best
            && let Some(last) = begun.results.epochs.last()
            && best.is_none_or(|best| last.test_accuracy > best)
        {
            let name = begun.last_checkpoint.clone();
            begun.best = name.map(|name| (name, last.test_accuracy));
        }
    }

    /// Writes down how far the cell has come since `before`, also where a stop was asked for.
    fn note(&self, found: &mut Found, before: &Begun, outcome: Result<()>) -> Result<()> {
        if let Err(Error::Diverged { .. }) = outcome {
            let diverged = std::mem::replace(&mut found.begun, before.clone());
            remove_superseded(self.folder, Keep::Last, &diverged, before)?;
        } else if outcome.is_ok() || matches!(outcome, Err(Error::Interrupted { .. })) {
            // What a checkpoint counts on must be there after a loss of power too.
            found.log.flush()?;
            found.begun.log = found.log.length();
            let gone = superseded(self.config.keep, before, &found.begun);
            gone.iter().for_each(|name| self.folder.forget(name));
            found.begun.files = self.folder.written_of(&self.cell.label());
            self.cell.write_begun(self.folder, &found.begun)?;
            remove_superseded(self.folder, self.config.keep, before, &found.begun)?;
        }
        outcome
    }

    /// Measures the moment that is to be measured, if there is one and nobody asks to stop.
    fn measure_what_is_due(&self, found: &mut Found, trainer: &Trainer) -> Result<()> {
        self.stop.check()?;
        if let Some(stage) = found.begun.unmeasured.clone() {
            self.measure(found, trainer, &stage)?;
        }
        found.begun.unmeasured = None;
        Ok(())
    }

    fn checkpoint(&self, trainer: &Trainer) -> Checkpoint {
        let description = Description {
            version: env!("CARGO_PKG_VERSION").into(),
            arch: self.config.arch.clone(),
            padding: self.cell.padding.to_string(),
            input: trainer.model.input(),
            classes: self.data.classes.clone(),
            mean: self.data.mean.clone(),
            std: self.data.std.clone(),
            data: self.config.data.clone(),
            train: self.config.train.clone(),
            seed: self.cell.seed,
            epoch: trainer.epoch(),
            step: trainer.step(),
            binding: Some(self.made.binding.clone()),
        };
        trainer.checkpoint().described(description)
    }
}
