//! `padgrad measure`.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags};
use super::feasible::{check_margin, check_measuring};
use super::output::{RunFolder, file_part, print_json, say};
use super::progress::Progress;
use super::record::{Moment, check_finite, pattern_shape, write_results};
use super::run::measuring_seed;
use crate::data::{DataConfig, Dataset, load};
use crate::error::{Error, Result};
use crate::nn::{Model, models};
use crate::npy;
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Measurement, Metric, Taps, check_images, measure_images};
use crate::report::table::{Cell, Table};
use crate::rng::Seed;
use crate::statistics::Measured;
use crate::study::results::{Layer, Results};
use crate::study::summary::{Estimate, FINAL};
use crate::train::checkpoint::Checkpoint;

/// The widest margin that makes sense to ask for: that of the largest image beyond itself.
const WIDEST_MARGIN: usize = 4096;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct MeasureArgs {
    /// Weights, a .safetensors file
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
    let checkpoint = Checkpoint::load(&args.checkpoint)?;
    let data = open_data(args, &checkpoint)?;
    let (model, padding) = open_model(args, &checkpoint, &data)?;
    let taps = Taps::parse(&args.layers);
    let layers = taps.select(&model)?;
    check_images(args.images, &data)?;
    let margin = margin(args.margin, model.needed_margin()?)?;
    check_measuring(&model, padding, &layers, margin)?;
    check_margin(&data, margin)?;
    let moment = moment(&checkpoint, padding);
    let options = MeasureOptions {
        images: args.images,
        taps,
        seed: measuring_seed(args.seed.unwrap_or(moment.seed)),
        ..MeasureOptions::default()
    };
    // The folder is made first, so that a place that cannot be written is told before the work.
    let folder = match &args.out {
        Some(out) => Some(RunFolder::create(Some(out), "measure")?),
        None => None,
    };
    let found = measure(args, &model, &data, margin, &options);
    let written = found.and_then(|found| {
        let mut results = results(args, &moment, &found);
        if let Some(folder) = &folder {
            write(folder, &moment, &mut results, &found)?;
            if args.save_images {
                let images = data.wide(0..args.images, margin)?.images;
                npy::write(folder.file("images.npy")?, &images)?;
            }
        }
        Ok((found, results))
    });
    let (found, results) = match written {
        Ok(both) => both,
        Err(error) => {
            if let Some(folder) = folder {
                folder.discard();
            }
            return Err(error);
        }
    };
    if args.common.json {
        return print_json(&results);
    }
    say(describe(&found, padding, &data))?;
    match folder {
        Some(folder) => say(format!("results  {}", folder.path().display())),
        None => Ok(()),
    }
}

/// The margin that was asked for, or the one that is needed.
fn margin(asked: Option<usize>, needed: usize) -> Result<usize> {
    let margin = asked.unwrap_or(needed);
    if margin > needed.max(WIDEST_MARGIN) {
        return Err(Error::usage(
            "margin",
            format!("{margin} pixels are more than any image shows"),
            format!("leave it out; this network needs a margin of {needed}"),
        ));
    }
    Ok(margin)
}

fn measure(
    args: &MeasureArgs,
    model: &Model<f32>,
    data: &Dataset,
    margin: usize,
    options: &MeasureOptions,
) -> Result<Measurement> {
    let mut progress = Progress::new(args.common.quiet);
    progress.phase("measuring", args.images, "images");
    let wide = |range| Ok(data.wide(range, margin)?.images);
    let found = measure_images(model, wide, margin, options, &mut |done| progress.at(done));
    progress.finish();
    let found = found?;
    check_finite(&found)?;
    Ok(found)
}

/// The data of the flags, over those of the checkpoint, normalised as the network was trained.
fn open_data(args: &MeasureArgs, checkpoint: &Checkpoint) -> Result<Dataset> {
    let trained_on = checkpoint.description.as_ref();
    let mut config = match (trained_on, &args.data.data) {
        // Another data set shares none of the settings of the one that the network was trained on.
        (Some(described), None) => described.data.clone(),
        _ => DataConfig::default(),
    };
    args.data.apply(&mut config);
    let mut data = load(&config)?;
    if let Some(described) = trained_on {
        let found = [data.channels, data.height, data.width];
        if found != described.input {
            return Err(Error::usage(
                "data",
                format!("{} has images of {found:?} [C, H, W]", config.name),
                format!(
                    "this network takes {:?}; use such data or --size",
                    described.input
                ),
            ));
        }
        data.mean.clone_from(&described.mean);
        data.std.clone_from(&described.std);
    }
    Ok(data)
}

fn open_model(
    args: &MeasureArgs,
    checkpoint: &Checkpoint,
    data: &Dataset,
) -> Result<(Model<f32>, Padding)> {
    let described = checkpoint.description.as_ref();
    let arch = args.arch.as_ref().or(described.map(|d| &d.arch));
    let padding = args.padding.as_ref().or(described.map(|d| &d.padding));
    let (Some(arch), Some(padding)) = (arch, padding) else {
        return Err(Error::usage(
            "checkpoint",
            format!(
                "{} does not say which network it holds",
                args.checkpoint.display()
            ),
            "name it with --arch, --padding and --data",
        ));
    };
    let padding = Padding::parse(padding)?;
    let classes = described.map_or(data.classes.len(), |d| d.classes.len());
    let input = [data.channels, data.height, data.width];
    let mut model = models::find(arch)?
        .build(input, classes, padding, Seed(0))
        .map_err(Error::into_usage)?;
    checkpoint.fill(&mut model, &args.checkpoint)?;
    Ok((model, padding))
}

/// Which network is measured, and when in its training, as far as the checkpoint knows.
fn moment(checkpoint: &Checkpoint, padding: Padding) -> Moment {
    let described = checkpoint.description.as_ref();
    Moment {
        scheme: padding.to_string(),
        seed: described.map_or(0, |d| d.seed),
        stage: FINAL.into(),
        epoch: described.map_or(0, |d| d.epoch),
        step: described.map_or(0, |d| d.step),
    }
}

/// The results of the measurement, in the form of a study's.
fn results(args: &MeasureArgs, moment: &Moment, found: &Measurement) -> Results {
    let layers = found.layers.iter().map(|layer| Layer {
        scheme: moment.scheme.clone(),
        name: layer.name.clone(),
        shape: pattern_shape(layer),
    });
    let command = format!("padgrad measure --checkpoint {}", args.checkpoint.display());
    Results {
        layers: layers.collect(),
        rows: moment.all_rows(found),
        ..Results::new("measure", command, found.images)
    }
}

/// Writes patterns and results into the folder.
fn write(
    folder: &RunFolder,
    moment: &Moment,
    results: &mut Results,
    found: &Measurement,
) -> Result<()> {
    for layer in &found.layers {
        let stem = format!("patterns/{}", file_part(&layer.name));
        results
            .patterns
            .push(moment.write_pattern(folder, &stem, layer, true)?);
    }
    write_results(folder, results)
}

/// The measurement as a table, and what padding does to the output.
fn describe(found: &Measurement, padding: Padding, data: &Dataset) -> String {
    let caption = format!(
        "PPP under {padding} on {} images of {}",
        found.images, data.name
    );
    let mut table = Table::new(
        &caption,
        &["layer", "MAE-PPP", "nMAE", "SNR-PPP", "coherence"],
    );
    for layer in &found.layers {
        let mut cells = vec![Cell::text(&layer.name)];
        for metric in [
            Metric::MaePpp,
            Metric::NMae,
            Metric::SnrPpp,
            Metric::Coherence,
        ] {
            cells.push(Cell::estimate(layer.get(metric).and_then(estimate)));
        }
        table.push(cells);
    }
    let mut text = table.text();
    for (quantity, found) in found.impact.iter() {
        if let (Some(value), Some(lo), Some(hi)) = (found.value, found.lo, found.hi) {
            let name = quantity.to_string();
            text += &format!("\n{name:<19} {value:.4} [{lo:.4}, {hi:.4}]");
        }
    }
    text
}

fn estimate(measured: &Measured) -> Option<Estimate> {
    Some(Estimate {
        value: measured.value?,
        lo: measured.lo,
        hi: measured.hi,
        seeds: 1,
    })
}
