//! The check itself: windows, two passes over each, findings.

use crate::data::{Photographs, Preprocessing, Survey};
use crate::error::{Error, Result};
use crate::nn::{Kind, LayerInfo, Model, Surroundings};
use crate::padding::Padding;
use crate::ppp::{
    LayerMeasurement, MOST_FEATURES, MeasureOptions, Measurement, Metric, Region, Taps,
    measure_images,
};
use crate::rng::Seed;
use crate::statistics::BLOCKS;
use crate::study::progress::{Event, Progress, phase};
use crate::study::provenance::VERSION;
use crate::study::record::check_finite;
use crate::study::subject::{Output, Subject};

use super::config::CheckConfig;
use super::findings::{Check, Findings, Halved, Interval, OutputFindings, Stage, Verdict};
use super::window::Windows;
use super::{geometry, outputs, stages, window};

/// Windows that are cut where nothing is said.
const USUAL_COUNT: usize = 500;
/// Bytes that the widest map of a pass may take.
const PASS_BYTES: f64 = 64e6;
/// Bytes that the widest map of one image may take.
const MOST_BYTES: f64 = 4e9;

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
    config.validate(&subject)?;
    let preprocessing = subject.preprocessing()?.clone();
    let survey = Survey::of(&config.images)?;
    let windows = window::choose(subject, &survey, config)?;
    let outputs = windows.subject.outputs.clone();
    let subject = &windows.subject;
    let photographs = cut(&survey, &windows, config, progress)?;
    let run = Run {
        preprocessing: &preprocessing,
        photographs: &photographs,
        outputs: &outputs,
        config,
        surroundings: windows.surroundings,
        progress,
    };
    let needed_margin = subject.model.needed_margin()?;
    let stages = stages::stages(subject)?;
    let own = run.findings(
        &subject.model,
        &stages,
        windows.margin,
        &subject.padding,
        None,
    )?;
    let partial = windows.surroundings == Surroundings::Available && windows.margin < needed_margin;
    let halved = match partial {
        true => Some(run.halved(&windows, &stages, &own)?),
        false => None,
    };
    let reach = geometry::reach(&subject.model, &stages)?;
    let [_, h, w] = subject.model.input();
    let uneven = geometry::uneven(&subject.model)?;
    let even_sizes = geometry::even_sizes(subject);
    let larger = match own.halo.value {
        Some(_) => None,
        None => geometry::larger(subject, &stages)?,
    };
    let subject = windows.subject;
    let repadded = match &config.padding {
        None => None,
        Some(other) => {
            let padding = Padding::parse(other)?;
            let model = subject.model.with_padding(padding);
            let model = model.map_err(Error::into_usage)?;
            Some(run.findings(&model, &stages, windows.margin, other, Some(&own))?)
        }
    };
    let left_out = subject.left_out.as_deref().filter(|_| subject.lacks);
    let lacking: Vec<&str> = left_out
        .into_iter()
        .chain(subject.behind.as_deref())
        .collect();
    let verdict = Verdict::of(&own, repadded.as_ref(), &lacking, &config.limits);
    let check = Check {
        network: subject.name,
        arch: subject.arch,
        left_out: subject.left_out,
        behind: subject.behind,
        preprocessing: Some(preprocessing),
        seed: config.seed,
        version: VERSION.to_string(),
        larger,
        size: [h, w],
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
    let [_, h, w] = windows.subject.model.input();
    let large = survey.at_least([h, w].map(|side| side + 2 * windows.margin));
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
    let cut = Photographs::cut(survey, [h, w], windows.margin, count, seed, &at)?;
    if cut.photographs < BLOCKS || cut.len() < 2 * BLOCKS {
        let problem = format!(
            "{} of its {} photographs can be used, for {} windows of {h}×{w} pixels with {} around them",
            cut.photographs,
            survey.pictures.len() + survey.left_out.unreadable.len(),
            cut.len(),
            windows.margin
        );
        let remedy = format!(
            "intervals need at least {BLOCKS} photographs and {} windows: give more photographs of that size",
            2 * BLOCKS
        );
        return Err(Error::usage("images", problem, remedy));
    }
    Ok(cut)
}

/// What all measurements of a check share.
struct Run<'a> {
    preprocessing: &'a Preprocessing,
    photographs: &'a Photographs,
    outputs: &'a [Output],
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
        padding: &str,
        like: Option<&Findings>,
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
        let last = stages.last().map(|stage| &stage.name);
        let last = found.layers.iter().find(|l| Some(&l.name) == last);
        let share = |l: &LayerMeasurement| (1.0 / l.content_deviation) as f32;
        Ok(Findings {
            pattern: last.map(|l| l.channel_mean.map(|p| p * share(l))),
            padding: padding.to_string(),
            halo: halo(&stages),
            outputs: self.outputs(model, &found, &stages, margin, like)?,
            stages,
        })
    }

    fn measure(
        &self,
        model: &Model<f32>,
        stages: &[LayerInfo],
        margin: usize,
        padding: &str,
    ) -> Result<Measurement> {
        let images = self.photographs.len();
        let what = format!("measuring under {padding}");
        phase(self.progress, &what, images, "images");
        let mut names: Vec<String> = stages.iter().map(|stage| stage.name.clone()).collect();
        for layer in model.layers()? {
            let is_output = self.outputs.iter().any(|output| output.layer == layer.name);
            if is_output && layer.kind != Kind::Linear && !names.contains(&layer.name) {
                names.push(layer.name);
            }
        }
        let options = MeasureOptions {
            images,
            batch: batch(model, margin)?,
            taps: Taps::Named(names),
            tau: self.config.tau,
            seed: Seed(self.config.seed),
            surroundings: self.surroundings,
            most_features: Some(MOST_FEATURES),
            predicting: (self.outputs.iter())
                .filter_map(|output| output.predicting.clone())
                .collect(),
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

    /// What becomes of the outputs; linear ones beside the first are left out. PSNR is against the range, and of the rings,
    /// of what was found before, with which it is compared.
    fn outputs(
        &self,
        model: &Model<f32>,
        found: &Measurement,
        stages: &[Stage],
        margin: usize,
        like: Option<&Findings>,
    ) -> Result<Vec<OutputFindings>> {
        let mut findings = Vec::new();
        for (index, output) in self.outputs.iter().enumerate() {
            let predictions = outputs::predictions(found, output);
            let measured = found.layers.iter().find(|layer| layer.name == output.layer);
            let stage = stages.iter().find(|stage| stage.name == output.layer);
            let effect = match (measured, stage) {
                _ if index == 0 && output.classes => {
                    outputs::of_classes(found, self.photographs.photographs)
                }
                (Some(layer), Some(stage))
                    if predictions.is_none() && outputs::is_picture(stage.shape, model.input()) =>
                {
                    let (range, rings) = match like.and_then(|like| like.picture(&output.name)) {
                        Some(before) => before,
                        None => (self.range(model, index, margin)?, stage.spoiled_rings()),
                    };
                    outputs::of_pictures(layer, stage.shape, rings, range)
                }
                (_, Some(stage)) => outputs::of_map(stage, predictions),
                (Some(layer), None) => outputs::of_values(layer, predictions),
                (None, None) => continue,
            };
            let name = output.name.clone();
            findings.push(OutputFindings { name, effect });
        }
        Ok(findings)
    }

    /// The range of values of an output: that which was given, or that which it has on some of the windows.
    fn range(&self, model: &Model<f32>, index: usize, margin: usize) -> Result<f64> {
        match self.config.range {
            Some(range) => Ok(range),
            None => {
                let few = 0..self.photographs.len().min(batch(model, margin)?);
                let images = self.preprocessing.apply(&self.photographs.wide(few, 0));
                outputs::range(model, index, images)
            }
        }
    }

    /// The same with half the surroundings, and how much that changes.
    fn halved(&self, windows: &Windows, stages: &[LayerInfo], whole: &Findings) -> Result<Halved> {
        let (subject, margin) = (&windows.subject, windows.margin / 2);
        let findings = self.findings(
            &subject.model,
            stages,
            margin,
            &subject.padding,
            Some(whole),
        )?;
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
pub fn batch(model: &Model<f32>, margin: usize) -> Result<usize> {
    let [_, h, w] = model.input();
    let wider = |side: usize| (side + 2 * margin) as f64 / side as f64;
    let of_layer = |layer: &LayerInfo| layer.shape.iter().map(|n| *n as f64).product::<f64>();
    let layers = model.layers()?;
    let widest = layers.iter().map(of_layer).fold(1.0, f64::max) * wider(h) * wider(w);
    let bytes = widest * size_of::<f32>() as f64;
    if bytes > MOST_BYTES {
        let problem = format!(
            "a map of the network takes {:.0} GB for one image",
            bytes / 1e9
        );
        return Err(Error::usage("size", problem, "give smaller images"));
    }
    let images = PASS_BYTES / bytes;
    Ok((images as usize).clamp(1, 50))
}
