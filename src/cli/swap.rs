//! `padgrad swap`: networks under the paddings that they were not trained with.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags};
use super::networks::{Network, check_measurement, load_data, load_networks};
use super::output::{RunFolder, print_json, say};
use super::progress::Progress;
use super::record::{check_finite, write_results};
use super::run::measuring_seed;
use super::study::split_schemes;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, Taps, measure};
use crate::report::{matrix, table};
use crate::statistics::share;
use crate::study::results::{Layer, Results, Row};
use crate::train::evaluate;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct SwapArgs {
    /// Checkpoints, or folders of studies, whose final networks are taken
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    checkpoints: Vec<PathBuf>,
    /// Paddings to run every network under [default: those that the networks were trained with]
    #[arg(long, value_name = "LIST")]
    padding: Option<String>,
    /// Images on which PPP is measured
    #[arg(long, value_name = "N", default_value_t = 200)]
    images: usize,
    /// Layers: conv, all, or names separated by commas
    #[arg(long, value_name = "LIST", default_value = "conv")]
    layers: String,
    /// Folder to write; it must not exist [default: the next free runs/swap-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    pub common: Common,
}

/// Runs every network under every padding.
///
/// Every architecture ends in global average pooling, so its weights fit any size of maps: a padded network
/// runs without padding too, and one trained without runs with it.
pub fn run(args: &SwapArgs) -> Result<()> {
    let networks = load_networks(&args.checkpoints)?;
    let paddings = paddings(args, &networks)?;
    let Some(first) = networks.first() else {
        let remedy = "name them with --checkpoints";
        return Err(Error::usage("swap", "there are no networks", remedy));
    };
    let data = load_data(first, &args.data)?;
    let taps = Taps::parse(&args.layers);
    for &padding in &paddings {
        check_measurement(&first.under(padding)?, padding, &taps, &data, args.images)?;
    }
    let folder = RunFolder::create(args.out.as_deref(), "swap")?;
    let found = every_pair(args, &networks, &paddings, &data);
    let written = found.and_then(|results| write_results(&folder, &results).map(|()| results));
    let results = match written {
        Ok(results) => results,
        Err(error) => {
            folder.discard();
            return Err(error);
        }
    };
    if args.common.json {
        return print_json(&results);
    }
    let text = table::wrap(&matrix::sentence(&results), table::TEXT_WIDTH);
    for table in matrix::tables(&results) {
        say(table.text())?;
    }
    say(format!("{text}\n\nresults  {}", folder.path().display()))
}

/// The paddings of the flag, or those of the networks in the order of their files.
fn paddings(args: &SwapArgs, networks: &[Network]) -> Result<Vec<Padding>> {
    if let Some(list) = &args.padding {
        return split_schemes(list)
            .iter()
            .map(|p| Padding::parse(p))
            .collect();
    }
    let mut paddings: Vec<Padding> = Vec::new();
    for network in networks {
        let own = network.padding.to_string();
        if paddings.iter().all(|p| p.to_string() != own) {
            paddings.push(network.padding);
        }
    }
    Ok(paddings)
}

fn every_pair(
    args: &SwapArgs,
    networks: &[Network],
    paddings: &[Padding],
    data: &Dataset,
) -> Result<Results> {
    let mut progress = Progress::new(args.common.quiet);
    let mut results = Results::new("swap", "padgrad swap", args.images);
    let total = networks.len() * paddings.len();
    let mut number = 0;
    for network in networks {
        for &padding in paddings {
            number += 1;
            let name = format!("[{number}/{total}] {} under {padding}", network.label());
            progress.phase(&name, args.images, "images");
            let rows = pair(args, network, padding, data, &progress, &mut results.layers)?;
            results.rows.extend(rows);
            progress.line(&name);
        }
    }
    progress.finish();
    Ok(results)
}

/// What one network shows under one padding.
fn pair(
    args: &SwapArgs,
    network: &Network,
    padding: Padding,
    data: &Dataset,
    progress: &Progress,
    layers: &mut Vec<Layer>,
) -> Result<Vec<Row>> {
    let model = network.under(padding)?;
    let options = MeasureOptions {
        images: args.images,
        taps: Taps::parse(&args.layers),
        seed: measuring_seed(network.description.seed),
        ..MeasureOptions::default()
    };
    let found = measure(&model, data, &options, &mut |done| progress.at(done))?;
    check_finite(&found)?;
    let moment = network.moment();
    if padding.to_string() == moment.scheme && layers.iter().all(|l| l.scheme != moment.scheme) {
        layers.extend(options.taps.select(&model)?.into_iter().map(|l| Layer {
            scheme: moment.scheme.clone(),
            name: l.name,
            shape: l.shape,
        }));
    }
    let score = evaluate(&model, data, options.seed)?;
    let accuracy = ("test_accuracy", share(score.accuracy, data.test.len()));
    let mut rows = moment.rows("model", &[accuracy]);
    rows.extend(moment.all_rows(&found));
    for row in &mut rows {
        row.under = Some(padding.to_string());
    }
    Ok(rows)
}
