//! `padgrad reliability`: which measures of position information can be believed.
//!
//! Every measure is read off the same kinds of networks: some in which padding cannot have left any
//! position, where it must be 0; some with zero padding, to see how it varies with the seed; and some in
//! which a position signal of known strength was planted, which it must find and rank.

mod figure;
mod measures;
mod summary;
mod tasks;

use std::path::PathBuf;

use clap::Args;

use super::common::Common;
use super::config::RunConfig;
use super::output::{RunFolder, print_json, say};
use super::probe::check_count;
use super::progress::Progress;
use super::record::write_results;
use crate::cli::feasible::load_checked;
use crate::cli::run::Plan;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::ppp::check_images;
use crate::study::results::Results;
use tasks::Found;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct ReliabilityArgs {
    /// Networks of every kind, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: usize,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Strengths of the planted signal, in standard deviations of the content
    #[arg(long, value_name = "LIST", default_value = "0.01,0.03,0.1,0.3,1")]
    strengths: String,
    /// Test images, for PPP and for the readouts
    #[arg(long, value_name = "N", default_value_t = 400)]
    images: usize,
    /// Training images of the networks
    #[arg(long, value_name = "N", default_value_t = 3000)]
    train_images: usize,
    /// Passes of the networks over them
    #[arg(long, value_name = "N", default_value_t = 2)]
    epochs: usize,
    /// Side of an image in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 32)]
    size: usize,
    /// Training images of PosENet's readouts
    #[arg(long, value_name = "N", default_value_t = 1000)]
    readout_images: usize,
    /// Passes of the readouts over them
    #[arg(long, value_name = "N", default_value_t = 15)]
    readout_epochs: usize,
    /// Training images of the location test, and test images
    #[arg(long, value_name = "N", default_value_t = 1000)]
    location_images: usize,
    /// Passes of the location test, at most
    #[arg(long, value_name = "N", default_value_t = 12)]
    location_epochs: usize,
    /// Folder to write; it must not exist [default: the next free runs/reliability-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

impl ReliabilityArgs {
    /// The strengths in ascending order.
    fn strengths(&self) -> Result<Vec<f64>> {
        let refuse = |text: &str| {
            let problem = format!("`{text}` is no strength");
            let remedy = "use different positive numbers, for example 0.01,0.1,1";
            Error::usage("--strengths", problem, remedy)
        };
        let mut strengths = Vec::new();
        for text in self.strengths.split(',').map(str::trim) {
            let strength: f64 = text.parse().map_err(|_| refuse(text))?;
            if !(strength > 0.0 && strength <= 1e6) || strengths.contains(&strength) {
                return Err(refuse(text));
            }
            strengths.push(strength);
        }
        strengths.sort_unstable_by(f64::total_cmp);
        Ok(strengths)
    }

    /// The settings of the networks that PPP and PosENet read.
    fn config(&self) -> RunConfig {
        let mut config = RunConfig {
            padding: ["valid", "zeros"].map(String::from).into(),
            seed: self.seed,
            seeds: self.seeds,
            images: self.images,
            ..RunConfig::default()
        };
        config.train.epochs = self.epochs;
        config.data.size = Some(self.size);
        config.data.train_images = Some(self.train_images);
        config.data.test_images = Some(self.images);
        config
    }

    fn check(&self) -> Result<()> {
        check_count("--readout-epochs", self.readout_epochs, 1, 100_000)?;
        check_count("--location-epochs", self.location_epochs, 1, 100_000)?;
        check_count("--location-images", self.location_images, 20, 1_000_000)?;
        check_count(
            "--readout-images",
            self.readout_images,
            2,
            self.train_images,
        )
    }

    /// The command line that repeats the run.
    fn command(&self) -> String {
        format!(
            "padgrad reliability --seeds {} --seed {} --strengths {} --images {} --train-images {} \
             --epochs {} --size {} --readout-images {} --readout-epochs {} --location-images {} \
             --location-epochs {}",
            self.seeds,
            self.seed,
            self.strengths,
            self.images,
            self.train_images,
            self.epochs,
            self.size,
            self.readout_images,
            self.readout_epochs,
            self.location_images,
            self.location_epochs
        )
    }
}

/// Measures every measure.
pub fn run(args: &ReliabilityArgs) -> Result<()> {
    args.check()?;
    let strengths = args.strengths()?;
    let config = args.config();
    let data = load_checked(Plan::Study, &config, &config.validate()?)?.data;
    check_images(args.images, &data)?;
    let folder = RunFolder::create(args.out.as_deref(), "reliability")?;
    let written = write(args, &config, &strengths, &data, &folder);
    let (results, text) = match written {
        Ok(written) => written,
        Err(error) => {
            folder.discard();
            return Err(error);
        }
    };
    if args.common.json {
        return print_json(&results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}

/// Does the work and fills the folder.
fn write(
    args: &ReliabilityArgs,
    config: &RunConfig,
    strengths: &[f64],
    data: &Dataset,
    folder: &RunFolder,
) -> Result<(Results, String)> {
    let mut progress = Progress::new(args.common.quiet);
    let found: Result<Vec<Found>> = tasks::carry_out(args, config, strengths, data, &mut progress);
    progress.finish();
    let found = found?;
    let summaries = summary::summaries(&found, strengths);
    let mut results = Results::new("reliability", args.command(), args.images);
    results.rows = found.iter().map(Found::row).collect();
    results
        .rows
        .extend(summaries.iter().flat_map(|s| s.rows(args.seed)));
    let text = summary::text(&summaries, args.seeds, strengths);
    write_results(folder, &results)?;
    folder.write("reliability.txt", text.as_bytes())?;
    let chart = figure::response(&found, strengths)?;
    folder.write("reliability.svg", chart.as_bytes())?;
    Ok((results, text))
}
