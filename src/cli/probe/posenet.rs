//! `padgrad probe posenet`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{Common, RunFlags, typed};
use crate::cli::output::{print_json, say};
use crate::error::Result;
use crate::probes::posenet::{PUBLISHED, Target};
use crate::report::table::{Cell, Table};
use crate::report::text::short;
use crate::study::config::split_schemes;
use crate::study::folder::RunFolder;
use crate::study::posenet::{IMAGE, Posenet, networks_of, over_seeds, taps_of};
use crate::study::readout::ReadoutConfig;
use crate::study::results::Results;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct PosenetArgs {
    /// Checkpoints, or folders of finished runs [default: networks are trained here]
    #[arg(long, value_name = "PATH", num_args = 1.., value_delimiter = ',')]
    checkpoints: Vec<PathBuf>,
    /// Read no network at all: the image alone, the control
    #[arg(long, conflicts_with_all = ["checkpoints", "padding", "per_layer"])]
    image_alone: bool,
    /// Paddings to train under, separated by commas [default: those of a study]
    #[arg(long, value_name = "LIST", conflicts_with = "checkpoints")]
    padding: Option<String>,
    /// Networks per padding, or readouts of the image alone [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "checkpoints")]
    seeds: Option<usize>,
    /// Training images of the readouts
    #[arg(long, value_name = "N", default_value_t = 2000)]
    readout_images: usize,
    /// Test images on which they are scored
    #[arg(long, value_name = "N", default_value_t = 500)]
    images: usize,
    /// Passes over the readouts' training images
    #[arg(long, value_name = "N", default_value_t = 15)]
    readout_epochs: usize,
    /// Convolutions of a readout
    #[arg(long, value_name = "N", default_value_t = 1)]
    readout_depth: usize,
    /// Zeros around the input of each convolution of a readout, per side: 0, 1 or 2
    #[arg(long, value_name = "PIXELS", default_value_t = 0)]
    readout_padding: usize,
    /// Read every tapped layer by itself too
    #[arg(long)]
    per_layer: bool,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    pub common: Common,
}

impl PosenetArgs {
    fn readout(&self) -> ReadoutConfig {
        ReadoutConfig {
            readout_images: self.readout_images,
            images: self.images,
            readout_epochs: self.readout_epochs,
            readout_depth: self.readout_depth,
            readout_padding: self.readout_padding,
            per_layer: self.per_layer,
        }
    }

    fn prepare(&self) -> Result<Posenet> {
        if !self.checkpoints.is_empty() {
            return Posenet::of_checkpoints(&self.checkpoints, self.readout());
        }
        let mut config = self.run.resolve()?;
        config.seeds = self.seeds.unwrap_or(config.seeds);
        if self.image_alone {
            return Posenet::of_images(config, self.readout());
        }
        if let Some(list) = &self.padding {
            config.padding = split_schemes(list);
        }
        Posenet::of_study(config, self.readout())
    }
}

/// Reads every network.
pub fn run(args: &PosenetArgs) -> Result<()> {
    let probe = args.prepare()?;
    let folder = RunFolder::create(args.run.out.as_deref(), "posenet")?;
    let folder = folder.made_by(typed()).configured(&args.readout());
    let results = args.common.watch(|progress| probe.run(&folder, progress))?;
    let text = tables(&results);
    folder.write("posenet.txt", text.as_bytes())?;
    folder.write_checksums()?;
    if args.common.json {
        return print_json(&results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}

/// SPC and MAE of every target, averaged over seeds; beside SPC what the paper gives.
fn tables(results: &Results) -> String {
    let mut spc = table(
        results,
        "spc",
        "PosENet: Spearman's correlation of the painted map with the target on images that the readout has not \
         seen, mean over images and seeds. 0 is no position. Published for reference, with ImageNet weights, \
         trained on DUT-S and tested on PASCAL-S (Islam et al. 2020): the rows that say so.",
    );
    for row in PUBLISHED {
        let value =
            |spc: Option<f64>| spc.map_or_else(Cell::none, |v| Cell::text(format!("{v:.3}")));
        let [hor, ver, gau] = row.spc.map(value);
        let name = Cell::text(format!("published: {}", row.name));
        spc.push(vec![name, hor, ver, gau, Cell::none(), Cell::none()]);
    }
    let mae = table(
        results,
        "mae",
        "Mean absolute error of the painted map; targets run from 0 to 1.",
    );
    format!("{}\n{}", spc.text(), mae.text())
}

/// A row for each network, and for each of its layers that was read by itself.
fn table(results: &Results, metric: &str, caption: &str) -> Table {
    let names = Target::ALL.map(Target::name);
    let columns: Vec<&str> = ["network"].into_iter().chain(names).collect();
    let mut table = Table::new(caption, &columns);
    for network @ (scheme, stage) in networks_of(results) {
        let mut push = |name: String, tap: Option<&str>| {
            let of = |target| over_seeds(results, network, tap, target, metric);
            let cells = Target::ALL.map(|target| Cell::text(short(of(target))));
            table.push([Cell::text(name)].into_iter().chain(cells).collect());
        };
        match scheme {
            IMAGE => push("image alone".into(), None),
            _ => push(format!("{scheme} {stage}"), None),
        }
        for tap in taps_of(results, network) {
            push(format!("  {tap} alone"), Some(tap));
        }
    }
    table
}
