//! `padgrad probe posenet`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::backbone::{self, Backbone};
use super::check_count;
use crate::cli::common::{Common, RunFlags};
use crate::cli::config::RunConfig;
use crate::cli::feasible::load_checked;
use crate::cli::output::{RunFolder, print_json, say};
use crate::cli::progress::Progress;
use crate::cli::record::{Moment, write_results};
use crate::cli::run::Plan;
use crate::cli::study::split_schemes;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::probes::posenet::{Frozen, Reading, ReadoutOptions, Target, grid_side, read_out};
use crate::report::number::short;
use crate::report::table::{Cell, Table};
use crate::rng::Seed;
use crate::statistics::mean_over_images;
use crate::study::results::{Results, Row};
use crate::study::summary::FINAL;

/// The scheme under which the image alone stands.
const IMAGE: &str = "image";
/// Deeper readouts have no map left on images of any size that is read here.
const DEEPEST: usize = 13;

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
    #[command(flatten)]
    readout: ReadoutFlags,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    pub common: Common,
}

/// How networks are read.
#[derive(Args, Clone, Debug)]
pub struct ReadoutFlags {
    /// Training images of the readouts
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub readout_images: usize,
    /// Test images on which they are scored
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub images: usize,
    /// Passes over the readouts' training images
    #[arg(long, value_name = "N", default_value_t = 15)]
    pub readout_epochs: usize,
    /// Convolutions of a readout
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub readout_depth: usize,
}

impl ReadoutFlags {
    /// Checks the numbers on their own.
    pub fn check(&self) -> Result<()> {
        check_count("--readout-depth", self.readout_depth, 1, DEEPEST)?;
        check_count("--readout-epochs", self.readout_epochs, 1, 100_000)?;
        check_count("--readout-images", self.readout_images, 2, usize::MAX)?;
        check_count("--images", self.images, 1, usize::MAX)
    }

    /// Checks the numbers against a data set.
    pub fn check_data(&self, data: &Dataset) -> Result<()> {
        check_count("--readout-images", self.readout_images, 2, data.train.len())?;
        check_count("--images", self.images, 1, data.test.len())?;
        let (side, needed) = (grid_side(data.height), 2 * self.readout_depth + 1);
        if side >= needed {
            return Ok(());
        }
        Err(Error::usage(
            "--readout-depth",
            format!(
                "a readout of {} layers needs maps of {needed}×{needed}, and images of {} pixels \
                 give {side}×{side}",
                self.readout_depth, data.height
            ),
            "use a shallower readout or larger images",
        ))
    }

    /// Trains and scores the readouts of all targets.
    pub fn read(&self, frozen: &Frozen, data: &Dataset, seed: u64) -> Result<Vec<Reading>> {
        let training = frozen.features(self.readout_images, |range| {
            let indices: Vec<usize> = range.collect();
            data.train_batch(&indices, None, Seed(0)).0
        })?;
        let held_out = frozen.features(self.images, |range| data.test_batch(range).0)?;
        let options = ReadoutOptions {
            depth: self.readout_depth,
            epochs: self.readout_epochs,
            ..ReadoutOptions::default()
        };
        let seed = Seed(seed).child("posenet");
        read_out(&training, &held_out, data.height, &options, seed)
    }
}

/// A probe in progress.
struct Probe<'a> {
    readout: &'a ReadoutFlags,
    folder: &'a RunFolder,
    progress: Progress,
    results: Results,
}

impl Probe<'_> {
    /// Reads a network and notes what was found.
    fn network(&mut self, backbone: &Backbone, data: &Dataset) -> Result<()> {
        let frozen = Frozen {
            model: Some(&backbone.model),
            seed: Seed(backbone.moment.seed).child("posenet features"),
            planted: None,
        };
        self.read(&frozen, &backbone.moment, data)
    }

    /// The control: the image in place of features.
    fn image_alone(&mut self, seed: u64, data: &Dataset) -> Result<()> {
        let moment = Moment {
            scheme: IMAGE.into(),
            seed,
            stage: FINAL.into(),
            epoch: 0,
            step: 0,
        };
        self.read(&Frozen::image_alone(), &moment, data)
    }

    fn read(&mut self, frozen: &Frozen, moment: &Moment, data: &Dataset) -> Result<()> {
        let name = format!("{}, seed {}, {}", moment.scheme, moment.seed, moment.stage);
        self.progress
            .phase(&format!("{name}: reading"), 1, "network");
        let start = Instant::now();
        let readings = self.readout.read(frozen, data, moment.seed)?;
        let told: Vec<String> = readings
            .iter()
            .map(|r| format!("{} {:.3}", r.target.name(), mean(&r.spc)))
            .collect();
        let seconds = start.elapsed().as_secs_f64();
        self.progress
            .line(&format!("{name}: SPC {}, {seconds:.1} s", told.join(", ")));
        self.results.rows.extend(rows(moment, &readings));
        write_results(self.folder, &self.results)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Both metrics of every target, with intervals over the images.
fn rows(moment: &Moment, readings: &[Reading]) -> Vec<Row> {
    let of_target = |reading: &Reading| {
        let metrics = [("spc", &reading.spc), ("mae", &reading.mae)];
        let metrics = metrics.map(|(name, values)| (name, mean_over_images(values)));
        moment.rows(&layer(reading.target), &metrics)
    };
    readings.iter().flat_map(of_target).collect()
}

/// The layer under which a target's rows stand.
fn layer(target: Target) -> String {
    format!("posenet.{}", target.name())
}

/// Reads every network.
pub fn run(args: &PosenetArgs) -> Result<()> {
    args.readout.check()?;
    let source = Source::open(args)?;
    let folder = RunFolder::create(args.run.out.as_deref(), "posenet")?;
    let mut probe = Probe {
        readout: &args.readout,
        folder: &folder,
        progress: Progress::new(args.common.quiet),
        results: Results::new("probe posenet", source.command(args), args.readout.images),
    };
    let read = source.read_all(&mut probe);
    probe.progress.finish();
    let results = probe.results;
    if let Err(error) = read {
        if results.rows.is_empty() {
            folder.discard();
        }
        return Err(error);
    }
    let text = tables(&results);
    folder.write("posenet.txt", text.as_bytes())?;
    if args.common.json {
        return print_json(&results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}

/// Where the networks come from.
enum Source {
    Trained(Box<RunConfig>, Box<Dataset>),
    Stored(Vec<backbone::Stored>),
}

impl Source {
    fn open(args: &PosenetArgs) -> Result<Source> {
        if !args.checkpoints.is_empty() {
            return Ok(Source::Stored(backbone::stored(&args.checkpoints)?));
        }
        let mut config = args.run.resolve()?;
        if let Some(list) = &args.padding {
            config.padding = split_schemes(list);
        }
        config.seeds = args.seeds.unwrap_or(config.seeds);
        let paddings = config.validate()?;
        let data = load_checked(Plan::Train, &config, &paddings)?.data;
        args.readout.check_data(&data)?;
        Ok(Source::Trained(Box::new(config), Box::new(data)))
    }

    fn command(&self, args: &PosenetArgs) -> String {
        let networks = match self {
            Source::Stored(_) => {
                let paths = args.checkpoints.iter().map(|p| p.display().to_string());
                format!("--checkpoints {}", paths.collect::<Vec<_>>().join(","))
            }
            Source::Trained(config, _) => format!(
                "--config config.toml --padding {} --seeds {}",
                config.padding.join(","),
                config.seeds
            ),
        };
        let ReadoutFlags {
            readout_images,
            images,
            readout_epochs,
            readout_depth,
        } = args.readout;
        format!(
            "padgrad probe posenet {networks} --readout-images {readout_images} --images {images} \
             --readout-epochs {readout_epochs} --readout-depth {readout_depth}"
        )
    }

    fn read_all(&self, probe: &mut Probe) -> Result<()> {
        match self {
            Source::Trained(config, data) => {
                let text = config.to_toml()?;
                probe.folder.write("config.toml", text.as_bytes())?;
                for seed in config.seed..config.seed + config.seeds as u64 {
                    probe.image_alone(seed, data)?;
                    for padding in config.validate()? {
                        let before = backbone::untrained(config, padding, data, seed)?;
                        probe.network(&before, data)?;
                        let progress = &mut probe.progress;
                        let after = backbone::trained(config, padding, data, seed, progress)?;
                        probe.network(&after, data)?;
                    }
                }
                Ok(())
            }
            Source::Stored(stored) => {
                let mut data: Option<(usize, Dataset)> = None;
                for (i, one) in stored.iter().enumerate() {
                    let known = data
                        .take()
                        .filter(|(j, _)| stored[*j].data_config() == one.data_config());
                    let (first, set) = match known {
                        Some(known) => known,
                        None => {
                            let set = one.data()?;
                            probe.readout.check_data(&set)?;
                            probe.image_alone(0, &set)?;
                            (i, set)
                        }
                    };
                    for network in one.backbones(&set)? {
                        probe.network(&network, &set)?;
                    }
                    data = Some((first, set));
                }
                Ok(())
            }
        }
    }
}

/// SPC and MAE of every target, averaged over seeds.
fn tables(results: &Results) -> String {
    let one = |metric: &str, caption: &str| {
        let names = Target::ALL.map(Target::name);
        let columns: Vec<&str> = ["network"].into_iter().chain(names).collect();
        let mut table = Table::new(caption, &columns);
        let mut networks: Vec<(&str, &str)> = Vec::new();
        for row in &results.rows {
            let network = (row.scheme.as_str(), row.stage.as_str());
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
        for (scheme, stage) in networks {
            let cell = |target: Target| {
                let of_cell = results.rows.iter().filter(|r| {
                    (r.scheme.as_str(), r.stage.as_str()) == (scheme, stage)
                        && r.layer == layer(target)
                        && r.metric == metric
                });
                let values: Vec<f64> = of_cell.filter_map(|r| r.value).collect();
                Cell::text(short(mean(&values)))
            };
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
