//! What a network loses with its padding, and which channels depended on it.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::folder::{RunFolder, file_part};
use super::networks::{Network, arch_of, binding_of, check_measurement, load_data};
use super::progress::{Event, Progress, phase};
use super::record::{Moment, measuring_seed, write_results};
use super::results::{PatternFile, Results, Row, RunKind};
use super::schema::TEST_ACCURACY;
use crate::data::{DataConfig, Dataset};
use crate::error::{Error, Result};
use crate::nn::Model;
use crate::padding::Padding;
use crate::ppp::aware::{Accuracy, Awareness, LayerAwareness, THRESHOLDS, awareness};
use crate::ppp::{MeasureOptions, Taps};
use crate::statistics::Measured;
use crate::tensor::Tensor;

/// How many padding-affected channels of a layer are named and drawn.
const STRONGEST: usize = 8;
/// The padding that a network runs under when nothing is put in the padding's place.
const REMOVED: &str = "valid";
/// The same with true surroundings in the padding's place.
const OPTIMAL: &str = "optimal";

/// The metrics of the shares of channels from each of the [`THRESHOLDS`] on: those that padding affects at all,
/// and those that do little but tell the border from the inside.
pub const SHARES: [&str; THRESHOLDS.len()] = [
    "padding_affected_0.1",
    "padding_affected_0.3",
    "padding_affected_0.5",
    "border_detectors_0.8",
];

/// The settings of surgery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SurgeryConfig {
    /// Images on which accuracy and channels are compared.
    pub images: usize,
    /// Layers: `conv`, `all`, or names separated by commas.
    pub layers: String,
    /// The data; where nothing is said, those that the networks were trained on.
    pub data: Option<DataConfig>,
}

impl Default for SurgeryConfig {
    fn default() -> SurgeryConfig {
        SurgeryConfig {
            images: 500,
            layers: "conv".into(),
            data: None,
        }
    }
}

/// One network with its padding and without.
pub struct Operated {
    /// `zeros-seed0`.
    pub label: String,
    /// Which network it is.
    pub moment: Moment,
    /// What it loses, and its channels, with true surroundings in the padding's place.
    pub found: Awareness,
    /// Without padding and with nothing in its place; `None` where the images are too small for that.
    pub removed: Option<Accuracy>,
}

/// Surgery that can be carried out.
pub struct Surgery {
    networks: Vec<Network>,
    data: Dataset,
    taps: Taps,
    images: usize,
}

impl Surgery {
    /// Checks the settings and loads the data.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of data that cannot be read.
    pub fn prepare(networks: Vec<Network>, config: &SurgeryConfig) -> Result<Surgery> {
        let Some(first) = networks.first() else {
            let remedy = "name their checkpoints";
            return Err(Error::usage("surgery", "there are no networks", remedy));
        };
        let own = &first.description;
        let data = load_data(config.data.as_ref().unwrap_or(&own.data), own)?;
        let taps = Taps::parse(&config.layers);
        for network in &networks {
            let model = network.under(network.padding)?;
            check_measurement(&model, network.padding, &taps, &data, config.images)?;
        }
        Ok(Surgery {
            networks,
            data,
            taps,
            images: config.images,
        })
    }

    /// Removes the padding of every network and writes the results.
    ///
    /// # Errors
    /// Where a network cannot be run or the folder not be written; the folder is then taken away.
    pub fn run(&self, folder: &RunFolder, progress: &Progress) -> Result<(Results, Vec<Operated>)> {
        folder.or_discard(self.every_network(folder, progress))
    }

    fn every_network(
        &self,
        folder: &RunFolder,
        progress: &Progress,
    ) -> Result<(Results, Vec<Operated>)> {
        let results = folder.results_of(RunKind::Surgery, self.images);
        let mut results = Results {
            binding: binding_of(&self.networks),
            ..results.on(arch_of(&self.networks), &self.data.name)
        };
        let mut all = Vec::new();
        for (number, network) in self.networks.iter().enumerate() {
            let of = self.networks.len();
            let name = format!("[{}/{of}] {}", number + 1, network.label());
            let operated = self.operate(network, &name, progress)?;
            add(&mut results, network, &operated)?;
            for layer in &operated.found.layers {
                results.patterns.extend(draw(folder, &operated, layer)?);
            }
            all.push(operated);
        }
        write_results(folder, &results)?;
        folder.write_checksums()?;
        Ok((results, all))
    }

    fn operate(&self, network: &Network, name: &str, progress: &Progress) -> Result<Operated> {
        phase(progress, name, self.images, "images");
        let model = network.under(network.padding)?;
        let margin = model.needed_margin()?;
        let options = MeasureOptions {
            images: self.images,
            taps: self.taps.clone(),
            seed: measuring_seed(network.description.seed),
            ..MeasureOptions::default()
        };
        let wide = |range| {
            let wide = self.data.wide(range, margin)?;
            Ok((wide.images, wide.labels))
        };
        let found = awareness(&model, wide, margin, &options, &mut |done| {
            progress(Event::At(done))
        })?;
        let removed = match network.under(Padding::parse(REMOVED)?) {
            Ok(bare) => Some(self.accuracy(&bare, &options)?),
            Err(error) => {
                progress(Event::Line(&format!(
                    "{name} is not run without anything around it: {error}"
                )));
                None
            }
        };
        Ok(Operated {
            label: network.label(),
            moment: network.moment(),
            found,
            removed,
        })
    }

    /// The accuracy on the images of the measurement, without their surroundings.
    fn accuracy(&self, model: &Model<f32>, options: &MeasureOptions) -> Result<Accuracy> {
        let mut found = Accuracy::default();
        for start in (0..options.images).step_by(options.batch) {
            let range = start..(start + options.batch).min(options.images);
            let images = self.data.wide(range, 0)?;
            found.add(&model.logits(images.images)?, &images.labels);
        }
        Ok(found)
    }
}

/// Adds the rows of one network.
fn add(results: &mut Results, network: &Network, operated: &Operated) -> Result<()> {
    let Operated {
        moment,
        found,
        removed,
        ..
    } = operated;
    let layers = Taps::All.select(&network.under(network.padding)?)?;
    let measured = layers
        .into_iter()
        .filter(|l| found.layers.iter().any(|f| f.name == l.name));
    if results.layers.iter().all(|l| l.scheme != moment.scheme) {
        results.layers.extend(measured.map(|l| moment.layer(l)));
    }
    let accuracy = |found: &Accuracy| Some((TEST_ACCURACY, found.measured()?));
    let own: Vec<_> = accuracy(&found.padded).into_iter().collect();
    results.rows.extend(moment.rows("model", &own));
    let without = [(OPTIMAL, Some(&found.optimal)), (REMOVED, removed.as_ref())];
    for (under, other) in without {
        let Some(other) = other else { continue };
        let change = other.change_from(&found.padded);
        let change = change.map(|change| ("accuracy_change", change));
        let metrics: Vec<_> = accuracy(other).into_iter().chain(change).collect();
        results
            .rows
            .extend(rows_under(moment, under, "model", &metrics));
    }
    let all = named(found.shares());
    results
        .rows
        .extend(rows_under(moment, OPTIMAL, "model", &all));
    for layer in &found.layers {
        let mut metrics = named(layer.shares());
        for channel in layer.affected().into_iter().take(STRONGEST) {
            let name = format!("ks_excess_c{}", channel.number);
            metrics.push((name, Measured::exact(channel.excess())));
        }
        results
            .rows
            .extend(rows_under(moment, OPTIMAL, &layer.name, &metrics));
    }
    Ok(())
}

/// The shares by the names of their metrics.
fn named(shares: [f64; SHARES.len()]) -> Vec<(String, Measured)> {
    let named = SHARES.iter().zip(shares);
    named
        .map(|(name, share)| (name.to_string(), Measured::exact(share)))
        .collect()
}

fn rows_under<M: Display>(
    moment: &Moment,
    under: &str,
    layer: &str,
    metrics: &[(M, Measured)],
) -> Vec<Row> {
    let mut rows = moment.rows(layer, metrics);
    for row in &mut rows {
        row.under = Some(under.to_string());
    }
    rows
}

/// Writes the pattern of a layer's strongest padding-affected channels, strongest first.
fn draw(
    folder: &RunFolder,
    operated: &Operated,
    layer: &LayerAwareness,
) -> Result<Option<PatternFile>> {
    let affected = layer.affected();
    let strongest: Vec<usize> = affected.iter().take(STRONGEST).map(|c| c.number).collect();
    if strongest.is_empty() {
        return Ok(None);
    }
    let &[_, h, w] = layer.pattern.shape() else {
        return Ok(None);
    };
    let maps = strongest
        .iter()
        .flat_map(|c| &layer.pattern.data()[c * h * w..(c + 1) * h * w]);
    let pattern = Tensor::from_vec(maps.copied().collect(), &[strongest.len(), h, w]);
    let layer_part = file_part(&layer.name);
    let stem = format!("patterns/{}-affected-{layer_part}", operated.label);
    let written = operated
        .moment
        .write(folder, &stem, &layer.name, &pattern, Some(STRONGEST))?;
    Ok(Some(written))
}
