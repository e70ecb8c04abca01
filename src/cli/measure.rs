//! `padgrad measure`.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags};
use super::output::{RunFolder, file_part, print_json, to_json};
use super::progress::Progress;
use crate::data::{DataConfig, Dataset, load};
use crate::error::{Error, Result};
use crate::nn::{Model, models};
use crate::padding::Padding;
use crate::ppp::{
    LayerMeasurement, MeasureOptions, Measurement, Metric, Taps, check_images, measure_images,
};
use crate::report::results::{Layer, PatternFile, Results, Row};
use crate::report::summary::{Estimate, FINAL};
use crate::report::table::{Cell, Table};
use crate::report::{csv, heatmap, npy};
use crate::rng::Seed;
use crate::train::checkpoint::Checkpoint;

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
    /// Seed of the draws of random paddings
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Folder for results and patterns; it must not exist [default: none is written]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    common: Common,
}

/// Measures one network.
pub fn run(args: &MeasureArgs) -> Result<()> {
    args.common.apply()?;
    let checkpoint = Checkpoint::load(&args.checkpoint)?;
    let data = open_data(args, &checkpoint)?;
    let (model, padding) = open_model(args, &checkpoint, &data)?;
    let taps = Taps::parse(&args.layers);
    taps.select(&model)?;
    check_images(args.images, &data)?;
    let margin = args.margin.map_or_else(|| model.needed_margin(), Ok)?;
    let folder = match &args.out {
        Some(out) => Some(RunFolder::create(Some(out), "measure")?),
        None => None,
    };
    let mut progress = Progress::new(args.common.quiet);
    progress.phase(&format!("measuring {padding}"), args.images, "images");
    let options = MeasureOptions {
        images: args.images,
        taps,
        seed: Seed(args.seed),
        ..MeasureOptions::default()
    };
    let wide = |range| Ok(data.wide(range, margin)?.images);
    let found = measure_images(&model, wide, margin, &options, &mut |done| {
        progress.at(done)
    })?;
    progress.finish();
    let mut results = results(args, &checkpoint, padding, &found);
    if let Some(folder) = &folder {
        write(folder, &mut results, &found)?;
    }
    if args.common.json {
        return print_json(&results);
    }
    print(&found, padding, &data);
    if let Some(folder) = folder {
        println!("results  {}", folder.path().display());
    }
    Ok(())
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
    let mut model = models::find(arch)?.build(input, classes, padding, Seed(0))?;
    checkpoint.fill(&mut model, &args.checkpoint)?;
    Ok((model, padding))
}

/// The rows of the measurement, as a study writes them.
fn results(
    args: &MeasureArgs,
    checkpoint: &Checkpoint,
    padding: Padding,
    found: &Measurement,
) -> Results {
    let described = checkpoint.description.as_ref();
    let row = |layer: &str, metric: &Metric| Row {
        scheme: padding.to_string(),
        seed: described.map_or(0, |d| d.seed),
        stage: FINAL.into(),
        epoch: described.map_or(0, |d| d.epoch),
        step: described.map_or(0, |d| d.step),
        layer: layer.into(),
        metric: metric.name.clone(),
        value: metric.value,
        lo: metric.lo,
        hi: metric.hi,
    };
    let of_layer = |l: &LayerMeasurement| -> Vec<Row> {
        l.metrics
            .iter()
            .map(|metric| row(&l.name, metric))
            .collect()
    };
    let mut rows: Vec<Row> = found
        .impact
        .iter()
        .map(|metric| row("output", metric))
        .collect();
    rows.extend(found.layers.iter().flat_map(of_layer));
    let shape =
        |l: &LayerMeasurement| <[usize; 3]>::try_from(l.pattern.shape()).unwrap_or_default();
    let layer = |l: &LayerMeasurement| Layer {
        scheme: padding.to_string(),
        name: l.name.clone(),
        shape: shape(l),
    };
    Results {
        version: env!("CARGO_PKG_VERSION").into(),
        command: format!("padgrad measure --checkpoint {}", args.checkpoint.display()),
        images: found.images,
        layers: found.layers.iter().map(layer).collect(),
        rows,
        epochs: Vec::new(),
        patterns: Vec::new(),
    }
}

/// Writes patterns and results into the folder.
fn write(folder: &RunFolder, results: &mut Results, found: &Measurement) -> Result<()> {
    for (layer, info) in found.layers.iter().zip(&results.layers) {
        let stem = format!("patterns/{}", file_part(&layer.name));
        let pattern = PatternFile {
            scheme: info.scheme.clone(),
            seed: results.rows.first().map_or(0, |row| row.seed),
            stage: FINAL.into(),
            epoch: results.rows.first().map_or(0, |row| row.epoch),
            layer: layer.name.clone(),
            shape: info.shape,
            npy: format!("{stem}.npy"),
            png: format!("{stem}.png"),
        };
        npy::write(folder.file(&pattern.npy)?, &layer.pattern)?;
        let picture = heatmap::channels_picture(&layer.pattern, 16)?;
        folder.write(&pattern.png, &picture.png)?;
        results.patterns.push(pattern);
    }
    folder.write("results.json", to_json(results)?.as_bytes())?;
    folder.write("results.csv", csv::results_csv(results).as_bytes())
}

fn print(found: &Measurement, padding: Padding, data: &Dataset) {
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
        for name in ["mae_ppp", "nmae", "snr_ppp", "coherence"] {
            let metric = layer.metrics.iter().find(|m| m.name == name);
            cells.push(Cell::estimate(metric.and_then(estimate)));
        }
        table.push(cells);
    }
    println!("{}", table.text());
    for metric in &found.impact {
        let (Some(value), Some(lo), Some(hi)) = (metric.value, metric.lo, metric.hi) else {
            continue;
        };
        println!("{:<19} {value:.4} [{lo:.4}, {hi:.4}]", metric.name);
    }
}

fn estimate(metric: &Metric) -> Option<Estimate> {
    Some(Estimate {
        value: metric.value?,
        lo: metric.lo,
        hi: metric.hi,
        seeds: 1,
    })
}
