//! What is read off which network.

use std::time::Instant;

use super::config::ReliabilityConfig;
use super::measures::{Measure, Point, of_location, of_posenet, of_ppp};
use crate::data::Dataset;
use crate::error::Result;
use crate::nn::{Model, Planted};
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Taps, measure};
use crate::probes::location::{self, LocationOptions, Scenes};
use crate::probes::planted::signal;
use crate::probes::posenet::{Frozen, taps};
use crate::rng::Seed;
use crate::study::backbone::{self, Backbone};
use crate::study::config::RunConfig;
use crate::study::grid::workers::each;
use crate::study::moments::FINAL;
use crate::study::posenet::ReadoutConfig;
use crate::study::progress::{Event, Progress, phase};
use crate::study::record::measuring_seed;
use crate::study::results::Row;

/// Images over which the content of a layer is measured before a signal is planted there.
const CONTENT_IMAGES: usize = 100;
/// Where a signal is planted in the location test: behind the first convolution and its ReLU.
const LOCATION_LAYER: &str = "features.1";
/// Images per step of the location test; the paper's 200 would leave a short run too few steps.
const LOCATION_BATCH: usize = 100;
/// The padding of the location test under which a signal is planted: its gap is 0 without one.
const LOCATION_BASE: &str = "circular";

/// Why a network is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Padding cannot have left any position in it.
    Null,
    /// The null into which signals are planted.
    Base,
    /// It has zero padding, as most networks do.
    Typical,
    /// A signal of this strength was planted.
    Planted(f64),
}

/// One measure of one network.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was measured.
    pub measure: Measure,
    /// Why the network was read.
    pub role: Role,
    /// Its padding scheme.
    pub scheme: String,
    /// When in its training it was read, or the strength that was planted.
    pub stage: String,
    /// Its seed.
    pub seed: u64,
    /// What was found.
    pub point: Point,
    /// What it took to read the network, and to train it where the measure is one of training.
    pub seconds: f64,
}

impl Found {
    /// The reading as a row of the results.
    pub fn row(&self) -> Row {
        let metric = match self.role {
            Role::Null | Role::Base => "null_value",
            Role::Typical => "value",
            Role::Planted(_) => "planted_response",
        };
        Row {
            scheme: self.scheme.clone(),
            seed: self.seed,
            stage: self.stage.clone(),
            layer: self.measure.name().into(),
            metric: metric.into(),
            value: Some(self.point.value),
            lo: Some(self.point.lo),
            hi: Some(self.point.hi),
            ..Row::default()
        }
    }
}

/// A network that PPP and PosENet read.
struct Network {
    backbone: Backbone,
    role: Role,
}

/// Something to be read.
enum Task<'a> {
    Ppp(&'a Network, Option<f64>),
    Posenet(&'a Network, Option<f64>),
    ImageAlone(u64),
    Location(&'static str, u64, Role),
}

/// Trains the networks and reads everything off them.
///
/// # Errors
/// Where a network cannot be trained or read.
pub fn carry_out(
    settings: &ReliabilityConfig,
    config: &RunConfig,
    strengths: &[f64],
    data: &Dataset,
    progress: &Progress,
) -> Result<Vec<Found>> {
    let mut networks = Vec::new();
    for seed in config.seed..config.seed + config.seeds as u64 {
        for padding in config.validate()? {
            let trained = backbone::trained(config, padding, data, seed, progress)?;
            let line = format!("{padding}, seed {seed}: trained");
            progress(Event::Line(&line));
            let role = if padding.to_string() == "valid" {
                let backbone = backbone::untrained(config, padding, data, seed)?;
                let role = Role::Null;
                networks.push(Network { backbone, role });
                Role::Base
            } else {
                Role::Typical
            };
            networks.push(Network {
                backbone: trained,
                role,
            });
        }
    }
    let reader = Reader { settings, data };
    let tasks = tasks(config, strengths, &networks);
    phase(progress, "reading", tasks.len(), "readings");
    let read = |task: &Task| reader.read(task);
    let found = each(&tasks, read, |number, _, found| {
        progress(Event::At(number));
        if let Some(first) = found.first() {
            progress(Event::Line(&first.line(number, tasks.len())));
        }
        Ok(())
    });
    Ok(found?.into_iter().flatten().collect())
}

impl Found {
    fn line(&self, number: usize, of: usize) -> String {
        let Found {
            measure,
            scheme,
            stage,
            seed,
            point,
            seconds,
            ..
        } = self;
        format!(
            "[{number}/{of}] {scheme}, seed {seed}, {stage}: {} {:.4}, {seconds:.1} s",
            measure.title(),
            point.value
        )
    }
}

fn tasks<'a>(config: &RunConfig, strengths: &[f64], networks: &'a [Network]) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    // The slowest come first, so that no thread is left with one at the end.
    for seed in config.seed..config.seed + config.seeds as u64 {
        let roles = [
            (LOCATION_BASE, Role::Base),
            ("valid", Role::Null),
            ("zeros@full", Role::Null),
            ("zeros", Role::Typical),
        ];
        let planted = strengths.iter().map(|&s| (LOCATION_BASE, Role::Planted(s)));
        let all = roles.into_iter().chain(planted);
        tasks.extend(all.map(|(padding, role)| Task::Location(padding, seed, role)));
    }
    for network in networks {
        let planted = strengths.iter().filter(|_| network.role == Role::Base);
        for strength in std::iter::once(None).chain(planted.map(|&s| Some(s))) {
            tasks.push(Task::Posenet(network, strength));
            tasks.push(Task::Ppp(network, strength));
        }
    }
    let seeds = config.seed..config.seed + config.seeds as u64;
    tasks.extend(seeds.map(Task::ImageAlone));
    tasks
}

/// Reads tasks.
struct Reader<'a> {
    settings: &'a ReliabilityConfig,
    data: &'a Dataset,
}

impl Reader<'_> {
    fn read(&self, task: &Task) -> Result<Vec<Found>> {
        let start = Instant::now();
        let (points, [scheme, stage], seed, role) = match *task {
            Task::Ppp(network, strength) => {
                let points = self.ppp(&network.backbone, strength)?;
                let (named, role) = described(network, strength);
                (points, named, network.backbone.moment.seed, role)
            }
            Task::Posenet(network, strength) => {
                let Backbone { model, moment } = &network.backbone;
                let planted = self.planted(model, strength, moment.seed)?;
                let frozen = Frozen {
                    model: Some(model),
                    seed: measuring_seed(moment.seed),
                    planted: planted.as_ref(),
                };
                let (named, role) = described(network, strength);
                (
                    self.posenet(&frozen, moment.seed)?,
                    named,
                    moment.seed,
                    role,
                )
            }
            Task::ImageAlone(seed) => {
                let points = self.posenet(&Frozen::image_alone(), seed)?;
                (points, ["image", FINAL].map(String::from), seed, Role::Null)
            }
            Task::Location(padding, seed, role) => {
                let points = self.location(padding, seed, role)?;
                (points, [padding.into(), stage_of(role)], seed, role)
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        let found = |(measure, point)| Found {
            measure,
            role,
            scheme: scheme.clone(),
            stage: stage.clone(),
            seed,
            point,
            seconds,
        };
        Ok(points.into_iter().map(found).collect())
    }

    /// A signal behind the first stage of a network.
    fn planted(
        &self,
        model: &Model<f32>,
        strength: Option<f64>,
        seed: u64,
    ) -> Result<Option<Planted<f32>>> {
        let Some(strength) = strength else {
            return Ok(None);
        };
        let layers = taps(model)?;
        let images = CONTENT_IMAGES.min(self.data.test.len());
        let (images, _) = self.data.test_batch(0..images)?;
        let seed = Seed(seed).child("planted");
        signal(model, &layers[0], images, strength, seed).map(Some)
    }

    /// PPP at the last layer that PosENet reads.
    fn ppp(&self, backbone: &Backbone, strength: Option<f64>) -> Result<Vec<(Measure, Point)>> {
        let Backbone { model, moment } = backbone;
        let last = taps(model)?.pop().unwrap_or_default();
        let options = MeasureOptions {
            images: self.settings.images,
            taps: Taps::Named(vec![last]),
            seed: measuring_seed(moment.seed),
            planted: self.planted(model, strength, moment.seed)?,
            ..MeasureOptions::default()
        };
        let found = measure(model, self.data, &options, &mut |_| {})?;
        Ok(found.layers.first().map(of_ppp).unwrap_or_default())
    }

    fn posenet(&self, frozen: &Frozen, seed: u64) -> Result<Vec<(Measure, Point)>> {
        let readout = ReadoutConfig {
            readout_images: self.settings.readout_images,
            images: self.settings.images,
            readout_epochs: self.settings.readout_epochs,
            readout_depth: 1,
        };
        let readings = readout.read(frozen, self.data, seed)?;
        Ok(of_posenet(&readings, self.data.height))
    }

    fn location(&self, padding: &str, seed: u64, role: Role) -> Result<Vec<(Measure, Point)>> {
        let padding = Padding::parse(padding)?;
        let images = self.settings.location_images;
        let seed = Seed(seed).child("location");
        let mut options = LocationOptions {
            train_images: images,
            validation_images: images / 2,
            test_images: images,
            batch: LOCATION_BATCH,
            epochs: self.settings.location_epochs,
            ..LocationOptions::default()
        };
        if let Role::Planted(strength) = role {
            let model = location::network(padding, seed.child("weights"))?;
            let scenes = Scenes::draw(CONTENT_IMAGES, seed.child("content"));
            let (content, _) = scenes.batch(0..scenes.len());
            let seed = seed.child("planted");
            options.planted = Some(signal(&model, LOCATION_LAYER, content, strength, seed)?);
        }
        Ok(of_location(&location::run(padding, &options, seed)?))
    }
}

/// Scheme and stage in the results, and the role.
fn described(network: &Network, strength: Option<f64>) -> ([String; 2], Role) {
    let moment = &network.backbone.moment;
    let role = strength.map_or(network.role, Role::Planted);
    let stage = match role {
        Role::Planted(_) => stage_of(role),
        _ => moment.stage.clone(),
    };
    ([moment.scheme.clone(), stage], role)
}

fn stage_of(role: Role) -> String {
    match role {
        Role::Planted(strength) => format!("strength-{strength}"),
        _ => FINAL.into(),
    }
}
