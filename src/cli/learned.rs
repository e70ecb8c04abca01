//! `padgrad learned`.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, typed};
use super::output::{print_json, say};
use super::subject::SubjectFlags;
use crate::error::Result;
use crate::report::{learned, table};
use crate::study::config::split_schemes;
use crate::study::folder::RunFolder;
use crate::study::learned::{Learned, LearnedConfig};

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct LearnedArgs {
    #[command(flatten)]
    subject: SubjectFlags,
    /// Folder of photographs
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Windows, spread over the photographs
    #[arg(long, value_name = "N", default_value_t = 500)]
    count: usize,
    /// Untrained networks
    #[arg(long, value_name = "N", default_value_t = 5)]
    seeds: usize,
    /// Paddings besides that of training
    #[arg(
        long,
        value_name = "LIST",
        default_value = "reflect,replicate,circular,randn,partial"
    )]
    padding: String,
    /// Layers: conv, all, or names separated by commas
    #[arg(long, value_name = "LIST", default_value = "conv")]
    layers: String,
    /// Give untrained networks a batch norm behind every convolution that has none, where theirs were folded
    #[arg(long)]
    norms: bool,
    /// Seed of the windows' places and of the first untrained network
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Folder to write; it must not exist [default: the next free runs/learned-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

/// Measures a trained network beside untrained ones.
pub fn run(args: &LearnedArgs) -> Result<()> {
    let config = LearnedConfig {
        images: args.images.clone(),
        count: args.count,
        seeds: args.seeds,
        padding: split_schemes(&args.padding),
        layers: args.layers.clone(),
        norms: args.norms,
        seed: args.seed,
    };
    let results = args.common.watch(|progress| {
        let learned = Learned::prepare(&|| args.subject.open(), &config, progress)?;
        let folder = RunFolder::create(args.out.as_deref(), "learned")?;
        let folder = folder.made_by(typed()).configured(&config);
        Ok((learned.run(&folder, progress)?, folder))
    });
    let (results, folder) = results?;
    if args.common.json {
        return print_json(&results);
    }
    if let Some(table) = learned::table(&results) {
        say(table.text())?;
    }
    say(table::wrap(&learned::sentence(&results), table::TEXT_WIDTH))?;
    say(format!("\nresults  {}", folder.path().display()))
}
