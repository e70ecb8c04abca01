//! What is measured of a cell's network at a moment of its training, and kept.

use super::work::{Found, Work, after_steps};
use crate::error::Result;
use crate::ppp::{Convergence, MeasureOptions, Measurement, Region, measure};
use crate::statistics::share;
use crate::study::checksums::checksum;
use crate::study::folder::{file_part, to_json};
use crate::study::majority::against_majority;
use crate::study::moments::{FINAL, INIT, STEP};
use crate::study::progress::{Event, phase};
use crate::study::record::{Moment, check_finite, measuring_seed, over};
use crate::study::results::PatternFile;
use crate::study::schema::TEST_ACCURACY;
use crate::study::stop::UntilStopped;
use crate::train::{Trainer, evaluate};

impl Work<'_> {
    /// Measures PPP and impact; at the ends of epochs, where there is time for it, also the accuracy.
    pub(super) fn measure(&self, found: &mut Found, trainer: &Trainer, stage: &str) -> Result<()> {
        let moment = Moment {
            scheme: self.cell.padding.to_string(),
            seed: self.cell.seed,
            stage: stage.to_string(),
            // A moment inside an epoch is one of the epoch that is not finished.
            epoch: trainer.epoch(),
            step: trainer.step(),
        };
        let brief = stage.starts_with(STEP);
        let images = match brief {
            true => self.config.images_of_a_step(),
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
        let data = UntilStopped {
            data: self.data,
            stop: self.stop,
        };
        let mut before = 0;
        let measured = measure(trainer.model, &data, &options, &mut |done| {
            (self.progress)(Event::At(done));
            self.share.add(done - std::mem::replace(&mut before, done));
        })?;
        check_finite(&measured).map_err(|error| after_steps(error, moment.step))?;
        if !brief {
            let score = evaluate(trainer.model, self.data, options.seed)?;
            let tested = self.data.test.len();
            self.share.add(tested);
            let accuracy = (TEST_ACCURACY, share(score.accuracy, tested));
            let mut scores = vec![accuracy];
            if stage == FINAL {
                scores.extend(against_majority(self.data, score.accuracy));
            }
            let rows = over(tested, moment.rows("model", &scores));
            found.begun.results.rows.extend(rows);
        }
        if stage == FINAL {
            let stem = format!("mist/{}-example", self.cell.label());
            let margin = trainer.model.needed_margin()?;
            let kept = moment.write_example(self.folder, &stem, self.data, margin)?;
            let kept = kept.map(|kept| self.bound(kept)).transpose()?;
            found.begun.results.patterns.extend(kept);
        }
        self.keep(found, &moment, &measured)
    }

    /// Notes everything that was measured at a moment, inside an epoch that of whole maps alone, and writes the
    /// patterns.
    fn keep(&self, found: &mut Found, moment: &Moment, measured: &Measurement) -> Result<()> {
        let mut rows = moment.all_rows(measured);
        if moment.stage.starts_with(STEP) {
            rows.retain(|row| row.region == Region::Whole);
        }
        let rows = match measured.images == self.config.images {
            true => rows,
            false => over(measured.images, rows),
        };
        let begun = &mut found.begun;
        begun.results.rows.extend(rows);
        begun
            .before
            .note(&moment.scheme, moment.seed, &moment.stage, measured);
        let pictured = [INIT, FINAL].contains(&moment.stage.as_str());
        for layer in &measured.layers {
            let (label, layer_part) = (self.cell.label(), file_part(&layer.name));
            let stem = format!("patterns/{label}-{}-{layer_part}", moment.stage);
            let pattern = moment.write_pattern(self.folder, &stem, layer, pictured)?;
            found.begun.results.patterns.push(self.bound(pattern)?);
        }
        for frame in &measured.frames {
            let (label, stage) = (self.cell.label(), &moment.stage);
            let stem = format!("mist/{label}-{stage}-{}-images", frame.images);
            let kept = moment.write_frame(self.folder, &stem, frame)?;
            found.begun.results.patterns.push(self.bound(kept)?);
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
}
