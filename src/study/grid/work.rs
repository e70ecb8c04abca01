//! The work on one cell of a grid: a network is trained, measured and kept.

use serde::Serialize;

use super::cell::{Begun, Cell, Finished};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::nn::{Model, models};
use crate::ppp::{Convergence, MeasureOptions, Measurement, measure};
use crate::rng::Seed;
use crate::statistics::share;
use crate::study::binding::Made;
use crate::study::checksums::checksum;
use crate::study::config::{Plan, RunConfig};
use crate::study::folder::{Log, RunFolder, file_part, to_json};
use crate::study::growth::Before;
use crate::study::majority::against_majority;
use crate::study::moments::{FINAL, INIT, Moments, step_name};
use crate::study::progress::{Event, Progress, phase};
use crate::study::record::{Moment, check_finite, measuring_seed, over};
use crate::study::results::{EpochRow, Layer, PatternFile, Results};
use crate::train::checkpoint::{Checkpoint, Description};
use crate::train::{EpochRecord, StepRecord, Trainer, calibrate, evaluate};

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
}

/// What a cell has found so far.
struct Found {
    results: Results,
    before: Before,
    log: Log,
    last_checkpoint: Option<String>,
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
fn after_steps(error: Error, step: u64) -> Error {
    match error {
        Error::Invalid { what, problem, .. } if step > 0 => Error::invalid(
            format!("training at step {step}"),
            format!("{what}: {problem}"),
            "lower the learning rate, or warm it up",
        ),
        other => other,
    }
}

impl Work<'_> {
    /// Calibrates, measures, trains and measures again.
    pub fn carry_out(&self) -> Result<Finished> {
        let log = self.folder.file(&self.log())?;
        let begun = self.cell.read_begun(self.folder.path())?;
        // A network goes on with the instruction set that it was begun with, or is trained anew.
        let begun = begun.filter(|begun| begun.made == self.made);
        if let Some(begun) = &begun {
            self.folder.note_all(&begun.files);
        }
        let kept_log = self.log();
        let mut found = match begun {
            Some(begun) => Found {
                results: begun.results,
                before: begun.before,
                log: Log::resume(log, begun.log)?,
                last_checkpoint: begun.last_checkpoint,
            },
            None => Found {
                results: Results::new("study", "", self.config.images)
                    .on(&self.config.arch, &self.config.data.name),
                before: Before::default(),
                log: Log::create(log)?,
                last_checkpoint: None,
            },
        };
        match self.train(&mut found) {
            Ok(()) => Ok(Finished {
                made: self.made.clone(),
                files: {
                    self.folder.note(&kept_log)?;
                    self.folder.written_of(&self.cell.label())
                },
                changes: found.before.changes(),
                last_checkpoint: found.last_checkpoint,
                results: found.results,
            }),
            Err(error) => Err(self.with_last_checkpoint(error, &found)),
        }
    }

    /// Its log, by the path inside the run folder.
    fn log(&self) -> String {
        format!("logs/{}.jsonl", self.cell.label())
    }

    fn train(&self, found: &mut Found) -> Result<()> {
        let train = &self.config.train;
        let seed = Seed(self.cell.seed);
        let mut model = self.build()?;
        let begun = found.last_checkpoint.clone();
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
        } else {
            self.add_layers(found, trainer.model)?;
            self.stage(found, &trainer, INIT)?;
        }
        for epoch in trainer.epoch() + 1..=train.epochs {
            let record = self.epoch(found, &mut trainer, &moments)?;
            self.report_epoch(found, &record);
            if epoch == train.epochs {
                self.stage(found, &trainer, FINAL)?;
            } else if moments.has_epoch(epoch) {
                self.stage(found, &trainer, &format!("epoch-{epoch}"))?;
            }
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
        found.results.layers = layers
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
            found.log.add(&LogLine {
                scheme: &scheme,
                seed: self.cell.seed,
                record,
            })?;
            if self.plan == Plan::Study && moments.has_step(record.step) {
                self.measure(found, trainer, &step_name(record.step))?;
                phase(self.progress, &name, steps, "steps");
            }
            Ok(())
        })
    }

    fn report_epoch(&self, found: &mut Found, record: &EpochRecord) {
        let line = format!(
            "{}: epoch {} of {}, loss {:.3}, accuracy {:.1}% on training and {:.1}% on test images, {:.1} s",
            self.name,
            record.epoch,
            self.config.train.epochs,
            record.train.loss,
            100.0 * record.train.accuracy,
            100.0 * record.test.accuracy,
            record.seconds
        );
        (self.progress)(Event::Line(&line));
        found.results.epochs.push(EpochRow {
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

    /// Keeps a checkpoint of this moment and measures what the plan wants measured.
    fn stage(&self, found: &mut Found, trainer: &Trainer, stage: &str) -> Result<()> {
        let name = format!("checkpoints/{}-{stage}.safetensors", self.cell.label());
        self.checkpoint(trainer).save(&self.folder.file(&name)?)?;
        self.folder.note(&name)?;
        found.last_checkpoint = Some(name);
        if self.plan == Plan::Study {
            self.measure(found, trainer, stage)?;
        }
        let begun = Begun {
            made: self.made.clone(),
            files: self.folder.written_of(&self.cell.label()),
            results: found.results.clone(),
            before: found.before.clone(),
            last_checkpoint: found.last_checkpoint.clone(),
            log: found.log.length(),
        };
        self.cell.write_begun(self.folder, &begun)
    }

    /// Measures PPP and impact; at the ends of epochs, where there is time for it, also the accuracy.
    fn measure(&self, found: &mut Found, trainer: &Trainer, stage: &str) -> Result<()> {
        let moment = Moment {
            scheme: self.cell.padding.to_string(),
            seed: self.cell.seed,
            stage: stage.to_string(),
            // A moment inside an epoch is one of the epoch that is not finished.
            epoch: trainer.epoch(),
            step: trainer.step(),
        };
        let brief = stage.starts_with("step-");
        let images = match brief {
            true => self.config.step_images.min(self.config.images),
            false => self.config.images,
        };
        let name = format!("{}: measuring {stage}", self.name);
        phase(self.progress, &name, images, "images");
        let taps = self.config.taps();
        let convergence = match stage {
            FINAL => Convergence::of(&taps.select(trainer.model)?, images),
            _ => None,
        };
        let options = MeasureOptions {
            images,
            taps,
            convergence,
            seed: measuring_seed(self.cell.seed),
            ..MeasureOptions::default()
        };
        let measured = measure(trainer.model, self.data, &options, &mut |done| {
            (self.progress)(Event::At(done))
        })?;
        check_finite(&measured).map_err(|error| after_steps(error, moment.step))?;
        if !brief {
            let score = evaluate(trainer.model, self.data, options.seed)?;
            let tested = self.data.test.len();
            let accuracy = ("test_accuracy", share(score.accuracy, tested));
            let mut scores = vec![accuracy];
            if stage == FINAL {
                scores.extend(against_majority(self.data, score.accuracy));
            }
            let rows = over(tested, moment.rows("model", &scores));
            found.results.rows.extend(rows);
        }
        self.keep(found, &moment, &measured)
    }

    /// Notes everything that was measured at a moment and writes the patterns.
    fn keep(&self, found: &mut Found, moment: &Moment, measured: &Measurement) -> Result<()> {
        let rows = moment.all_rows(measured);
        let rows = match measured.images == self.config.images {
            true => rows,
            false => over(measured.images, rows),
        };
        found.results.rows.extend(rows);
        found
            .before
            .note(&moment.scheme, moment.seed, &moment.stage, measured);
        let pictured = [INIT, FINAL].contains(&moment.stage.as_str());
        for layer in &measured.layers {
            let (label, layer_part) = (self.cell.label(), file_part(&layer.name));
            let stem = format!("patterns/{label}-{}-{layer_part}", moment.stage);
            let pattern = moment.write_pattern(self.folder, &stem, layer, pictured)?;
            found.results.patterns.push(self.bound(pattern)?);
        }
        for frame in &measured.frames {
            let (label, stage) = (self.cell.label(), &moment.stage);
            let stem = format!("mist/{label}-{stage}-{}-images", frame.images);
            let kept = moment.write_frame(self.folder, &stem, frame)?;
            found.results.patterns.push(self.bound(kept)?);
        }
        Ok(())
    }

    /// The pattern as one of this cell's network.
    fn bound(&self, pattern: PatternFile) -> Result<PatternFile> {
        Ok(PatternFile {
            binding: checksum(to_json(&self.made.binding)?.as_bytes()),
            ..pattern
        })
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

    /// The error, with the last good checkpoint.
    fn with_last_checkpoint(&self, error: Error, found: &Found) -> Error {
        match (error, &found.last_checkpoint) {
            (
                Error::Invalid {
                    what,
                    problem,
                    remedy,
                },
                Some(kept),
            ) => {
                let kept = self.folder.path().join(kept);
                let remedy = format!("{remedy}; the last good checkpoint is {}", kept.display());
                Error::invalid(what, problem, remedy)
            }
            (error, _) => error,
        }
    }
}
