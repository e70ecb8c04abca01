//! `padgrad probe posenet`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{Common, RunFlags};
use crate::cli::output::{print_json, say};
use crate::error::Result;
use crate::probes::posenet::Target;
use crate::report::table::{Cell, Table};
use crate::report::text::short;
use crate::study::config::split_schemes;
use crate::study::folder::RunFolder;
use crate::study::posenet::{IMAGE, Posenet, ReadoutConfig, networks_of, over_seeds};
use crate::study::results::Results;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct PosenetArgs {
    /// Checkpoints, or folders of finished runs [default: networks are trained here]
    #[arg(long, value_name = "PATH", num_args = 1.., value_delimiter = ',')]
    checkpoints: Vec<PathBuf>,
    /// Paddings to train under, separated by commas [default: those of a study]
    #[arg(long, value_name = "LIST", conflicts_with = "checkpoints")]
    padding: Option<String>,
    /// Networks per padding [default: 1]
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
        }
    }

    /// The probe, and the flags that name its networks.
    fn prepare(&self) -> Result<(Posenet, String)> {
        if !self.checkpoints.is_empty() {
            let paths = self.checkpoints.iter().map(|p| p.display().to_string());
            let named = format!("--checkpoints {}", paths.collect::<Vec<_>>().join(","));
            return Ok((
                Posenet::of_checkpoints(&self.checkpoints, self.readout())?,
                named,
            ));
        }
        let mut config = self.run.resolve()?;
        if let Some(list) = &self.padding {
            config.padding = split_schemes(list);
        }
        config.seeds = self.seeds.unwrap_or(config.seeds);
        let named = format!(
            "--config config.toml --padding {} --seeds {}",
            config.padding.join(","),
            config.seeds
        );
        Ok((Posenet::of_study(config, self.readout())?, named))
    }

    /// The command line that repeats the run.
    fn command(&self, networks: &str) -> String {
        format!(
            "padgrad probe posenet {networks} --readout-images {} --images {} --readout-epochs {} \
             --readout-depth {}",
            self.readout_images, self.images, self.readout_epochs, self.readout_depth
        )
    }
}

/// Reads every network.
pub fn run(args: &PosenetArgs) -> Result<()> {
    let (probe, networks) = args.prepare()?;
    let folder = RunFolder::create(args.run.out.as_deref(), "posenet")?;
    let folder = folder.made_by(args.command(&networks));
    let results = args.common.watch(|progress| probe.run(&folder, progress))?;
    let text = tables(&results);
    folder.write("posenet.txt", text.as_bytes())?;
    folder.write_checksums()?;
    if args.common.json {
        return print_json(&results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}

/// SPC and MAE of every target, averaged over seeds.
fn tables(results: &Results) -> String {
    let one = |metric: &str, caption: &str| {
        let names = Target::ALL.map(Target::name);
        let columns: Vec<&str> = ["network"].into_iter().chain(names).collect();
        let mut table = Table::new(caption, &columns);
        for (scheme, stage) in networks_of(results) {
            let cell =
                |target| Cell::text(short(over_seeds(results, (scheme, stage), target, metric)));
            let name = match scheme {
                IMAGE => "image alone".to_string(),
                _ => format!("{scheme} {stage}"),
            };
            let cells = Target::ALL.into_iter().map(cell);
            table.push([Cell::text(name)].into_iter().chain(cells).collect());
        }
        table.text()
    };
    let spc = "PosENet: Spearman's correlation of the painted map with the target on images that the \
               readout has not seen, mean over images and seeds. 0 is no position.";
    let mae = "Mean absolute error of the painted map; targets run from 0 to 1.";
    format!("{}\n{}", one("spc", spc), one("mae", mae))
}
