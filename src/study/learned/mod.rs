//! Is a pattern learned, or inherent in the padding? A network that somebody trained beside the same network untrained.
//!
//! Both see the same windows of photographs, under the padding of training and under others. `effect.rs` is where it
//! is decided what training made of the pattern.

mod effect;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use effect::{Effect, effects, effects_csv};

use super::folder::RunFolder;
use super::moments::{CONTROL, FINAL, INIT};
use super::progress::{Event, Progress, phase};
use super::record::{Moment, check_finite, write_results};
use super::results::{Results, Row};
use super::subject::Subject;
use crate::data::{Photographs, Preprocessing, Survey};
use crate::error::{Error, Result};
use crate::nn::init::{Fan, kaiming_normal};
use crate::nn::{Kind, Model};
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Measurement, Metric, Region, Taps, measure_images};
use crate::rng::Seed;
use crate::tensor::Tensor;
use crate::train::calibrate_step;

/// Features of a layer whose statistics are kept; of layers with more, some channels stand for all.
const MOST_FEATURES: usize = 400_000;
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
            seed: 0,
        }
    }
}

/// A comparison that can be carried out.
pub struct Learned {
    name: String,
    arch: String,
    model: Model<f32>,
    margin: usize,
    taps: Taps,
    preprocessing: Preprocessing,
    paddings: Vec<Padding>,
    photographs: Photographs,
    config: LearnedConfig,
}

impl Learned {
    /// Checks the settings and cuts the windows.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of photographs that cannot be used.
    pub fn prepare(
        subject: Subject,
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
        let preprocessing = subject.preprocessing()?.clone();
        let mut paddings = vec![subject.padding];
        for name in &config.padding {
            let padding = Padding::parse(name)?;
            if name.contains('@') || name == CONTROL {
                let problem = "it pads to another extent than the network";
                let remedy = "name schemes alone; without padding the pattern is exactly 0";
                return Err(Error::usage(format!("padding {name}"), problem, remedy));
            }
            if paddings
                .iter()
                .all(|known| known.to_string() != padding.to_string())
            {
                paddings.push(padding);
            }
        }
        let taps = Taps::parse(&config.layers);
        taps.select(&subject.model)?;
        let margin = subject.model.needed_margin()?;
        let sides = [subject.model.input()[1], margin];
        let survey = Survey::of(&config.images)?;
        phase(progress, "cutting windows", config.count, "photographs");
        let at = |done| progress(Event::At(done));
        let seed = Seed(config.seed).child("windows");
        let photographs = Photographs::cut(&survey, sides, config.count, seed, &at)?;
        Ok(Learned {
            name: subject.name,
            arch: subject.arch,
            model: subject.model,
            margin,
            taps,
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
        let results = folder.results_of("learned", self.photographs.len());
        let name = self.config.images.file_name().unwrap_or_default();
        let results = results.on(&self.arch, &format!("folder:{}", name.to_string_lossy()));
        let written = self.every_network(results, progress).and_then(|results| {
            write_results(folder, &results)?;
            folder.write(EFFECTS, effects_csv(&results).as_bytes())?;
            folder.write_checksums()?;
            Ok(results)
        });
        folder.or_discard(written)
    }

    fn every_network(mut self, mut results: Results, progress: &Progress) -> Result<Results> {
        let own = std::iter::once((FINAL, 0));
        let first = self.config.seed;
        let seeds = (0..self.config.seeds as u64).map(|i| (INIT, first + i));
        let total = (1 + self.config.seeds) * self.paddings.len();
        let mut number = 0;
        for (stage, seed) in own.chain(seeds) {
            let who = match stage {
                INIT => {
                    self = self.untrained(Seed(seed))?;
                    format!("untrained, seed {seed}")
                }
                _ => self.name.clone(),
            };
            let moment = Moment {
                scheme: self.paddings[0].to_string(),
                seed,
                stage: stage.into(),
                epoch: 0,
                step: 0,
            };
            for (i, padding) in self.paddings.clone().into_iter().enumerate() {
                number += 1;
                let name = format!("[{number}/{total}] {who}, under {padding}");
                phase(progress, &name, self.photographs.len(), "images");
                self = self.under(padding)?;
                let found = self.measure(progress)?;
                let under = (i > 0).then(|| padding.to_string());
                results.rows.extend(kept(&moment, &found, under));
                if number == 1 {
                    let layers = found.layers.iter().map(|layer| moment.measured(layer));
                    results.layers.extend(layers);
                }
                progress(Event::Line(&name));
            }
        }
        Ok(results)
    }

    fn under(self, padding: Padding) -> Result<Learned> {
        let model = self
            .model
            .with_padding(padding)
            .map_err(Error::into_usage)?;
        Ok(Learned { model, ..self })
    }

    fn measure(&self, progress: &Progress) -> Result<Measurement> {
        let options = MeasureOptions {
            images: self.photographs.len(),
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
        let found = measure_images(&self.model, wide, self.margin, &options, &mut at)?;
        check_finite(&found)?;
        Ok(found)
    }

    /// The network under its own padding with weights drawn anew and normalisations calibrated on the windows.
    fn untrained(self, seed: Seed) -> Result<Learned> {
        let own = self.paddings[0];
        let mut learned = self.under(own)?;
        redraw(&mut learned.model, seed.child("weights"))?;
        let count = learned.photographs.len();
        for (done, start) in (0..count).step_by(CALIBRATION_BATCH).enumerate() {
            let range = start..count.min(start + CALIBRATION_BATCH);
            let windows = learned.photographs.wide(range, 0);
            let images = learned.preprocessing.apply(&windows);
            calibrate_step(&mut learned.model, images, done, seed)?;
        }
        Ok(learned)
    }
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
