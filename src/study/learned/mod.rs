//! Is a pattern learned, or inherent in the padding? A network that somebody trained beside the same network untrained.
//!
//! Both see the same windows of photographs, under the padding of training and under others. `effect.rs` is where it
//! is decided what training made of the pattern.

mod effect;
mod reach;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use effect::{Effect, effects, effects_csv};

use self::reach::Reach;
use super::check::batch;
use super::folder::RunFolder;
use super::moments::{CONTROL, FINAL, INIT};
use super::progress::{Event, Progress, phase};
use super::record::{Moment, check_finite, write_results};
use super::results::{Results, Row, RunKind};
use super::subject::Subject;
use crate::data::{Photographs, Preprocessing, Survey};
use crate::error::{Error, Result};
use crate::nn::init::{Fan, kaiming_normal};
use crate::nn::{Kind, Model, State};
use crate::padding::Padding;
use crate::ppp::{
    MOST_FEATURES, MeasureOptions, Measurement, Metric, Region, Taps, measure_together,
};
use crate::rng::Seed;
use crate::tensor::Tensor;
use crate::train::calibrate_step;

/// What training made of the pattern, in numbers.
pub const EFFECTS: &str = "learned.csv";
/// Windows per step of calibration.
const CALIBRATION_BATCH: usize = 50;
/// What is kept of every layer.
const METRICS: [Metric; 6] = [
    Metric::Rms,
    Metric::NRms,
    Metric::PatternP,
    Metric::Coherence,
    Metric::Rmsd,
    Metric::Halo,
];

/// The settings of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearnedConfig {
    /// A folder of photographs.
    pub images: PathBuf,
    /// Windows, spread over them.
    pub count: usize,
    /// Untrained networks.
    pub seeds: usize,
    /// Paddings to run every network under; that of training comes first, whether it is named or not.
    pub padding: Vec<String>,
    /// Layers at which it is measured: `conv`, `all`, or names separated by commas.
    pub layers: String,
    /// Whether every convolution without a batch norm gets one, which only untrained networks use: files often have
    /// theirs folded into the convolutions, and untrained ones without any lose their content with depth.
    pub norms: bool,
    /// Seed of the windows' places and of the first untrained network.
    pub seed: u64,
}

impl Default for LearnedConfig {
    fn default() -> LearnedConfig {
        LearnedConfig {
            images: PathBuf::new(),
            count: 500,
            seeds: 5,
            padding: ["reflect", "replicate", "circular", "randn", "partial"]
                .map(String::from)
                .into(),
            layers: "conv".into(),
            norms: false,
            seed: 0,
        }
    }
}

/// A comparison that can be carried out.
pub struct Learned {
    subject: Subject,
    /// The network under its own padding, then under each of the others.
    models: Vec<Model<f32>>,
    taps: Taps,
    /// Whether that is what its own output needs.
    has_output: bool,
    /// Pixels around a window.
    margin: usize,
    preprocessing: Preprocessing,
    /// Besides that of training.
    paddings: Vec<Padding>,
    photographs: Photographs,
    config: LearnedConfig,
}

/// A network of the comparison.
struct Candidate {
    stage: &'static str,
    seed: u64,
    state: State<f32>,
}

impl Learned {
    /// Checks the settings and cuts the windows.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of photographs that cannot be used.
    pub fn prepare(
        open: &dyn Fn() -> Result<Subject>,
        config: &LearnedConfig,
        progress: &Progress,
    ) -> Result<Learned> {
        if config.seeds < 2 {
            let problem = format!(
                "{} says nothing of how untrained networks differ",
                config.seeds
            );
            return Err(Error::usage("seeds", problem, "use at least 2"));
        }
        crate::ppp::enough_images(config.count)?;
        let open = || with_norms(open()?, config.norms);
        let mut subject = open()?;
        let folded = may_be_folded(&subject);
        let survey = Survey::of(&config.images)?;
        let taps = Taps::parse(&config.layers);
        let reach = Reach::of(&subject.model, &taps, &survey, config.count)?;
        for note in reach.note().into_iter().chain(folded.as_deref()) {
            progress(Event::Line(note));
        }
        subject.model = reach.part_of(subject.model)?;
        let margin = subject.model.needed_margin()?;
        let paddings = others(&config.padding, &subject.padding)?;
        let models = under_every_padding(&open, &reach, &paddings)?;
        let preprocessing = subject.preprocessing()?.clone();
        let [_, height, width] = subject.model.input();
        phase(progress, "cutting windows", config.count, "photographs");
        let at = |done| progress(Event::At(done));
        let seed = Seed(config.seed).child("windows");
        let size = [height, width];
        let photographs = Photographs::cut(&survey, size, margin, config.count, seed, &at)?;
        Ok(Learned {
            subject,
            models,
            taps: reach.taps(taps),
            has_output: reach.has_output(),
            margin,
            preprocessing,
            paddings,
            photographs,
            config: config.clone(),
        })
    }

    /// Measures every network under every padding and writes the results.
    ///
    /// # Errors
    /// Where features are not finite or the folder cannot be written; the folder is then taken away.
    pub fn run(self, folder: &RunFolder, progress: &Progress) -> Result<Results> {
        let results = folder.results_of(RunKind::Learned, self.photographs.len());
        let name = self.config.images.file_name().unwrap_or_default();
        let data = format!("folder:{}", name.to_string_lossy());
        let results = results.on(&self.subject.arch, &data);
        let written = self.every_network(results, progress).and_then(|results| {
            write_results(folder, &results)?;
            folder.write(EFFECTS, effects_csv(&results).as_bytes())?;
            folder.write_checksums()?;
            Ok(results)
        });
        folder.or_discard(written)
    }

    fn every_network(mut self, mut results: Results, progress: &Progress) -> Result<Results> {
        let candidates = self.candidates()?;
        let own = self.subject.padding.clone();
        let mut models = std::mem::take(&mut self.models);
        let mut rows = vec![Vec::new(); models.len()];
        let others = self.paddings.iter().map(Padding::to_string);
        let paddings: Vec<String> = std::iter::once(own.clone()).chain(others).collect();
        for (number, candidate) in (1..).zip(&candidates) {
            let who = match candidate.stage {
                INIT => format!("untrained, seed {}", candidate.seed),
                _ => self.subject.name.clone(),
            };
            let of = candidates.len();
            let name = format!("[{number}/{of}] {who}, under {}", paddings.join(", "));
            phase(progress, &name, self.photographs.len(), "images");
            for model in &mut models {
                model.state.clone_from(&candidate.state);
            }
            let moment = Moment {
                scheme: own.clone(),
                seed: candidate.seed,
                stage: candidate.stage.into(),
                epoch: 0,
                step: 0,
            };
            let measured = self.measure(&models, progress)?;
            for (i, found) in measured.iter().enumerate() {
                let under = i.checked_sub(1).map(|i| self.paddings[i].to_string());
                let mut found = kept(&moment, found, under);
                // Behind the last layer that surroundings reach, nothing is known of a prediction under true ones.
                found.retain(|row| self.has_output || row.layer != "output");
                rows[i].extend(found);
            }
            if number == 1 {
                let layers = measured[0].layers.iter();
                results
                    .layers
                    .extend(layers.map(|layer| moment.measured(layer)));
            }
            progress(Event::Line(&name));
        }
        results.rows = rows.concat();
        Ok(results)
    }

    /// One network under every padding.
    fn measure(&self, models: &[Model<f32>], progress: &Progress) -> Result<Vec<Measurement>> {
        let options = MeasureOptions {
            images: self.photographs.len(),
            batch: batch(&self.subject.model, self.margin)?,
            taps: self.taps.clone(),
            seed: Seed(self.config.seed),
            most_features: Some(MOST_FEATURES),
            ..MeasureOptions::default()
        };
        let wide = |range| {
            let windows = self.photographs.wide(range, self.margin);
            Ok(self.preprocessing.apply(&windows))
        };
        let mut at = |done| progress(Event::At(done));
        let models: Vec<&Model<f32>> = models.iter().collect();
        let found = measure_together(&models, wide, self.margin, &options, &mut at)?;
        found.iter().try_for_each(check_finite)?;
        Ok(found)
    }

    /// The network as it was trained, and untrained ones.
    fn candidates(&mut self) -> Result<Vec<Candidate>> {
        let trained = Candidate {
            stage: FINAL,
            seed: 0,
            state: self.subject.model.state.clone(),
        };
        let mut all = vec![trained];
        let first = self.config.seed;
        for seed in (0..self.config.seeds as u64).map(|i| first + i) {
            all.push(Candidate {
                stage: INIT,
                seed,
                state: self.untrained(Seed(seed))?,
            });
        }
        Ok(all)
    }

    /// Weights drawn anew, with normalisations calibrated on the windows under the network's own padding.
    fn untrained(&mut self, seed: Seed) -> Result<State<f32>> {
        let model = &mut self.subject.model;
        redraw(model, seed.child("weights"))?;
        let count = self.photographs.len();
        for (done, start) in (0..count).step_by(CALIBRATION_BATCH).enumerate() {
            let range = start..count.min(start + CALIBRATION_BATCH);
            let windows = self.photographs.wide(range, 0);
            let images = self.preprocessing.apply(&windows);
            calibrate_step(model, images, done, seed)?;
        }
        Ok(model.state.clone())
    }
}

/// The network as far as it is measured, under its own padding and under others.
fn under_every_padding(
    open: &dyn Fn() -> Result<Subject>,
    reach: &Reach,
    others: &[Padding],
) -> Result<Vec<Model<f32>>> {
    let mut models = vec![reach.part_of(open()?.model)?];
    for padding in others {
        let model = reach.part_of(open()?.model)?.with_padding(*padding);
        models.push(model.map_err(Error::into_usage)?);
    }
    Ok(models)
}

/// The paddings that are named, but for that of training.
fn others(names: &[String], own: &str) -> Result<Vec<Padding>> {
    let mut found: Vec<Padding> = Vec::new();
    for name in names {
        let padding = Padding::parse(name)?;
        if name.contains('@') || name == CONTROL {
            let problem = "it pads to another extent than the network";
            let remedy = "name schemes alone; without padding the pattern is exactly 0";
            return Err(Error::usage(format!("padding {name}"), problem, remedy));
        }
        let text = padding.to_string();
        if text != own && found.iter().all(|known| known.to_string() != text) {
            found.push(padding);
        }
    }
    Ok(found)
}

/// The network, with a norm behind every convolution where that is asked for.
fn with_norms(mut subject: Subject, norms: bool) -> Result<Subject> {
    if norms {
        subject.model = subject.model.with_norms()?;
    }
    Ok(subject)
}

/// Of a file that says nothing of the norms that it was trained with: what its untrained networks may lack, in words.
fn may_be_folded(subject: &Subject) -> Option<String> {
    let count = subject.model.convolutions_without_norm().len();
    (subject.is_exported() && count > 0).then(|| {
        format!(
            "no batch norm stands behind {count} of its convolutions; if theirs were folded into these, `norms` gives \
             untrained networks their own"
        )
    })
}

/// Draws the weights of convolutions and linear layers from N(0, 2/fan_in); biases are 0, normalisations do nothing.
///
/// # Errors
/// Where the layers of the network do not fit together.
fn redraw(model: &mut Model<f32>, seed: Seed) -> Result<()> {
    for layer in model.layers()? {
        let named = |name: &str| format!("{}.{name}", layer.name);
        let parameters = &mut model.state.parameters;
        let drawn = match layer.kind {
            Kind::Conv2d | Kind::Linear => true,
            Kind::BatchNorm2d => false,
            _ => continue,
        };
        if let Some(weight) = parameters.get_mut(&named("weight")) {
            let shape = weight.shape().to_vec();
            *weight = match drawn {
                true => kaiming_normal(&shape, Fan::In, seed.child(&*layer.name)),
                false => Tensor::ones(&shape),
            };
        }
        if let Some(bias) = parameters.get_mut(&named("bias")) {
            *bias = Tensor::zeros(bias.shape());
        }
    }
    Ok(())
}

/// The rows that are kept of a measurement: every layer as a whole, and what becomes of the output.
fn kept(moment: &Moment, found: &Measurement, under: Option<String>) -> Vec<Row> {
    let names: Vec<String> = METRICS.iter().map(ToString::to_string).collect();
    let mut rows = moment.all_rows(found);
    rows.retain(|row| {
        row.region == Region::Whole && (row.layer == "output" || names.contains(&row.metric))
    });
    for row in &mut rows {
        row.under.clone_from(&under);
    }
    rows
}
