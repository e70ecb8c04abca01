//! `padgrad surgery`: what a network loses with its padding, and which channels depended on it.

use std::fmt::Display;
use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags};
use super::networks::{Network, check_measurement, load_data, load_networks};
use super::output::{RunFolder, file_part, print_json, say};
use super::progress::Progress;
use super::record::{Moment, write_results};
use super::run::measuring_seed;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::nn::Model;
use crate::npy;
use crate::padding::Padding;
use crate::ppp::aware::{AWARE, Accuracy, Awareness, LayerAwareness, awareness};
use crate::ppp::{MeasureOptions, Taps};
use crate::report::heatmap;
use crate::report::number::short;
use crate::report::table::{Cell, Table};
use crate::statistics::Measured;
use crate::study::results::{Layer, PatternFile, Results, Row};
use crate::tensor::Tensor;

/// How many padding-aware channels of a layer are named and drawn.
const STRONGEST: usize = 8;
/// The padding that a network runs under when nothing is put in the padding's place.
const REMOVED: &str = "valid";
/// The same with true surroundings in the padding's place.
const OPTIMAL: &str = "optimal";

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct SurgeryArgs {
    /// Checkpoints, or folders of studies, whose final networks are taken
    #[arg(long, alias = "checkpoint", required = true, num_args = 1.., value_name = "PATH")]
    checkpoints: Vec<PathBuf>,
    /// Images on which accuracy and channels are compared
    #[arg(long, value_name = "N", default_value_t = 500)]
    images: usize,
    /// Layers: conv, all, or names separated by commas
    #[arg(long, value_name = "LIST", default_value = "conv")]
    layers: String,
    /// Folder to write; it must not exist [default: the next free runs/surgery-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    pub common: Common,
}

/// One network with its padding and without.
struct Operated {
    moment: Moment,
    found: Awareness,
    /// Without padding and with nothing in its place; `None` where the images are too small for that.
    removed: Option<Accuracy>,
}

/// Removes the padding of every network.
pub fn run(args: &SurgeryArgs) -> Result<()> {
    let networks = load_networks(&args.checkpoints)?;
    let Some(first) = networks.first() else {
        let remedy = "name them with --checkpoints";
        return Err(Error::usage("surgery", "there are no networks", remedy));
    };
    let data = load_data(first, &args.data)?;
    let taps = Taps::parse(&args.layers);
    for network in &networks {
        let model = network.under(network.padding)?;
        check_measurement(&model, network.padding, &taps, &data, args.images)?;
    }
    let folder = RunFolder::create(args.out.as_deref(), "surgery")?;
    let worked = every_network(args, &networks, &data, &folder);
    let (results, tables) = match worked {
        Ok(both) => both,
        Err(error) => {
            folder.discard();
            return Err(error);
        }
    };
    if args.common.json {
        return print_json(&results);
    }
    tables.iter().try_for_each(say)?;
    say(format!("results  {}", folder.path().display()))
}

fn every_network(
    args: &SurgeryArgs,
    networks: &[Network],
    data: &Dataset,
    folder: &RunFolder,
) -> Result<(Results, Vec<String>)> {
    let mut results = Results::new("surgery", "padgrad surgery", args.images);
    let mut texts = Vec::new();
    for (number, network) in networks.iter().enumerate() {
        let name = format!("[{}/{}] {}", number + 1, networks.len(), network.label());
        let operated = operate(args, network, data, &name)?;
        add(&mut results, network, &operated)?;
        for layer in &operated.found.layers {
            let drawn = draw(folder, network, &operated.moment, layer)?;
            results.patterns.extend(drawn);
        }
        texts.push(describe(network, &operated, args.images));
    }
    write_results(folder, &results)?;
    Ok((results, texts))
}

fn operate(args: &SurgeryArgs, network: &Network, data: &Dataset, name: &str) -> Result<Operated> {
    let mut progress = Progress::new(args.common.quiet);
    progress.phase(name, args.images, "images");
    let model = network.under(network.padding)?;
    let margin = model.needed_margin()?;
    let options = MeasureOptions {
        images: args.images,
        taps: Taps::parse(&args.layers),
        seed: measuring_seed(network.description.seed),
        ..MeasureOptions::default()
    };
    let wide = |range| {
        let wide = data.wide(range, margin)?;
        Ok((wide.images, wide.labels))
    };
    let found = awareness(&model, wide, margin, &options, &mut |done| {
        progress.at(done)
    })?;
    let removed = match network.under(Padding::parse(REMOVED)?) {
        Ok(bare) => Some(accuracy(&bare, data, &options)?),
        Err(error) => {
            progress.line(&format!(
                "{name} is not run without anything around it: {error}"
            ));
            None
        }
    };
    progress.finish();
    Ok(Operated {
        moment: network.moment(),
        found,
        removed,
    })
}

/// The accuracy on the images of the measurement, without their surroundings.
fn accuracy(model: &Model<f32>, data: &Dataset, options: &MeasureOptions) -> Result<Accuracy> {
    let mut found = Accuracy::default();
    for start in (0..options.images).step_by(options.batch) {
        let images = data.wide(start..(start + options.batch).min(options.images), 0)?;
        found.add(&model.logits(images.images)?, &images.labels);
    }
    Ok(found)
}

/// Adds the rows of one network.
fn add(results: &mut Results, network: &Network, operated: &Operated) -> Result<()> {
    let Operated {
        moment,
        found,
        removed,
    } = operated;
    let layers = Taps::All.select(&network.under(network.padding)?)?;
    let measured = layers
        .into_iter()
        .filter(|l| found.layers.iter().any(|f| f.name == l.name));
    if results.layers.iter().all(|l| l.scheme != moment.scheme) {
        results.layers.extend(measured.map(|l| Layer {
            scheme: moment.scheme.clone(),
            name: l.name,
            shape: l.shape,
        }));
    }
    let accuracy = |found: &Accuracy| Some(("test_accuracy", found.measured()?));
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
    for layer in &found.layers {
        let mut metrics = vec![("aware_share".to_string(), Measured::exact(layer.share()))];
        for channel in layer.aware().into_iter().take(STRONGEST) {
            let name = format!("ks_excess_c{}", channel.number);
            metrics.push((name, Measured::exact(channel.excess())));
        }
        results
            .rows
            .extend(rows_under(moment, OPTIMAL, &layer.name, &metrics));
    }
    Ok(())
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

/// Writes the pattern of a layer's strongest padding-aware channels, strongest first.
fn draw(
    folder: &RunFolder,
    network: &Network,
    moment: &Moment,
    layer: &LayerAwareness,
) -> Result<Option<PatternFile>> {
    let strongest: Vec<usize> = layer
        .aware()
        .iter()
        .take(STRONGEST)
        .map(|c| c.number)
        .collect();
    if strongest.is_empty() {
        return Ok(None);
    }
    let &[_, h, w] = layer.pattern.shape() else {
        return Ok(None);
    };
    let maps = strongest
        .iter()
        .flat_map(|c| &layer.pattern.data()[c * h * w..(c + 1) * h * w]);
    let shape = [strongest.len(), h, w];
    let pattern = Tensor::from_vec(maps.copied().collect(), &shape);
    let stem = format!(
        "patterns/{}-aware-{}",
        network.label(),
        file_part(&layer.name)
    );
    let (npy, png) = (format!("{stem}.npy"), format!("{stem}.png"));
    npy::write(folder.file(&npy)?, &pattern)?;
    folder.write(&png, &heatmap::channels_picture(&pattern, STRONGEST)?.png)?;
    Ok(Some(PatternFile {
        scheme: moment.scheme.clone(),
        seed: moment.seed,
        stage: moment.stage.clone(),
        epoch: moment.epoch,
        layer: layer.name.clone(),
        shape,
        images: None,
        npy,
        png,
    }))
}

/// Accuracy with and without padding, and the table of padding-aware channels.
fn describe(network: &Network, operated: &Operated, images: usize) -> String {
    let found = &operated.found;
    let mut text = String::new();
    let accuracies = [
        ("with its padding", Some(&found.padded)),
        ("padding removed, true surroundings", Some(&found.optimal)),
        (
            "padding removed, nothing in its place",
            operated.removed.as_ref(),
        ),
    ];
    for (words, accuracy) in accuracies {
        let metric = accuracy.and_then(Accuracy::measured);
        let Some(metric) = metric else { continue };
        let percent = |v: Option<f64>| v.map_or_else(|| "–".into(), |v| short(100.0 * v));
        let [value, lo, hi] = [metric.value, metric.lo, metric.hi].map(percent);
        text += &format!("{words:<38} {value}% [{lo}, {hi}]\n");
    }
    let caption = format!(
        "{}: padding-aware channels (KS statistic of border against inside exceeds that under true \
         surroundings by more than {AWARE}), {images} images",
        network.label()
    );
    let mut table = Table::new(caption, &["layer", "aware", "share [%]", "strongest"]);
    for layer in &found.layers {
        let aware = layer.aware();
        let named = aware
            .iter()
            .take(3)
            .map(|c| format!("c{} {}", c.number, short(c.excess())));
        table.push(vec![
            Cell::text(&layer.name),
            Cell::text(format!("{} of {}", aware.len(), layer.channels.len())),
            Cell::text(short(100.0 * layer.share())),
            Cell::text(named.collect::<Vec<_>>().join(", ")),
        ]);
    }
    format!("{}\n{text}", table.text())
}
