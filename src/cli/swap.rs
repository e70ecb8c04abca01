//! `padgrad swap`: networks under the paddings that they were not trained with.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, DataFlags, typed};
use super::output::{print_json, say};
use crate::error::Result;
use crate::report::{swap, table};
use crate::study::config::split_schemes;
use crate::study::folder::RunFolder;
use crate::study::networks::load_networks;
use crate::study::swap::{Swap, SwapConfig};

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
    /// Let networks stand together that were made with different instruction sets; values differ in the last digits
    #[arg(long)]
    any_isa: bool,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    pub common: Common,
}

/// Runs every network under every padding.
pub fn run(args: &SwapArgs) -> Result<()> {
    let networks = load_networks(&args.checkpoints, args.any_isa)?;
    let config = SwapConfig {
        padding: args.padding.as_deref().map_or_else(Vec::new, split_schemes),
        images: args.images,
        layers: args.layers.clone(),
        data: networks
            .first()
            .map(|n| args.data.over(&n.description.data)),
    };
    let swap = Swap::prepare(networks, &config)?;
    let folder = RunFolder::create(args.out.as_deref(), "swap")?;
    let folder = folder.made_by(typed()).configured(&config);
    let results = args.common.watch(|progress| swap.run(&folder, progress))?;
    if args.common.json {
        return print_json(&results);
    }
    let text = table::wrap(&swap::sentence(&results), table::TEXT_WIDTH);
    for table in swap::tables(&results) {
        say(table.text())?;
    }
    say(format!("{text}\n\nresults  {}", folder.path().display()))
}
