//! What a shift of the image changes in trained networks: equivariance of their layers, and crops that disagree.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::feasible::check_count;
use super::folder::RunFolder;
use super::networks::{Network, binding_of, load_data};
use super::progress::{Event, Progress, phase};
use super::record::{measuring_seed, write_results};
use super::results::Results;
use crate::data::{DataConfig, Dataset};
use crate::error::{Error, Result};
use crate::nn::{LayerInfo, Model};
use crate::ppp::Taps;
use crate::probes::shift::{Crops, Equivariance, disagreement, equivariance};
use crate::statistics::{Measured, mean_over_images};

/// The settings of the probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShiftConfig {
    /// Test images that are shifted and cropped.
    pub images: usize,
    /// Layers: `conv`, `all`, or names separated by commas.
    pub layers: String,
    /// Rows and columns of a crop; where nothing is said, about an eighth less than an image.
    pub crop: Option<usize>,
    /// The data; where nothing is said, those that the networks were trained on.
    pub data: Option<DataConfig>,
}

impl Default for ShiftConfig {
    fn default() -> ShiftConfig {
        ShiftConfig {
            images: 500,
            layers: "conv".into(),
            crop: None,
            data: None,
        }
    }
}

/// What was found of one network.
pub struct Shifted {
    /// `zeros-seed0`.
    pub label: String,
    /// Of every layer that a shift moves by whole positions.
    pub layers: Vec<Equivariance>,
    /// The share of pairs of crops that disagree on a position; `None` where crops do not suit the network.
    pub disagreement: Option<Measured>,
}

/// A probe that can be carried out.
pub struct Shift {
    networks: Vec<Ready>,
    data: Dataset,
    images: usize,
}

/// A network that can be probed.
struct Ready {
    network: Network,
    model: Model<f32>,
    layers: Vec<LayerInfo>,
    /// Pixels by which images are shifted.
    shift: usize,
    /// `None` where images have no room for two crops.
    crops: Option<Crops>,
}

impl Shift {
    /// Checks the settings and loads the data.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of a file that cannot be read.
    pub fn prepare(networks: Vec<Network>, config: &ShiftConfig) -> Result<Shift> {
        let Some(first) = networks.first() else {
            let remedy = "name their checkpoints";
            return Err(Error::usage("shift", "there are no networks", remedy));
        };
        let own = &first.description;
        let data = load_data(config.data.as_ref().unwrap_or(&own.data), own)?;
        check_count("images", config.images, 1, data.test.len())?;
        let ready = |network| Ready::new(network, &data, config);
        let networks = networks.into_iter().map(ready).collect::<Result<_>>()?;
        Ok(Shift {
            networks,
            data,
            images: config.images,
        })
    }

    /// Probes every network and writes the results.
    ///
    /// # Errors
    /// Where a network cannot be run or the folder not be written; the folder is then taken away.
    pub fn run(&self, folder: &RunFolder, progress: &Progress) -> Result<(Results, Vec<Shifted>)> {
        folder.or_discard(self.every_network(folder, progress))
    }

    fn every_network(
        &self,
        folder: &RunFolder,
        progress: &Progress,
    ) -> Result<(Results, Vec<Shifted>)> {
        let networks = || self.networks.iter().map(|ready| &ready.network);
        let arch = networks().next().map_or("", |one| &one.description.arch);
        let results = folder.results_of("probe shift", self.images);
        let mut results = Results {
            binding: binding_of(networks()),
            ..results.on(arch, &self.data.name)
        };
        let mut all = Vec::new();
        for (number, ready) in self.networks.iter().enumerate() {
            let of = self.networks.len();
            let name = format!("[{}/{of}] {}", number + 1, ready.network.label());
            // Every image is seen twice: shifted, then cropped.
            phase(progress, &name, 2 * self.images, "images");
            let found = self.probe(ready, progress)?;
            let moment = ready.network.moment();
            if results.layers.iter().all(|l| l.scheme != moment.scheme) {
                let layers = ready.layers.iter().cloned();
                results.layers.extend(layers.map(|l| moment.layer(l)));
            }
            let of_output = found.disagreement.iter().cloned();
            let of_output: Vec<_> = of_output.map(|m| ("crop_disagreement", m)).collect();
            results.rows.extend(moment.rows("output", &of_output));
            for layer in &found.layers {
                let of_layer = [
                    ("equivariance_db", layer.decibels()),
                    ("equivariance_error", layer.relative()),
                ];
                results.rows.extend(moment.rows(&layer.layer, &of_layer));
            }
            all.push(found);
        }
        write_results(folder, &results)?;
        Ok((results, all))
    }

    fn probe(&self, ready: &Ready, progress: &Progress) -> Result<Shifted> {
        let Ready {
            network,
            model,
            layers,
            shift,
            crops,
        } = ready;
        let seed = measuring_seed(network.description.seed);
        let images = |before: usize| {
            move |range: Range<usize>| {
                progress(Event::At(before + range.end));
                Ok(self.data.test_batch(range)?.0)
            }
        };
        let layers = equivariance(model, layers, self.images, images(0), *shift, seed)?;
        let shares = crops.map_or_else(
            || Err(no_room(&self.data)),
            |crops| disagreement(model, crops, self.images, images(self.images), seed),
        );
        let disagreement = match shares {
            Ok(shares) => Some(mean_over_images(&shares).at_least(0.0)),
            Err(error) => {
                let name = network.label();
                progress(Event::Line(&format!(
                    "{name}: crops are not compared: {error}"
                )));
                None
            }
        };
        Ok(Shifted {
            label: network.label(),
            layers,
            disagreement,
        })
    }
}

impl Ready {
    fn new(network: Network, data: &Dataset, config: &ShiftConfig) -> Result<Ready> {
        let model = network.under(network.padding)?;
        let layers = Taps::parse(&config.layers).select(&model)?;
        let shorter = data.height.min(data.width);
        // The largest stride of the layers, as far as it leaves most of the image where it was.
        let strides = layers
            .iter()
            .map(|l| l.field.stride[0].max(l.field.stride[1]) as usize);
        let shift = strides
            .filter(|s| *s <= shorter / 4)
            .max()
            .unwrap_or(1)
            .max(1);
        let [rows, columns] = model.total_stride()?;
        let crops = Crops::of(shorter, rows.max(columns), config.crop);
        let crops = match config.crop {
            Some(_) => Some(crops?),
            None => crops.ok(),
        };
        Ok(Ready {
            network,
            model,
            layers,
            shift,
            crops,
        })
    }
}

fn no_room(data: &Dataset) -> Error {
    let problem = "they leave no room to move crops by the network's stride";
    Error::usage(
        format!("images of {}", data.name),
        problem,
        "use larger ones",
    )
}
