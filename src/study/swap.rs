//! Networks under the paddings that they were not trained with.

use serde::{Deserialize, Serialize};

use super::folder::RunFolder;
use super::networks::{Network, arch_of, binding_of, check_measurement, load_data};
use super::progress::{Event, Progress, phase};
use super::record::{check_finite, measuring_seed, over, write_results};
use super::results::{Layer, Results, Row, RunKind};
use super::schema::TEST_ACCURACY;
use crate::data::{DataConfig, Dataset};
use crate::error::{Error, Result};
use crate::nn::Model;
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Taps, measure_all};
use crate::statistics::share;
use crate::train::evaluate;

/// The settings of a swap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SwapConfig {
    /// Paddings to run every network under; where none is named, those that the networks were trained with.
    pub padding: Vec<String>,
    /// Images on which PPP is measured.
    pub images: usize,
    /// Layers at which it is measured: `conv`, `all`, or names separated by commas.
    pub layers: String,
    /// The data; where nothing is said, those that the networks were trained on.
    pub data: Option<DataConfig>,
}

impl Default for SwapConfig {
    fn default() -> SwapConfig {
        SwapConfig {
            padding: Vec::new(),
            images: 200,
            layers: "conv".into(),
            data: None,
        }
    }
}

/// A swap that can be carried out.
///
/// Every architecture ends in global average pooling, so its weights fit any size of maps: a padded network
/// runs without padding too, and one trained without runs with it.
pub struct Swap {
    networks: Vec<Network>,
    paddings: Vec<Padding>,
    data: Dataset,
    taps: Taps,
    images: usize,
}

impl Swap {
    /// Checks the settings and loads the data.
    ///
    /// # Errors
    /// A usage error that names the setting, or that of data that cannot be read.
    pub fn prepare(networks: Vec<Network>, config: &SwapConfig) -> Result<Swap> {
        let paddings = match config.padding.as_slice() {
            [] => trained_with(&networks),
            named => named
                .iter()
                .map(|p| Padding::parse(p))
                .collect::<Result<_>>()?,
        };
        let Some(first) = networks.first() else {
            let remedy = "name their checkpoints";
            return Err(Error::usage("swap", "there are no networks", remedy));
        };
        let own = &first.description;
        let data = load_data(config.data.as_ref().unwrap_or(&own.data), own)?;
        let taps = Taps::parse(&config.layers);
        for &padding in &paddings {
            check_measurement(&first.under(padding)?, padding, &taps, &data, config.images)?;
        }
        Ok(Swap {
            networks,
            paddings,
            data,
            taps,
            images: config.images,
        })
    }

    /// Runs every network under every padding and writes the results.
    ///
    /// # Errors
    /// Where a network cannot be measured or the folder not be written; the folder is then taken away.
    pub fn run(&self, folder: &RunFolder, progress: &Progress) -> Result<Results> {
        let results = folder.results_of(RunKind::Swap, self.images);
        let results = Results {
            binding: binding_of(&self.networks),
            ..results.on(arch_of(&self.networks), &self.data.name)
        };
        let found = self.every_network(results, progress);
        let written = found.and_then(|results| {
            write_results(folder, &results)?;
            folder.write_checksums()?;
            Ok(results)
        });
        folder.or_discard(written)
    }

    fn every_network(&self, mut results: Results, progress: &Progress) -> Result<Results> {
        let paddings: Vec<String> = self.paddings.iter().map(Padding::to_string).collect();
        let paddings = paddings.join(", ");
        for (number, network) in (1..).zip(&self.networks) {
            let (of, label) = (self.networks.len(), network.label());
            let name = format!("[{number}/{of}] {label} under {paddings}");
            phase(progress, &name, self.images, "images");
            let rows = self.of_network(network, &mut results.layers, progress)?;
            results.rows.extend(rows);
            progress(Event::Line(&name));
        }
        Ok(results)
    }

    /// What one network shows under every padding.
    fn of_network(
        &self,
        network: &Network,
        layers: &mut Vec<Layer>,
        progress: &Progress,
    ) -> Result<Vec<Row>> {
        let models = self.paddings.iter().map(|&padding| network.under(padding));
        let models: Vec<Model<f32>> = models.collect::<Result<_>>()?;
        let options = MeasureOptions {
            images: self.images,
            taps: self.taps.clone(),
            seed: measuring_seed(network.description.seed),
            ..MeasureOptions::default()
        };
        let mut at = |done| progress(Event::At(done));
        let alike: Vec<&Model<f32>> = models.iter().collect();
        let found = measure_all(&alike, &self.data, &options, &mut at)?;
        let moment = network.moment();
        let mut rows = Vec::new();
        for ((padding, model), found) in self.paddings.iter().zip(&models).zip(&found) {
            check_finite(found)?;
            let own = padding.to_string() == moment.scheme;
            if own && layers.iter().all(|l| l.scheme != moment.scheme) {
                let named = options.taps.select(model)?;
                layers.extend(named.into_iter().map(|l| moment.layer(l)));
            }
            let score = evaluate(model, &self.data, options.seed)?;
            let tested = self.data.test.len();
            let accuracy = (TEST_ACCURACY, share(score.accuracy, tested));
            let mut of_pair = over(tested, moment.rows("model", &[accuracy]));
            of_pair.extend(moment.all_rows(found));
            for row in &mut of_pair {
                row.under = Some(padding.to_string());
            }
            rows.extend(of_pair);
        }
        Ok(rows)
    }
}

/// The paddings of the networks in the order of their files.
fn trained_with(networks: &[Network]) -> Vec<Padding> {
    let mut paddings: Vec<Padding> = Vec::new();
    for network in networks {
        let own = network.padding.to_string();
        if paddings.iter().all(|p| p.to_string() != own) {
            paddings.push(network.padding);
        }
    }
    paddings
}
