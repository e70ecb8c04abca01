//! `padgrad measure`.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags, typed};
use super::output::{print_json, say};
use super::pages::DRAWING;
use crate::data::{DataConfig, Dataset};
use crate::error::Result;
use crate::padding::Padding;
use crate::ppp::{Measurement, Metric};
use crate::report::table::{Cell, Table};
use crate::report::text::short;
use crate::statistics::Power;
use crate::study::folder::RunFolder;
use crate::study::measure::{MeasureConfig, Subject};
use crate::study::networks::one_network;
use crate::study::results::Results;
use crate::study::summary::Estimate;
use crate::train::checkpoint::Checkpoint;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct MeasureArgs {
    /// Weights: a .safetensors file, or one of PyTorch
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// Architecture, for a file that does not say it
    #[arg(long, value_name = "NAME")]
    arch: Option<String>,
    /// Padding to measure under [default: the one it was trained with]
    #[arg(long, value_name = "SCHEME")]
    padding: Option<String>,
    /// Images
    #[arg(long, value_name = "N", default_value_t = 500)]
    images: usize,
    /// Layers: conv, all, or names separated by commas
    #[arg(long, value_name = "LIST", default_value = "conv")]
    layers: String,
    /// Pixels of true surroundings around each image [default: what the network needs]
    #[arg(long, value_name = "PIXELS")]
    margin: Option<usize>,
    /// Seed of the draws of random paddings [default: the one that the network was trained with]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Mean per channel by which images were normalised, for a file that does not say it
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    mean: Option<Vec<f32>>,
    /// Deviation per channel by which they were
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    std: Option<Vec<f32>>,
    /// Folder for results and patterns; it must not exist [default: none is written]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also keep the images with their surroundings, as images.npy [N, C, H + 2m, W + 2m], normalised
    #[arg(long, requires = "out")]
    save_images: bool,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    pub common: Common,
}

/// Measures one network.
pub fn run(args: &MeasureArgs) -> Result<()> {
    let checkpoint = Checkpoint::load(one_network(&args.checkpoint)?)?;
    let subject = Subject::prepare(&checkpoint, &args.checkpoint, &args.config(&checkpoint))?;
    // The folder is made first, so that one that cannot be written is reported before the work.
    let folder = match &args.out {
        Some(out) => Some(RunFolder::create(Some(out), "measure")?.drawn_by(DRAWING)),
        None => None,
    };
    let outcome = work(args, &subject, folder.as_ref());
    let (found, results) = match &folder {
        Some(folder) => folder.or_discard(outcome)?,
        None => outcome?,
    };
    if args.common.json {
        return print_json(&results);
    }
    say(describe(&found, subject.padding, &subject.data))?;
    match folder {
        Some(folder) => say(format!("results  {}", folder.path().display())),
        None => Ok(()),
    }
}

fn work(
    args: &MeasureArgs,
    subject: &Subject,
    folder: Option<&RunFolder>,
) -> Result<(Measurement, Results)> {
    let found = args.common.watch(|progress| subject.measure(progress))?;
    let mut results = subject.results(&typed(), &found);
    if let Some(folder) = folder {
        subject.write(folder, &mut results, &found)?;
        if args.save_images {
            subject.write_images(folder)?;
        }
        folder.write_checksums()?;
    }
    Ok((found, results))
}

impl MeasureArgs {
    fn config(&self, checkpoint: &Checkpoint) -> MeasureConfig {
        let trained_on = match (&checkpoint.description, &self.data.data) {
            // Another data set shares none of the settings of the one that the network was trained on.
            (Some(described), None) => described.data.clone(),
            _ => DataConfig::default(),
        };
        MeasureConfig {
            arch: self.arch.clone(),
            padding: self.padding.clone(),
            images: self.images,
            layers: self.layers.clone(),
            margin: self.margin,
            seed: self.seed,
            mean: self.mean.clone(),
            std: self.std.clone(),
            data: Some(self.data.over(&trained_on)),
        }
    }
}

/// The measurement as a table, and what padding does to the output.
fn describe(found: &Measurement, padding: Padding, data: &Dataset) -> String {
    let caption = format!(
        "PPP under {padding} on {} images of {}",
        found.images, data.name
    );
    let mut table = Table::new(
        &caption,
        &[
            "layer",
            "nRMS",
            "by chance",
            "RMS-PPP",
            "by chance",
            "MAE-PPP",
            "by chance",
            "halo",
        ],
    );
    for layer in &found.layers {
        let mut cells = vec![Cell::text(&layer.name)];
        let strength = |metric| Cell::estimate(layer.get(metric).and_then(Estimate::of_network));
        let chance = |power: &Power| Cell::text(format!("< {}", short(power.strength_by_chance())));
        let floor = layer.get(Metric::MaeFloor).and_then(|floor| floor.value);
        cells.extend([
            strength(Metric::NRms),
            chance(&layer.relative_power),
            strength(Metric::Rms),
            chance(&layer.power),
            strength(Metric::MaePpp),
            floor.map_or_else(Cell::none, |floor| {
                Cell::text(format!("≈ {}", short(floor)))
            }),
            strength(Metric::Halo),
        ]);
        table.push(cells);
    }
    let mut text = table.text();
    text += &match found.layers_with_pattern().as_slice() {
        [] => "\nNo layer shows a pattern: all strengths are what chance gives.".to_string(),
        some => {
            let names: Vec<&str> = some.iter().map(|layer| layer.name.as_str()).collect();
            let (some, all) = (names.len(), found.layers.len());
            format!(
                "\n{some} of {all} layers show a pattern: {}.",
                names.join(", ")
            )
        }
    };
    for (quantity, found) in found.impact.iter() {
        if let (Some(value), Some(lo), Some(hi)) = (found.value, found.lo, found.hi) {
            let name = quantity.metric.name();
            text += &format!("\n{name:<19} {value:.4} [{lo:.4}, {hi:.4}]");
        }
    }
    text
}
