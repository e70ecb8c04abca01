//! The comparison of all measures, from its settings to its results.

use super::config::ReliabilityConfig;
use super::found::Found;
use super::summary::{Summary, summaries};
use super::tasks::carry_out;
use crate::data::Dataset;
use crate::error::Result;
use crate::ppp::check_images;
use crate::study::config::{Plan, RunConfig};
use crate::study::feasible::{check_count, load_checked};
use crate::study::folder::RunFolder;
use crate::study::progress::Progress;
use crate::study::record::write_results;
use crate::study::results::{Results, RunKind};

/// A comparison that can be carried out.
pub struct Comparison {
    /// The strengths of the planted signals in ascending order.
    pub strengths: Vec<f64>,
    settings: ReliabilityConfig,
    networks: RunConfig,
    data: Dataset,
}

/// What was found out.
pub struct Outcome {
    /// Every reading.
    pub found: Vec<Found>,
    /// What they say of each measure.
    pub summaries: Vec<Summary>,
    /// Both as rows.
    pub results: Results,
}

impl Comparison {
    /// Checks the settings and loads the data.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn prepare(settings: ReliabilityConfig) -> Result<Comparison> {
        let strengths = settings.validate()?;
        let networks = settings.networks();
        let data = load_checked(Plan::Study, &networks, &networks.validate()?)?.data;
        check_images(settings.images, &data)?;
        let most = data.train.len();
        check_count("readout_images", settings.readout_images, 2, most)?;
        Ok(Comparison {
            strengths,
            settings,
            networks,
            data,
        })
    }

    /// Trains the networks, reads every measure off them and writes the results.
    ///
    /// # Errors
    /// Where a network cannot be trained or read, or the folder not be written; the folder is then taken away.
    pub fn run(&self, folder: &RunFolder, progress: &Progress) -> Result<Outcome> {
        folder.or_discard(self.work(folder, progress))
    }

    fn work(&self, folder: &RunFolder, progress: &Progress) -> Result<Outcome> {
        let (settings, strengths) = (&self.settings, &self.strengths);
        let found = carry_out(settings, &self.networks, strengths, &self.data, progress)?;
        let summaries = summaries(&found, strengths);
        let results = folder.results_of(RunKind::Reliability, settings.images);
        let mut results = results.on(&self.networks.arch, &self.data.name);
        results.rows = found.iter().map(Found::row).collect();
        let of_measures = summaries.iter().flat_map(|s| s.rows(settings.seed));
        results.rows.extend(of_measures);
        write_results(folder, &results)?;
        Ok(Outcome {
            found,
            summaries,
            results,
        })
    }
}
