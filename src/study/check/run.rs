//! The check itself: windows, two passes over each, findings.

use crate::data::{Photographs, Preprocessing, Survey};
use crate::error::{Error, Result};
use crate::nn::{LayerInfo, Model, Surroundings};
use crate::padding::Padding;
use crate::ppp::{
    LayerMeasurement, MeasureOptions, Measurement, Metric, Region, Taps, measure_images,
};
use crate::rng::Seed;
use crate::statistics::BLOCKS;
use crate::study::progress::{Event, Progress, phase};
use crate::study::record::check_finite;
use crate::study::subject::Subject;

use super::config::CheckConfig;
use super::findings::{Check, Findings, Halved, Interval, Outputs, Stage, Verdict};
use super::window::Windows;
use super::{geometry, outputs, stages, window};

/// Windows that are cut where nothing is said.
const USUAL_COUNT: usize = 500;
/// Features of a layer whose statistics are kept; of layers with more, some channels stand for all.
const MOST_FEATURES: usize = 400_000;
/// Bytes that the widest map of a pass may take.
const PASS_BYTES: f64 = 256e6;

/// A check with what a page about it shows.
pub struct Checked {
    /// What was found.
    pub check: Check,
    /// A few of the windows.
    pub photographs: Photographs,
}

/// Checks a network on photographs.
///
/// # Errors
/// Where a setting makes no sense, photographs are too few or too small, or features are not finite.
pub fn check(subject: Subject, config: &CheckConfig, progress: &Progress) -> Result<Checked> {
    if !(config.tau > 0.0 && config.tau.is_finite()) {
        let problem = format!("{} is no share of a spread", config.tau);
        return Err(Error::usage(
            "tau",
            problem,
            "use a value above 0, such as 0.1",
        ));
    }
    let preprocessing = subject.preprocessing()?.clone();
    let survey = Survey::of(&config.images)?;
    let windows = window::choose(subject.model, &survey, config)?;
    let photographs = cut(&survey, &windows, config, progress)?;
    let run = Run {
        preprocessing: &preprocessing,
        photographs: &photographs,
        config,
        surroundings: windows.surroundings,
        progress,
    };
    let needed_margin = windows.model.needed_margin()?;
    let stages = stages::stages(&windows.model)?;
    let own = run.findings(&windows.model, &stages, windows.margin, subject.padding)?;
    let partial = windows.surroundings == Surroundings::Available && windows.margin < needed_margin;
    let halved = match partial {
        true => Some(run.halved(&windows, &stages, subject.padding, &own)?),
        false => None,
    };
    let reach = geometry::reach(&windows.model, &stages)?;
    let side = windows.model.input()[1];
    let uneven = geometry::uneven(&windows.model)?;
    let even_sizes = geometry::even_sizes(&windows.model, side);
    let repadded = match &config.padding {
        None => None,
        Some(other) => {
            let padding = Padding::parse(other)?;
            let model = windows
                .model
                .with_padding(padding)
                .map_err(Error::into_usage)?;
            let stages = stages::stages(&model)?;
            Some(run.findings(&model, &stages, windows.margin, padding)?)
        }
    };
    let verdict = Verdict::of(repadded.as_ref().unwrap_or(&own), &config.limits);
    let check = Check {
        network: subject.name,
        arch: subject.arch,
        side,
        margin: windows.margin,
        needed_margin,
        partial,
        note: windows.note,
        images: photographs.len(),
        photographs: photographs.photographs,
        too_small: photographs.left_out.too_small,
        unreadable: photographs.left_out.unreadable.clone(),
        tau: config.tau,
        own,
        repadded,
        halved,
        reach,
        uneven,
        even_sizes,
        verdict,
    };
    Ok(Checked { check, photographs })
}

fn cut(
    survey: &Survey,
    windows: &Windows,
    config: &CheckConfig,
    progress: &Progress,
) -> Result<Photographs> {
    let [_, side, _] = windows.model.input();
    let large = survey.at_least(side + 2 * windows.margin);
    let count = config.count.unwrap_or(large.clamp(2 * BLOCKS, USUAL_COUNT));
    crate::ppp::enough_images(count).map_err(|error| match error {
        Error::Usage {
            problem, remedy, ..
        } => Error::usage("count", problem, remedy),
        other => other,
    })?;
    phase(progress, "cutting windows", large.min(count), "photographs");
    let seed = Seed(config.seed).child("windows");
    let at = |done| progress(Event::At(done));
    let cut = Photographs::cut(survey, [side, windows.margin], count, seed, &at)?;
    if cut.photographs < BLOCKS || cut.len() < 2 * BLOCKS {
        let problem = format!(
            "{} of {} photographs can be used",
            cut.photographs,
            survey.pictures.len() + survey.left_out.unreadable.len()
        );
        let remedy = format!("intervals need at least {BLOCKS}, with two windows on each");
        return Err(Error::usage("images", problem, remedy));
    }
    Ok(cut)
}

/// What all measurements of a check share.
struct Run<'a> {
    preprocessing: &'a Preprocessing,
    photographs: &'a Photographs,
    config: &'a CheckConfig,
    surroundings: Surroundings,
    progress: &'a Progress<'a>,
}

impl Run<'_> {
    fn findings(
        &self,
        model: &Model<f32>,
        stages: &[LayerInfo],
        margin: usize,
        padding: Padding,
    ) -> Result<Findings> {
        let found = self.measure(model, stages, margin, padding)?;
        let claimed: Vec<&str> = (found.layers_with_pattern().iter())
            .map(|layer| layer.name.as_str())
            .collect();
        let of_layer = |info: &LayerInfo| {
            let layer = found.layers.iter().find(|layer| layer.name == info.name)?;
            Some(stage(info, layer, claimed.contains(&info.name.as_str())))
        };
        let stages: Vec<Stage> = stages.iter().filter_map(of_layer).collect();
        let output = self.output(model, &found, &stages, margin)?;
        Ok(Findings {
            padding: padding.to_string(),
            halo: halo(&stages),
            stages,
            output,
        })
    }

    fn measure(
        &self,
        model: &Model<f32>,
        stages: &[LayerInfo],
        margin: usize,
        padding: Padding,
    ) -> Result<Measurement> {
        let images = self.photographs.len();
        let what = format!("measuring under {padding}");
        phase(self.progress, &what, images, "images");
        let names = stages.iter().map(|stage| stage.name.clone()).collect();
        let options = MeasureOptions {
            images,
            batch: batch(model, margin)?,
            taps: Taps::Named(names),
            tau: self.config.tau,
            seed: Seed(self.config.seed),
            surroundings: self.surroundings,
            most_features: Some(MOST_FEATURES),
            ..MeasureOptions::default()
        };
        let wide = |range| {
            Ok(self
                .preprocessing
                .apply(&self.photographs.wide(range, margin)))
        };
        let mut at = |done| (self.progress)(Event::At(done));
        let found = measure_images(model, wide, margin, &options, &mut at)?;
        check_finite(&found)?;
        Ok(found)
    }

    fn output(
        &self,
        model: &Model<f32>,
        found: &Measurement,
        stages: &[Stage],
        margin: usize,
    ) -> Result<Outputs> {
        let last = found.layers.last().zip(stages.last());
        let output = model.layers()?.pop();
        let Some(((layer, stage), output)) = last.zip(output) else {
            return Ok(outputs::of_classes(found, self.photographs.photographs));
        };
        if output.shape[1..] == [1, 1] {
            return Ok(outputs::of_classes(found, self.photographs.photographs));
        }
        let range = match self.config.range {
            Some(range) => range,
            None => {
                let few = 0..self.photographs.len().min(batch(model, margin)?);
                let images = self.preprocessing.apply(&self.photographs.wide(few, 0));
                outputs::range(model, images)?
            }
        };
        Ok(outputs::of_maps(
            layer,
            stage.shape,
            stage.spoiled_rings(),
            range,
        ))
    }

    /// The same with half the surroundings, and how much that changes.
    fn halved(
        &self,
        windows: &Windows,
        stages: &[LayerInfo],
        padding: Padding,
        whole: &Findings,
    ) -> Result<Halved> {
        let margin = windows.margin / 2;
        let findings = self.findings(&windows.model, stages, margin, padding)?;
        let pairs = whole.stages.iter().zip(&findings.stages);
        let rings = pairs.flat_map(|(a, b)| a.profile.iter().zip(&b.profile));
        let change = |(a, b): (&Interval, &Interval)| Some((a.value? - b.value?).abs());
        let largest_change = rings.filter_map(change).fold(0.0, f64::max);
        Ok(Halved {
            margin,
            findings,
            largest_change,
        })
    }
}

/// What was measured of a stage.
fn stage(info: &LayerInfo, layer: &LayerMeasurement, pattern: bool) -> Stage {
    let [_, h, w] = info.shape;
    let stride = info.field.stride[0].max(info.field.stride[1]);
    let rings = h.min(w).div_ceil(2);
    let of = |metric| layer.get(metric).map(Interval::from).unwrap_or_default();
    let spread = layer.content_deviation;
    let profile = (0..rings).map(|ring| {
        let rmsd = layer.get((Metric::Rmsd, Region::Ring(ring)));
        rmsd.map(Interval::from)
            .unwrap_or_default()
            .times(1.0 / spread)
    });
    Stage {
        name: info.name.clone(),
        shape: info.shape,
        stride,
        rings,
        spoiled: of(Metric::Halo).times(1.0 / stride),
        profile: profile.collect(),
        coherence: of(Metric::Coherence),
        nrms: of(Metric::NRms),
        pattern,
    }
}

/// The largest halo of all stages; none where one stage is nowhere right.
fn halo(stages: &[Stage]) -> Interval {
    let largest = |of: fn(&Interval) -> Option<f64>| {
        let mut pixels = stages
            .iter()
            .map(|s| of(&s.spoiled).map(|rings| rings * s.stride));
        pixels.try_fold(0.0, |largest: f64, own| Some(largest.max(own?)))
    };
    Interval {
        value: largest(|i| i.value),
        lo: largest(|i| i.lo),
        hi: largest(|i| i.hi),
    }
}

/// Images per pass, so that its widest map stays small.
fn batch(model: &Model<f32>, margin: usize) -> Result<usize> {
    let [_, h, w] = model.input();
    let wider = |side: usize| (side + 2 * margin) as f64 / side as f64;
    let of_layer = |layer: &LayerInfo| layer.shape.iter().map(|n| *n as f64).product::<f64>();
    let layers = model.layers()?;
    let widest = layers.iter().map(of_layer).fold(1.0, f64::max) * wider(h) * wider(w);
    let images = PASS_BYTES / (widest * size_of::<f32>() as f64);
    Ok((images as usize).clamp(1, 50))
}
