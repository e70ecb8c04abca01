//! What a shift of the image changes in trained networks: equivariance of their layers, crops that disagree, and
//! the accuracy as the object comes near the border.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::feasible::check_count;
use super::folder::RunFolder;
use super::networks::{Network, binding_of, load_data, load_surrounded};
use super::progress::{Event, Progress, phase};
use super::record::{measuring_seed, write_results};
use super::results::{Results, RunKind};
use super::schema::{CROP_DISAGREEMENT, PLACED_ACCURACY};
use crate::data::{DataConfig, Dataset};
use crate::error::{Error, Result};
use crate::nn::{LayerInfo, Model};
use crate::ppp::{Region, Taps};
use crate::probes::shift::{
    Crops, Equivariance, Placed, Placements, by_distance, disagreement, equivariance,
};
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
    /// The data; where nothing is said, those that the networks were trained on. Where they give images
    /// surroundings, the accuracy is measured by the distance of the object from the border too.
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
    /// The accuracy by the distance of the object from the border, where images have surroundings.
    pub placed: Vec<Placed>,
}

/// A probe that can be carried out.
pub struct Shift {
    networks: Vec<Ready>,
    data: Dataset,
    /// The same images with surroundings of their own, where these are asked for.
    surrounded: Option<Dataset>,
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
    /// `None` where images have no surroundings.
    placements: Option<Placements>,
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
        let asked = config.data.as_ref().unwrap_or(&own.data);
        let bare = DataConfig {
            surround: own.data.surround,
            ..asked.clone()
        };
        let data = load_data(&bare, own)?;
        let room = asked.surround.saturating_sub(bare.surround);
        let surrounded = (room > 0)
            .then(|| load_surrounded(asked, own))
            .transpose()?;
        check_count("images", config.images, 1, data.test.len())?;
        let ready = |network| Ready::new(network, &data, config, room);
        let networks = networks.into_iter().map(ready).collect::<Result<_>>()?;
        Ok(Shift {
            networks,
            data,
            surrounded,
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
        let results = folder.results_of(RunKind::Shift, self.images);
        let mut results = Results {
            binding: binding_of(networks()),
            ..results.on(arch, &self.data.name)
        };
        let mut all = Vec::new();
        for (number, ready) in self.networks.iter().enumerate() {
            let of = self.networks.len();
            let name = format!("[{}/{of}] {}", number + 1, ready.network.label());
            // Every image is seen twice, shifted and cropped, and once more where its object is moved.
            let passes = 2 + usize::from(ready.placements.is_some());
            phase(progress, &name, passes * self.images, "images");
            let found = self.probe(ready, progress)?;
            let moment = ready.network.moment();
            if results.layers.iter().all(|l| l.scheme != moment.scheme) {
                let layers = ready.layers.iter().cloned();
                results.layers.extend(layers.map(|l| moment.layer(l)));
            }
            let of_output = found.disagreement.iter().cloned();
            let of_output: Vec<_> = of_output.map(|m| (CROP_DISAGREEMENT, m)).collect();
            results.rows.extend(moment.rows("output", &of_output));
            for placed in &found.placed {
                let at = Region::Ring(placed.distance);
                let row = |metric, found| moment.row("output", metric, at, found);
                results.rows.push(row(PLACED_ACCURACY, &placed.accuracy));
                results.rows.push(row("placed_change", &placed.change));
            }
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

    fn probe<'s>(&'s self, ready: &Ready, progress: &'s Progress) -> Result<Shifted> {
        let Ready {
            network,
            model,
            layers,
            shift,
            crops,
            placements,
        } = ready;
        let seed = measuring_seed(network.description.seed);
        let of = |data: &'s Dataset, before: usize| {
            move |range: Range<usize>| {
                progress(Event::At(before + range.end));
                data.test_batch(range)
            }
        };
        let images = |before| move |range| Ok(of(&self.data, before)(range)?.0);
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
        let placed = placements.as_ref().zip(self.surrounded.as_ref());
        let placed = placed.map(|(placements, data)| {
            let pictures = of(data, 2 * self.images);
            by_distance(model, placements, self.images, pictures, seed)
        });
        Ok(Shifted {
            label: network.label(),
            layers,
            disagreement,
            placed: placed.transpose()?.unwrap_or_default(),
        })
    }
}

impl Ready {
    fn new(network: Network, data: &Dataset, config: &ShiftConfig, room: usize) -> Result<Ready> {
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
        let placements = match room {
            0 => None,
            pixels => Some(Placements::of(pixels, rows.max(columns))?),
        };
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
            placements,
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
