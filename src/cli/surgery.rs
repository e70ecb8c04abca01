//! `padgrad surgery`: what a network loses with its padding, and which channels depended on it.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags, typed};
use super::output::{print_json, say};
use super::pages::DRAWING;
use crate::error::Result;
use crate::ppp::aware::{Accuracy, THRESHOLDS};
use crate::report::table::{Cell, Table};
use crate::report::text::short;
use crate::study::folder::RunFolder;
use crate::study::networks::load_networks;
use crate::study::surgery::{Operated, Surgery, SurgeryConfig};

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
    /// Let networks stand together that were made with different instruction sets; values differ in the last digits
    #[arg(long)]
    any_isa: bool,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    pub common: Common,
}

/// Removes the padding of every network.
pub fn run(args: &SurgeryArgs) -> Result<()> {
    let networks = load_networks(&args.checkpoints, args.any_isa)?;
    let config = SurgeryConfig {
        images: args.images,
        layers: args.layers.clone(),
        data: networks
            .first()
            .map(|n| args.data.over(&n.description.data)),
    };
    let surgery = Surgery::prepare(networks, &config)?;
    let folder = RunFolder::create(args.out.as_deref(), "surgery")?;
    let folder = folder.drawn_by(DRAWING);
    let folder = folder.made_by(typed()).configured(&config);
    let (results, operated) = args
        .common
        .watch(|progress| surgery.run(&folder, progress))?;
    if args.common.json {
        return print_json(&results);
    }
    let texts = operated.iter().map(|one| describe(one, args.images));
    texts.into_iter().try_for_each(say)?;
    say(format!("results  {}", folder.path().display()))
}

/// Accuracy with and without padding, and the table of padding-affected channels and border detectors.
fn describe(operated: &Operated, images: usize) -> String {
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
    let [affected, .., detectors] = THRESHOLDS;
    let caption = format!(
        "{}: shares of channels [%] by how much further apart values at the border and inside are than under true \
         surroundings (excess of the KS statistic), {images} images. From {affected} on padding affects a channel; \
         from {detectors} on it is a border detector, of which the literature finds about 2%.",
        operated.label
    );
    let from = THRESHOLDS.map(|least| match least {
        least if least == affected => format!("affected ≥ {least}"),
        least if least == detectors => format!("detectors ≥ {least}"),
        least => format!("≥ {least}"),
    });
    let from = from.iter().map(String::as_str);
    let titles: Vec<&str> = ["layer"]
        .into_iter()
        .chain(from)
        .chain(["strongest"])
        .collect();
    let mut table = Table::new(caption, &titles);
    let mut push = |name: &str, shares: [f64; THRESHOLDS.len()], strongest: Cell| {
        let shares = shares.map(|share| Cell::text(short(100.0 * share)));
        let cells = std::iter::once(Cell::text(name)).chain(shares);
        table.push(cells.chain([strongest]).collect());
    };
    for layer in &found.layers {
        let affected = layer.affected();
        let named = affected
            .iter()
            .take(3)
            .map(|c| format!("c{} {}", c.number, short(c.excess())));
        let strongest = Cell::text(named.collect::<Vec<_>>().join(", "));
        push(&layer.name, layer.shares(), strongest);
    }
    push("all", found.shares(), Cell::none());
    format!("{}\n{text}", table.text())
}
