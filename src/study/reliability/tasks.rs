//! What is read off which network.

use std::time::Instant;

use rayon::prelude::*;

use super::config::{ReliabilityConfig, WITHOUT};
use super::found::{Found, Role, Source};
use super::measures::{Measure, Point, of_location, of_posenet, of_ppp};
use crate::data::Dataset;
use crate::error::Result;
use crate::nn::{Model, Planted};
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Taps, measure, sign_flips};
use crate::probes::location::{self, LocationOptions, Scenes};
use crate::probes::planted::signal;
use crate::probes::posenet::{Frozen, taps};
use crate::rng::Seed;
use crate::study::backbone::{self, Backbone};
use crate::study::config::RunConfig;
use crate::study::grid::workers::each;
use crate::study::progress::{Event, Progress, phase};
use crate::study::readout::ReadoutConfig;
use crate::study::record::measuring_seed;

/// Images over which the content of a layer is measured before a signal is planted there.
const CONTENT_IMAGES: usize = 100;
/// Where a signal is planted in the location test: behind the first convolution and its ReLU.
const LOCATION_LAYER: &str = "features.1";
/// Images per step of the location test; the paper's 200 would leave a short run too few steps.
const LOCATION_BATCH: usize = 100;
/// The padding whose values have the mean of what they replace, so that D is not 0 at the first convolution and
/// has no pattern where the content has none.
const WITHOUT_PATTERN: &str = "reflect";
/// The padding of the location test under which a signal is planted: its gap is 0 without one.
const LOCATION_BASE: &str = "circular";

/// A network that PPP and PosENet read.
struct Network {
    backbone: Backbone,
    role: Role,
}

/// Something to be read.
enum Task<'a> {
    Ppp(&'a Network, Option<f64>),
    /// Where D differs from 0 and no pattern can be.
    FirstLayer(&'a Backbone),
    /// At the first convolution or at the last layer that PosENet reads.
    Flips(&'a Backbone, Layer),
    Posenet(&'a Network, Option<f64>),
    ImageAlone(u64),
    Location(&'static str, u64, Role),
}

/// Where PPP is read.
#[derive(Clone, Copy)]
enum Layer {
    /// The first convolution.
    First,
    /// The last layer that PosENet reads.
    Last,
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
    let (mut networks, mut without_pattern) = (Vec::new(), Vec::new());
    let base = Padding::parse(&settings.base)?.to_string();
    for seed in config.seed..config.seed + config.seeds as u64 {
        let padding = Padding::parse(WITHOUT_PATTERN)?;
        without_pattern.push(backbone::untrained(config, padding, data, seed)?);
        for padding in config.validate()? {
            let trained = backbone::trained(config, padding, data, seed, progress)?;
            let line = format!("{padding}, seed {seed}: trained");
            progress(Event::Line(&line));
            let role = match padding.to_string() == base {
                true if base == WITHOUT => {
                    let backbone = backbone::untrained(config, padding, data, seed)?;
                    let role = Role::Null;
                    networks.push(Network { backbone, role });
                    Role::Base
                }
                true => Role::PaddedBase,
                false => Role::Typical,
            };
            networks.push(Network {
                backbone: trained,
                role,
            });
        }
    }
    let reader = Reader { settings, data };
    let tasks = tasks(config, strengths, &networks, &without_pattern);
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

fn tasks<'a>(
    config: &RunConfig,
    strengths: &[f64],
    networks: &'a [Network],
    without_pattern: &'a [Backbone],
) -> Vec<Task<'a>> {
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
        let planted = strengths.iter().filter(|_| network.role.is_base());
        for strength in std::iter::once(None).chain(planted.map(|&s| Some(s))) {
            tasks.push(Task::Posenet(network, strength));
            // Without padding PPP is 0 exactly, which is no test of what it claims.
            if network.role != Role::Null {
                tasks.push(Task::Ppp(network, strength));
            }
        }
        if network.role == Role::Typical {
            tasks.push(Task::Flips(&network.backbone, Layer::Last));
        }
    }
    for backbone in without_pattern {
        tasks.push(Task::FirstLayer(backbone));
        tasks.push(Task::Flips(backbone, Layer::First));
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
        let readings = match *task {
            Task::Ppp(network, strength) => {
                let points = self.ppp(&network.backbone, Layer::Last, strength)?;
                described(network, strength).found(points)
            }
            Task::FirstLayer(backbone) => {
                let points = self.ppp(backbone, Layer::First, None)?;
                Source::of(backbone, Role::Null).found(points)
            }
            Task::Flips(backbone, layer) => self.flips(backbone, layer)?,
            Task::Posenet(network, strength) => {
                let Backbone { model, moment } = &network.backbone;
                let planted = self.planted(model, strength, moment.seed)?;
                let frozen = Frozen {
                    model: Some(model),
                    seed: measuring_seed(moment.seed),
                    planted: planted.as_ref(),
                };
                let points = self.posenet(&frozen, moment.seed)?;
                described(network, strength).found(points)
            }
            Task::ImageAlone(seed) => {
                let points = self.posenet(&Frozen::image_alone(), seed)?;
                Source::new("image", seed, Role::Null).found(points)
            }
            Task::Location(padding, seed, role) => {
                let points = self.location(padding, seed, role)?;
                Source::new(padding, seed, role).found(points)
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        let timed = readings.into_iter().map(|found| Found { seconds, ..found });
        Ok(timed.collect())
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

    /// How PPP is measured at a layer of a network.
    fn options(&self, backbone: &Backbone, layer: Layer) -> Result<MeasureOptions> {
        let name = match layer {
            Layer::First => Taps::Convolutions
                .select(&backbone.model)?
                .first()
                .map(|l| l.name.clone()),
            Layer::Last => taps(&backbone.model)?.pop(),
        };
        Ok(MeasureOptions {
            images: self.settings.images,
            taps: Taps::Named(name.into_iter().collect()),
            seed: measuring_seed(backbone.moment.seed),
            ..MeasureOptions::default()
        })
    }

    fn ppp(
        &self,
        backbone: &Backbone,
        layer: Layer,
        strength: Option<f64>,
    ) -> Result<Vec<(Measure, Point)>> {
        let Backbone { model, moment } = backbone;
        let options = MeasureOptions {
            planted: self.planted(model, strength, moment.seed)?,
            ..self.options(backbone, layer)?
        };
        let found = measure(model, self.data, &options, &mut |_| {})?;
        let metrics = found.layers.first().map(|layer| of_ppp(&layer.metrics));
        Ok(metrics.unwrap_or_default())
    }

    /// What PPP claims under random signs of D.
    fn flips(&self, backbone: &Backbone, layer: Layer) -> Result<Vec<Found>> {
        let Backbone { model, moment } = backbone;
        let options = self.options(backbone, layer)?;
        let margin = model.needed_margin()?;
        let wide = |range| Ok(self.data.wide(range, margin)?.images);
        let layers = sign_flips(model, wide, margin, &options)?;
        let times = self.settings.flips;
        let seed = Seed(moment.seed).child("sign flips");
        let of_flip = |flip| {
            layers
                .first()
                .map(|layer| of_ppp(&layer.flipped(seed.child(flip))))
        };
        let flips: Vec<Vec<(Measure, Point)>> =
            (0..times).into_par_iter().filter_map(of_flip).collect();
        let measures = Measure::all().filter(|measure| measure.is_ppp());
        let of_measure = |measure: Measure| {
            let own = flips.iter().flatten().filter(|(own, _)| *own == measure);
            let points: Vec<Point> = own.map(|(_, point)| *point).collect();
            let claims = points.iter().filter(|point| measure.claims(point)).count();
            let furthest = points
                .into_iter()
                .max_by(|a, b| a.value.abs().total_cmp(&b.value.abs()));
            let source = Source::of(backbone, Role::Flipped { times, claims });
            furthest.map(|point| source.found(vec![(measure, point)]))
        };
        Ok(measures.filter_map(of_measure).flatten().collect())
    }

    fn posenet(&self, frozen: &Frozen, seed: u64) -> Result<Vec<(Measure, Point)>> {
        let readout = ReadoutConfig {
            readout_images: self.settings.readout_images,
            images: self.settings.images,
            readout_epochs: self.settings.readout_epochs,
            ..ReadoutConfig::default()
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

fn described(network: &Network, strength: Option<f64>) -> Source {
    let role = strength.map_or(network.role, Role::Planted);
    Source::of(&network.backbone, role)
}
