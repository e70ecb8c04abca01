//! Flags that several commands share.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::log;
use super::terminal::Terminal;
use crate::data::{DataConfig, Placement, Windows};
use crate::error::{Error, Result};
use crate::optim::OptimizerConfig;
use crate::study::config::{CONFIG, RunConfig};
use crate::study::experiment::Study;
use crate::study::folder::RunFolder;
use crate::study::moments::{Keep, Measure};
use crate::study::progress::Progress;

/// More threads than this are a mistake: each takes memory and an entry in the system's tables.
const MOST_THREADS: usize = 1024;

/// The command line as it was typed, quoted where a shell needs it.
pub fn typed() -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:@%+".contains(c);
    let quoted = |word: String| match !word.is_empty() && word.chars().all(plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| quoted(word.to_string_lossy().into_owned()));
    let words = std::iter::once("padgrad".to_string()).chain(words);
    words.collect::<Vec<_>>().join(" ")
}

/// How the tool itself behaves.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Threads to use; all cores by default. Results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// No progress on stderr
    #[arg(long)]
    pub quiet: bool,
    /// Machine-readable results on stdout
    #[arg(long)]
    pub json: bool,
}

impl Common {
    /// Does the work of a command inside the pool of threads: from outside, every pass of a layer would wait
    /// for another thread to begin and to end it.
    ///
    /// # Errors
    /// Those of the work, or more threads than can be had.
    pub fn in_pool<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        self.set_threads()?;
        rayon::scope(|_| work())
    }

    /// Does work that shows its progress, as far as the command is not to be quiet.
    pub fn watch<T>(&self, work: impl FnOnce(&Progress) -> T) -> T {
        let terminal = Terminal::new(self.quiet);
        work(&|event| terminal.show(event))
    }

    /// Sets the number of threads for the whole process.
    fn set_threads(&self) -> Result<()> {
        if let Some(threads) = self.threads.filter(|n| !(1..=MOST_THREADS).contains(n)) {
            return Err(Error::usage(
                "threads",
                format!("{threads} threads cannot be used"),
                format!("use from 1 to {MOST_THREADS}"),
            ));
        }
        // Without a number there is one thread for each processor.
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.unwrap_or(0))
            .build_global();
        pool.map_err(|e| {
            let asked = self
                .threads
                .map_or("one for each processor".into(), |n| n.to_string());
            Error::usage("threads", format!("{asked}: {e}"), "use fewer")
        })
    }
}

/// Which data.
#[derive(Args, Clone, Debug, Default)]
pub struct DataFlags {
    /// canvas, canvas-grey, mnist, fashion-mnist, cifar10, cifar100 or folder:PATH [default: canvas]
    #[arg(long, value_name = "NAME")]
    pub data: Option<String>,
    /// Folder that holds the data set's files
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Side of an image in pixels, for canvas and folder [default: 32]
    #[arg(long, value_name = "PIXELS")]
    size: Option<usize>,
    /// Training images to use [default: all; 5000 for canvas]
    #[arg(long, value_name = "N")]
    train_images: Option<usize>,
    /// Test images to use [default: all; 1000 for canvas]
    #[arg(long, value_name = "N")]
    test_images: Option<usize>,
    /// Where wide images of small-image sets and photographs lie
    #[arg(long, value_enum, value_name = "WHERE")]
    windows: Option<WindowsFlag>,
    /// Folder of photographs to measure on, whatever the network was trained on [default: test images]
    #[arg(long, value_name = "DIR")]
    measure_on: Option<PathBuf>,
    /// Where pictures lie in the images to train and test on [default: own]
    #[arg(long, value_enum, value_name = "WHERE")]
    placement: Option<PlacementFlag>,
    /// Pixels of other pictures around each, as part of the image [default: 0]
    #[arg(long, value_name = "PIXELS")]
    surround: Option<usize>,
    /// Pixels of other pictures around each, which networks read in the place of padded values [default: 0]
    #[arg(long, value_name = "PIXELS")]
    true_margin: Option<usize>,
    /// Seed of everything drawn in the data [default: 0]
    #[arg(long, value_name = "N")]
    data_seed: Option<u64>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum PlacementFlag {
    /// Where they are
    Own,
    /// Rolled around by a random offset, so that content has no position
    Rolled,
    /// In a window anywhere on a mosaic of them; the picture in its middle gives the class
    Mosaic,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum WindowsFlag {
    /// At a random position of a mosaic of test images
    Anywhere,
    /// Centred on a test image
    Centred,
}

/// Which moments of training are measured, besides the beginning and the end.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub enum MeasureFlag {
    /// After 1, 2, 4, 8, … steps and after every epoch
    Steps,
    /// After every epoch
    Epochs,
    /// Only before and after training
    Ends,
}

/// Which checkpoints outlive training.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub enum KeepFlag {
    /// The one after training
    Last,
    /// That, and the one after the epoch with the highest test accuracy
    Best,
    /// Those before training and after every epoch
    All,
}

impl KeepFlag {
    /// The setting.
    fn keep(self) -> Keep {
        match self {
            KeepFlag::Last => Keep::Last,
            KeepFlag::Best => Keep::Best,
            KeepFlag::All => Keep::All,
        }
    }
}

impl MeasureFlag {
    /// The setting.
    pub fn moments(self) -> Measure {
        match self {
            MeasureFlag::Steps => Measure::Steps,
            MeasureFlag::Epochs => Measure::Epochs,
            MeasureFlag::Ends => Measure::Ends,
        }
    }
}

/// Overrides a setting by a flag that was given.
fn put<T>(setting: &mut T, flag: &Option<T>)
where
    T: Clone,
{
    if let Some(value) = flag {
        *setting = value.clone();
    }
}

/// The same for a setting that may be absent.
fn put_some<T: Clone>(setting: &mut Option<T>, flag: &Option<T>) {
    if flag.is_some() {
        setting.clone_from(flag);
    }
}

impl DataFlags {
    /// The data that a network was trained on, overridden by the flags.
    pub fn over(&self, trained_on: &DataConfig) -> DataConfig {
        let mut config = trained_on.clone();
        self.apply(&mut config);
        config
    }

    /// Overrides what the flags name.
    pub fn apply(&self, config: &mut DataConfig) {
        put(&mut config.name, &self.data);
        put_some(&mut config.dir, &self.data_dir);
        put_some(&mut config.size, &self.size);
        put_some(&mut config.train_images, &self.train_images);
        put_some(&mut config.test_images, &self.test_images);
        put(&mut config.seed, &self.data_seed);
        put_some(&mut config.measure_on, &self.measure_on);
        put(&mut config.surround, &self.surround);
        put(&mut config.true_margin, &self.true_margin);
        if let Some(placement) = self.placement {
            config.placement = match placement {
                PlacementFlag::Own => Placement::Own,
                PlacementFlag::Rolled => Placement::Rolled,
                PlacementFlag::Mosaic => Placement::Mosaic,
            };
        }
        if let Some(windows) = self.windows {
            config.windows = match windows {
                WindowsFlag::Anywhere => Windows::Anywhere,
                WindowsFlag::Centred => Windows::Centred,
            };
        }
    }
}

/// How to train.
#[derive(Args, Clone, Debug, Default)]
pub struct TrainFlags {
    /// Passes over the training set [default: 3]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Images per step [default: 64]
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Learning rate before the schedule [default: 0.1]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// sgd, adam, adamw or adadelta [default: sgd with momentum 0.9, weight decay 5e-4]
    #[arg(long, value_name = "NAME")]
    optimizer: Option<String>,
    /// Weight decay
    #[arg(long, value_name = "W")]
    weight_decay: Option<f64>,
    /// Share of the target spread over all classes [default: 0]
    #[arg(long, value_name = "SHARE")]
    label_smoothing: Option<f64>,
    /// Steps of linear warm-up [default: 0]
    #[arg(long, value_name = "STEPS")]
    warmup: Option<usize>,
    /// Random crops by at most this many pixels [default: 0]
    #[arg(long, value_name = "PIXELS")]
    crop: Option<usize>,
    /// Random horizontal flips
    #[arg(long)]
    flip: bool,
}

/// What every run has.
#[derive(Args, Clone, Debug)]
pub struct RunFlags {
    /// TOML file with settings; flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// small, vgg11, vgg11_bn … vgg19_bn; for a study also several, separated by commas [default: small]
    #[arg(long, value_name = "NAME")]
    arch: Option<String>,
    /// Seed of weights, order and draws; a study counts up from it [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Folder to write; it must not exist, but with --resume [default: the next free runs/…-001]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Checkpoints to keep of each network [default: last]
    #[arg(long, value_enum, value_name = "WHICH")]
    keep: Option<KeepFlag>,
    #[command(flatten)]
    data: DataFlags,
    #[command(flatten)]
    train: TrainFlags,
}

impl RunFlags {
    /// The configuration file, or the defaults, overridden by the flags.
    pub fn resolve(&self) -> Result<RunConfig> {
        self.resolve_over(RunConfig::default())
    }

    /// The folder to go on in, if one is to be gone on in.
    pub fn resumed(&self, resume: bool) -> Option<&Path> {
        self.out.as_deref().filter(|_| resume)
    }

    /// The configuration that `resolve` makes of the flags over defaults; of a run that is `resumed` and has one
    /// already it must be the same, except for the checkpoints to keep.
    ///
    /// # Errors
    /// Those of `resolve`, and where the two configurations differ.
    pub fn config_of(
        &self,
        resumed: Option<&Path>,
        resolve: impl Fn(RunConfig) -> Result<RunConfig>,
    ) -> Result<RunConfig> {
        let Some(out) = resumed.filter(|out| out.join(CONFIG).exists()) else {
            return resolve(RunConfig::default());
        };
        let begun = RunConfig::read(&out.join(CONFIG))?;
        let asked = resolve(begun.clone())?;
        match begun.difference(&asked) {
            None => Ok(asked),
            Some(difference) => Err(Error::usage(
                format!("--resume {}", out.display()),
                format!("{difference} now"),
                "leave the flag out to go on, or choose another --out",
            )),
        }
    }

    /// The folder of a study: that of `resumed`, or a new one.
    ///
    /// # Errors
    /// Those of [`Study::create`] and [`Study::resume`].
    pub fn folder(&self, study: &Study, name: &str, resumed: Option<&Path>) -> Result<RunFolder> {
        match resumed {
            Some(out) => study.resume(out, &|line| log(line)),
            None => study.create(self.out.as_deref(), name),
        }
    }

    /// The same with other defaults.
    pub fn resolve_over(&self, defaults: RunConfig) -> Result<RunConfig> {
        let mut config = match &self.config {
            Some(path) => RunConfig::read(path)?,
            None => defaults,
        };
        put(&mut config.arch, &self.arch);
        put(&mut config.seed, &self.seed);
        config.keep = self.keep.map_or(config.keep, KeepFlag::keep);
        self.data.apply(&mut config.data);
        self.train.apply(&mut config)?;
        Ok(config)
    }
}

impl TrainFlags {
    fn apply(&self, config: &mut RunConfig) -> Result<()> {
        let train = &mut config.train;
        put(&mut train.epochs, &self.epochs);
        put(&mut train.batch_size, &self.batch_size);
        put(&mut train.lr, &self.lr);
        put(&mut train.label_smoothing, &self.label_smoothing);
        put(&mut train.schedule.warmup, &self.warmup);
        put(&mut train.augment.crop, &self.crop);
        train.augment.flip |= self.flip;
        if let Some(name) = &self.optimizer {
            train.optimizer = OptimizerConfig::parse(name)?;
        }
        if let Some(decay) = self.weight_decay {
            train.optimizer = train.optimizer.weight_decay(decay);
        }
        Ok(())
    }
}
