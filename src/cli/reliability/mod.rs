//! `padgrad reliability`: which measures of position information can be believed.

mod text;

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags, typed};
use super::output::{print_json, say};
use crate::error::Result;
use crate::study::folder::RunFolder;
use crate::study::reliability::comparison::Comparison;
use crate::study::reliability::config::{ReliabilityConfig, split_strengths};

/// Flags of the command.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("train_images", |flag| flag.help("Training images of the networks [default: 3000]")))]
#[command(mut_arg("test_images", |flag| flag.help("Test images to draw from [default: those of --images]")))]
pub struct ReliabilityArgs {
    /// Architecture of the networks that PPP and PosENet read
    #[arg(long, value_name = "NAME", default_value = "small")]
    arch: String,
    /// Padding of the networks in which signals are planted; one that pads adds a position of its own
    #[arg(long, value_name = "SCHEME", default_value = "valid")]
    base: String,
    #[command(flatten)]
    data: DataFlags,
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
    /// Random signs of D for each layer and network that are nulls of PPP
    #[arg(long, value_name = "N", default_value_t = 350)]
    flips: usize,
    /// Passes of the networks over their training images
    #[arg(long, value_name = "N", default_value_t = 2)]
    epochs: usize,
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
    fn config(&self) -> Result<ReliabilityConfig> {
        let mut config = ReliabilityConfig {
            arch: self.arch.clone(),
            base: self.base.clone(),
            seed: self.seed,
            seeds: self.seeds,
            strengths: split_strengths(&self.strengths)?,
            images: self.images,
            flips: self.flips,
            epochs: self.epochs,
            readout_images: self.readout_images,
            readout_epochs: self.readout_epochs,
            location_images: self.location_images,
            location_epochs: self.location_epochs,
            ..ReliabilityConfig::default()
        };
        self.data.apply(&mut config.data);
        Ok(config)
    }
}

/// Measures every measure.
pub fn run(args: &ReliabilityArgs) -> Result<()> {
    let config = args.config()?;
    let comparison = Comparison::prepare(config.clone())?;
    let folder = RunFolder::create(args.out.as_deref(), "reliability")?;
    let folder = folder.made_by(typed()).configured(&config);
    let outcome = args
        .common
        .watch(|progress| comparison.run(&folder, progress))?;
    let strengths = &comparison.strengths;
    let text = text::text(&outcome.summaries, args.seeds, strengths);
    let written = folder.write("reliability.txt", text.as_bytes());
    folder.or_discard(written.and_then(|()| folder.write_checksums()))?;
    if args.common.json {
        return print_json(&outcome.results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}
