//! `padgrad probe shift`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{Common, DataFlags, typed};
use crate::cli::output::{print_json, say};
use crate::error::Result;
use crate::report::table::{Cell, Table};
use crate::study::folder::RunFolder;
use crate::study::networks::load_networks;
use crate::study::shift::{Shift, ShiftConfig, Shifted};
use crate::study::summary::Estimate;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct ShiftArgs {
    /// Checkpoints, or folders of studies, whose final networks are taken
    #[arg(long, alias = "checkpoint", required = true, num_args = 1.., value_name = "PATH")]
    checkpoints: Vec<PathBuf>,
    /// Test images that are shifted and cropped
    #[arg(long, value_name = "N", default_value_t = 500)]
    images: usize,
    /// Layers: conv, all, or names separated by commas
    #[arg(long, value_name = "LIST", default_value = "conv")]
    layers: String,
    /// Rows and columns of a crop [default: an eighth less than an image, to a multiple of the stride]
    #[arg(long, value_name = "PIXELS")]
    crop: Option<usize>,
    /// Folder to write; it must not exist [default: the next free runs/shift-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    pub common: Common,
}

/// Shifts and crops the images of every network.
pub fn run(args: &ShiftArgs) -> Result<()> {
    let networks = load_networks(&args.checkpoints, false)?;
    let config = ShiftConfig {
        images: args.images,
        layers: args.layers.clone(),
        crop: args.crop,
        data: networks
            .first()
            .map(|n| args.data.over(&n.description.data)),
    };
    let probe = Shift::prepare(networks, &config)?;
    let folder = RunFolder::create(args.out.as_deref(), "shift")?;
    let folder = folder.made_by(typed()).configured(&config);
    let (results, found) = args.common.watch(|progress| probe.run(&folder, progress))?;
    if args.common.json {
        return print_json(&results);
    }
    let texts = found.iter().map(|one| describe(one, args.images));
    texts.into_iter().try_for_each(say)?;
    say(format!("results  {}", folder.path().display()))
}

/// The decibels of every layer, and how often crops disagree.
fn describe(found: &Shifted, images: usize) -> String {
    let caption = format!(
        "{}: equivariance, the features of shifted images against the shifted features of {images} images: \
         10·log₁₀(range²/mean square). More is better; exact where not a bit differs.",
        found.label
    );
    let mut table = Table::new(caption, &["layer", "equivariance [dB]"]);
    for layer in &found.layers {
        let cell = match layer.relative().value {
            Some(0.0) => Cell::text("exact"),
            _ => Cell::estimate(Estimate::of_network(&layer.decibels())),
        };
        table.push(vec![Cell::text(&layer.layer), cell]);
    }
    let percent = |share| Cell::percent(Estimate::of_network(share));
    let mut text = table.text();
    if let Some(disagreement) = &found.disagreement {
        let titles = ["same pixel, different crops", "pairs that disagree [%]"];
        let mut table = Table::new("", &titles);
        table.push(vec![Cell::text(&found.label), percent(disagreement)]);
        text += &format!("\n{}", table.text());
    }
    if !found.placed.is_empty() {
        let titles = [
            "object from the border [pixels]",
            "accuracy [%]",
            "against centred [points]",
        ];
        let mut table = Table::new("", &titles);
        for placed in &found.placed {
            let shares = [&placed.accuracy, &placed.change].map(percent);
            let distance = Cell::text(placed.distance.to_string());
            table.push(std::iter::once(distance).chain(shares).collect());
        }
        text += &format!("\n{}", table.text());
    }
    text
}
