//! PosENet over networks: what small readouts can say of positions from features that do not learn with them.

use std::path::PathBuf;
use std::time::Instant;

use super::backbone::{self, Backbone};
use super::config::{CONFIG, Plan, RunConfig};
use super::feasible::load_checked;
use super::folder::RunFolder;
use super::moments::FINAL;
use super::networks::{Network, binding_of, load_data, load_networks};
use super::progress::{Event, Progress, phase};
use super::readout::{OfLayers, ReadoutConfig};
use super::record::{Moment, write_results};
use super::results::{Results, Row, RunKind};
use crate::data::{Dataset, load};
use crate::error::Result;
use crate::probes::posenet::{Frozen, Reading, Target};
use crate::rng::Seed;
use crate::statistics::mean_over_images;

/// The scheme under which the image alone stands.
pub const IMAGE: &str = "image";
/// What the names of the rows' layers begin with.
const PREFIX: &str = "posenet.";
/// Where the networks come from.
enum Source {
    Trained(Box<RunConfig>, Box<Dataset>),
    Stored(Vec<Network>),
    None(Box<RunConfig>, Box<Dataset>),
}

/// A probe that can be carried out.
pub struct Posenet {
    source: Source,
    readout: ReadoutConfig,
}

impl Posenet {
    /// Of networks that are trained here as a study of `config` trains them, before and after their training.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of data that cannot be read.
    pub fn of_study(config: RunConfig, readout: ReadoutConfig) -> Result<Posenet> {
        readout.validate()?;
        let data = load_checked(Plan::Train, &config, &config.validate()?)?.data;
        readout.check_data(&data)?;
        Ok(Posenet {
            source: Source::Trained(Box::new(config), Box::new(data)),
            readout,
        })
    }

    /// Of no network: the image alone, with the data and seeds of `config`.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of data that cannot be read.
    pub fn of_images(config: RunConfig, readout: ReadoutConfig) -> Result<Posenet> {
        readout.validate()?;
        config.validate()?;
        let data = load(&config.data)?;
        readout.check_data(&data)?;
        Ok(Posenet {
            source: Source::None(Box::new(config), Box::new(data)),
            readout,
        })
    }

    /// Of the networks of checkpoints, or of the final ones of run folders.
    ///
    /// # Errors
    /// A usage error that names the setting, or where a file is no checkpoint of padgrad.
    pub fn of_checkpoints(paths: &[PathBuf], readout: ReadoutConfig) -> Result<Posenet> {
        readout.validate()?;
        Ok(Posenet {
            source: Source::Stored(load_networks(paths, false)?),
            readout,
        })
    }

    /// The architecture of the networks and the data that they were trained on.
    fn networks(&self) -> [&str; 2] {
        match &self.source {
            Source::Trained(config, _) => [&config.arch, &config.data.name],
            Source::None(config, _) => ["", &config.data.name],
            Source::Stored(networks) => networks.first().map_or(["", ""], |one| {
                [&one.description.arch, &one.description.data.name]
            }),
        }
    }

    /// Reads every network; what has been found is written after each.
    ///
    /// # Errors
    /// Where a network cannot be read or the folder not be written; if nothing was found by then, the folder is
    /// taken away.
    pub fn run(&self, folder: &RunFolder, progress: &Progress) -> Result<Results> {
        let mut reader = Reader {
            readout: &self.readout,
            folder,
            progress,
            results: {
                let [arch, data] = self.networks();
                let results = folder.results_of(RunKind::PosENet, self.readout.images);
                let binding = match &self.source {
                    Source::Stored(networks) => binding_of(networks),
                    _ => None,
                };
                Results {
                    binding,
                    ..results.on(arch, data)
                }
            },
        };
        let outcome = match &self.source {
            Source::Trained(config, data) => reader.trained(config, data),
            Source::Stored(stored) => reader.stored(stored),
            Source::None(config, data) => reader.nothing_but_images(config, data),
        };
        match outcome {
            Err(error) if reader.results.rows.is_empty() => folder.or_discard(Err(error)),
            outcome => outcome.map(|()| reader.results),
        }
    }
}

/// A probe in progress.
struct Reader<'a> {
    readout: &'a ReadoutConfig,
    folder: &'a RunFolder,
    progress: &'a Progress<'a>,
    results: Results,
}

impl Reader<'_> {
    fn trained(&mut self, config: &RunConfig, data: &Dataset) -> Result<()> {
        self.folder.write(CONFIG, config.to_toml()?.as_bytes())?;
        for seed in config.seed..config.seed + config.seeds as u64 {
            self.image_alone(seed, data)?;
            for padding in config.validate()? {
                let before = backbone::untrained(config, padding, data, seed)?;
                self.network(&before, data)?;
                let after = backbone::trained(config, padding, data, seed, self.progress)?;
                self.network(&after, data)?;
            }
        }
        Ok(())
    }

    fn nothing_but_images(&mut self, config: &RunConfig, data: &Dataset) -> Result<()> {
        self.folder.write(CONFIG, config.to_toml()?.as_bytes())?;
        (config.seed..config.seed + config.seeds as u64)
            .try_for_each(|seed| self.image_alone(seed, data))
    }

    fn stored(&mut self, stored: &[Network]) -> Result<()> {
        let Some(Network { description, .. }) = stored.first() else {
            return Ok(());
        };
        let set = load_data(&description.data, description)?;
        self.readout.check_data(&set)?;
        self.image_alone(0, &set)?;
        for one in stored {
            for network in backbone::stored(one, &set)? {
                self.network(&network, &set)?;
            }
        }
        Ok(())
    }

    /// Reads a network and notes what was found.
    fn network(&mut self, backbone: &Backbone, data: &Dataset) -> Result<()> {
        let frozen = Frozen {
            model: Some(&backbone.model),
            seed: Seed(backbone.moment.seed).child("posenet features"),
            planted: None,
        };
        self.read(&frozen, &backbone.moment, data)
    }

    /// The control: the image, in [0, 1] as in the paper, in place of features.
    fn image_alone(&mut self, seed: u64, data: &Dataset) -> Result<()> {
        let channels = data.channels;
        let data = data
            .clone()
            .normalise(vec![0.0; channels], vec![1.0; channels])?;
        let moment = Moment {
            scheme: IMAGE.into(),
            seed,
            stage: FINAL.into(),
            epoch: 0,
            step: 0,
        };
        self.read(&Frozen::image_alone(), &moment, &data)
    }

    fn read(&mut self, frozen: &Frozen, moment: &Moment, data: &Dataset) -> Result<()> {
        let name = format!("{}, seed {}, {}", moment.scheme, moment.seed, moment.stage);
        phase(self.progress, &format!("{name}: reading"), 1, "network");
        let start = Instant::now();
        let readings = self.readout.read_all(frozen, data, moment.seed)?;
        let together = readings.iter().flat_map(|(tap, readings)| match tap {
            None => readings.as_slice(),
            Some(_) => &[],
        });
        let found: Vec<String> = together
            .map(|r| format!("{} {:.3}", r.target.name(), mean(&r.spc)))
            .collect();
        let (found, seconds) = (found.join(", "), start.elapsed().as_secs_f64());
        let line = format!("{name}: SPC {found}, {seconds:.1} s");
        (self.progress)(Event::Line(&line));
        self.results.rows.extend(rows(moment, &readings));
        write_results(self.folder, &self.results)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Both metrics of every target, with intervals over the images.
fn rows(moment: &Moment, found: &[OfLayers]) -> Vec<Row> {
    let readings = found.iter().flat_map(|(tap, of_tap)| {
        of_tap
            .iter()
            .map(|reading| (layer(reading.target, tap.as_deref()), reading))
    });
    let of_target = |(layer, reading): (String, &Reading)| {
        let metrics = [("spc", &reading.spc), ("mae", &reading.mae)];
        let metrics = metrics.map(|(name, values)| (name, mean_over_images(values)));
        moment.rows(&layer, &metrics)
    };
    readings.flat_map(of_target).collect()
}

/// The layer under which a target's rows stand: `posenet.hor` for all tapped layers together,
/// `posenet.hor.features.5` for one of them.
fn layer(target: Target, tap: Option<&str>) -> String {
    let together = format!("{PREFIX}{}", target.name());
    tap.map_or_else(|| together.clone(), |tap| format!("{together}.{tap}"))
}

/// The target and the tapped layer of such a name; `None` for another.
///
/// ```
/// use padgrad::study::posenet::target_and_tap;
/// assert_eq!(target_and_tap("posenet.hor.features.5"), Some(("hor", Some("features.5"))));
/// assert_eq!(target_and_tap("posenet.gau"), Some(("gau", None)));
/// assert_eq!(target_and_tap("features.5"), None);
/// ```
pub fn target_and_tap(layer: &str) -> Option<(&str, Option<&str>)> {
    let name = layer.strip_prefix(PREFIX)?;
    Some(match name.split_once('.') {
        Some((target, tap)) => (target, Some(tap)),
        None => (name, None),
    })
}

/// The networks of a probe's results by scheme and stage, in the order in which they were read.
pub fn networks_of(results: &Results) -> Vec<(&str, &str)> {
    let mut networks: Vec<(&str, &str)> = Vec::new();
    for row in &results.rows {
        let network = (row.scheme.as_str(), row.stage.as_str());
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    networks
}

/// The layers of such a network that were also read by themselves, in their order.
pub fn taps_of<'r>(results: &'r Results, network: (&str, &str)) -> Vec<&'r str> {
    let mut taps: Vec<&str> = Vec::new();
    for row in &results.rows {
        if (row.scheme.as_str(), row.stage.as_str()) == network
            && let Some((_, Some(tap))) = target_and_tap(&row.layer)
            && !taps.contains(&tap)
        {
            taps.push(tap);
        }
    }
    taps
}

/// A metric (`spc` or `mae`) of a target in such networks, read from all tapped layers together or from one, mean
/// over their seeds.
pub fn over_seeds(
    results: &Results,
    network: (&str, &str),
    tap: Option<&str>,
    target: Target,
    metric: &str,
) -> f64 {
    let layer = layer(target, tap);
    let of_cell = results.rows.iter().filter(|r| {
        (r.scheme.as_str(), r.stage.as_str()) == network && r.layer == layer && r.metric == metric
    });
    mean(&of_cell.filter_map(|r| r.value).collect::<Vec<_>>())
}
