//! PosENet over networks: what small readouts can say of positions from features that do not learn with them.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::backbone::{self, Backbone};
use super::config::{CONFIG, Plan, RunConfig};
use super::feasible::{check_count, load_checked};
use super::folder::RunFolder;
use super::moments::FINAL;
use super::networks::{Network, load_data, load_networks};
use super::progress::{Event, Progress, phase};
use super::record::{Moment, write_results};
use super::results::{Results, Row};
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::probes::posenet::{Frozen, Reading, ReadoutOptions, Target, grid_side, read_out};
use crate::rng::Seed;
use crate::statistics::mean_over_images;

/// The scheme under which the image alone stands.
pub const IMAGE: &str = "image";
/// Deeper readouts have no map left on images of any size that is read here.
const DEEPEST: usize = 13;

/// How networks are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadoutConfig {
    /// Training images of the readouts.
    pub readout_images: usize,
    /// Test images on which they are scored.
    pub images: usize,
    /// Passes over the readouts' training images.
    pub readout_epochs: usize,
    /// Convolutions of a readout.
    pub readout_depth: usize,
}

impl Default for ReadoutConfig {
    fn default() -> ReadoutConfig {
        ReadoutConfig {
            readout_images: 2000,
            images: 500,
            readout_epochs: 15,
            readout_depth: 1,
        }
    }
}

impl ReadoutConfig {
    /// Checks the counts on their own.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn validate(&self) -> Result<()> {
        check_count("readout_depth", self.readout_depth, 1, DEEPEST)?;
        check_count("readout_epochs", self.readout_epochs, 1, 100_000)?;
        check_count("readout_images", self.readout_images, 2, usize::MAX)?;
        check_count("images", self.images, 1, usize::MAX)
    }

    /// Checks the counts against a data set.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn check_data(&self, data: &Dataset) -> Result<()> {
        check_count("readout_images", self.readout_images, 2, data.train.len())?;
        check_count("images", self.images, 1, data.test.len())?;
        let (side, needed) = (grid_side(data.height), 2 * self.readout_depth + 1);
        if side >= needed {
            return Ok(());
        }
        Err(Error::usage(
            "readout_depth",
            format!(
                "a readout of {} layers needs maps of {needed}×{needed}, and images of {} pixels \
                 give {side}×{side}",
                self.readout_depth, data.height
            ),
            "use a shallower readout or larger images",
        ))
    }

    /// Trains and scores the readouts of all targets.
    ///
    /// # Errors
    /// Where the network does not fit the images or a readout diverges.
    pub fn read(&self, frozen: &Frozen, data: &Dataset, seed: u64) -> Result<Vec<Reading>> {
        let training = frozen.features(self.readout_images, |range| {
            let indices: Vec<usize> = range.collect();
            Ok(data.train_batch(&indices, None, Seed(0))?.0)
        })?;
        let held_out = frozen.features(self.images, |range| Ok(data.test_batch(range)?.0))?;
        let options = ReadoutOptions {
            depth: self.readout_depth,
            epochs: self.readout_epochs,
            ..ReadoutOptions::default()
        };
        let seed = Seed(seed).child("posenet");
        read_out(&training, &held_out, data.height, &options, seed)
    }
}

/// Where the networks come from.
enum Source {
    Trained(Box<RunConfig>, Box<Dataset>),
    Stored(Vec<Network>),
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
                let results = folder.results_of("probe posenet", self.readout.images);
                results.on(arch, data)
            },
        };
        let outcome = match &self.source {
            Source::Trained(config, data) => reader.trained(config, data),
            Source::Stored(stored) => reader.stored(stored),
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

    /// The control: the image in place of features.
    fn image_alone(&mut self, seed: u64, data: &Dataset) -> Result<()> {
        let moment = Moment {
            scheme: IMAGE.into(),
            seed,
            stage: FINAL.into(),
            epoch: 0,
            step: 0,
        };
        self.read(&Frozen::image_alone(), &moment, data)
    }

    fn read(&mut self, frozen: &Frozen, moment: &Moment, data: &Dataset) -> Result<()> {
        let name = format!("{}, seed {}, {}", moment.scheme, moment.seed, moment.stage);
        phase(self.progress, &format!("{name}: reading"), 1, "network");
        let start = Instant::now();
        let readings = self.readout.read(frozen, data, moment.seed)?;
        let found: Vec<String> = readings
            .iter()
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
fn rows(moment: &Moment, readings: &[Reading]) -> Vec<Row> {
    let of_target = |reading: &Reading| {
        let metrics = [("spc", &reading.spc), ("mae", &reading.mae)];
        let metrics = metrics.map(|(name, values)| (name, mean_over_images(values)));
        moment.rows(&layer(reading.target), &metrics)
    };
    readings.iter().flat_map(of_target).collect()
}

/// The layer under which a target's rows stand.
fn layer(target: Target) -> String {
    format!("posenet.{}", target.name())
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

/// A metric (`spc` or `mae`) of a target in such networks, mean over their seeds.
pub fn over_seeds(results: &Results, network: (&str, &str), target: Target, metric: &str) -> f64 {
    let layer = layer(target);
    let of_cell = results.rows.iter().filter(|r| {
        (r.scheme.as_str(), r.stage.as_str()) == network && r.layer == layer && r.metric == metric
    });
    mean(&of_cell.filter_map(|r| r.value).collect::<Vec<_>>())
}
