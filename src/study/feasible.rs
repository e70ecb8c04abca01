//! What can be said before any work is done: whether networks, data and memory allow it.

use super::config::{Plan, RunConfig};
use crate::data::{Dataset, load};
use crate::error::{Error, Result};
use crate::files::memory_limit;
use crate::nn::{Kind, LayerInfo, Model, models};
use crate::padding::Padding;
use crate::ppp::{MeasureOptions, check_images};
use crate::rng::Seed;
use crate::train::Trainer;

/// What a process whose memory cannot be asked for is taken to have.
const ASSUMED_MEMORY: u64 = 16 << 30;
/// The estimate of a network's memory knows nothing of gradients and buffers; so much room is left for them.
const ROOM: f64 = 4.0;
/// More cells at a time than this are a mistake.
const MOST_JOBS: usize = 1024;
const GIB: f64 = (1u64 << 30) as f64;
/// Bytes of a feature.
const FEATURE: f64 = 4.0;
/// Bytes that the sums of a measurement keep per feature: five sums for each of 20 blocks and for all.
const SUMS: f64 = 8.0 * 5.0 * 21.0;

/// The data of a run that can be carried out, and what it takes.
pub struct Prepared {
    /// The data.
    pub data: Dataset,
    /// Bytes of memory that the largest of its networks needs.
    cell_bytes: f64,
}

/// Loads the data of a run that can be carried out.
///
/// Every network is built before anything is written, and where the images' shape is known beforehand
/// also before they are painted or read, so that what is impossible is reported at once.
///
/// # Errors
/// A usage error that names the setting, or that of a file that cannot be read.
pub fn load_checked(plan: Plan, config: &RunConfig, paddings: &[Padding]) -> Result<Prepared> {
    // How many classes there are changes no layer but the last.
    const SOME_CLASSES: usize = 10;
    if plan == Plan::Study && config.train.epochs == 0 {
        return Err(Error::usage(
            "epochs",
            "0 trains nothing, so there is no change to measure",
            "use at least 1; a network before training can be kept by training alone, and then measured",
        ));
    }
    if let Some(input) = config.data.shape()? {
        check_networks(plan, config, paddings, input, SOME_CLASSES)?;
    }
    let data = load(&config.data)?;
    let input = [data.channels, data.height, data.width];
    let needs = check_networks(plan, config, paddings, input, data.classes.len())?;
    check_data(plan, config, &data, needs.margin)?;
    Ok(Prepared {
        data,
        cell_bytes: needs.bytes,
    })
}

impl Prepared {
    /// How many of `cells` are worked on side by side: as asked, or one per thread as far as memory allows.
    ///
    /// # Errors
    /// A usage error where the number that was asked for does not fit into memory.
    pub fn jobs(&self, asked: Option<usize>, cells: usize) -> Result<usize> {
        let Some(asked) = asked else {
            let fitting = (memory() / ROOM / self.cell_bytes.max(1.0)) as usize;
            return Ok(rayon::current_num_threads().min(cells).min(fitting).max(1));
        };
        if !(1..=MOST_JOBS).contains(&asked) {
            let problem = format!("{asked} cells at a time cannot be run");
            return Err(Error::usage(
                "jobs",
                problem,
                format!("use from 1 to {MOST_JOBS}"),
            ));
        }
        let jobs = asked.min(cells).max(1);
        check_memory(
            &format!("jobs {asked}"),
            self.cell_bytes * jobs as f64,
            "use fewer",
        )?;
        Ok(jobs)
    }
}

/// Whether a count is one that can be worked with.
///
/// # Errors
/// A usage error that names the setting.
pub fn check_count(what: &str, count: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&count) {
        return Ok(());
    }
    Err(Error::usage(
        what,
        format!("{count} cannot be used"),
        format!("use from {least} to {most}"),
    ))
}

/// What the networks of a run need.
#[derive(Default)]
struct Needs {
    /// Pixels of true surroundings.
    margin: usize,
    /// Bytes of memory of one at a time.
    bytes: f64,
}

/// Whether every network of a run can be built, trained and measured on images [C, H, W] = `input`.
///
/// # Errors
/// A usage error that names the layer, the setting or the memory.
fn check_networks(
    plan: Plan,
    config: &RunConfig,
    paddings: &[Padding],
    input: [usize; 3],
    classes: usize,
) -> Result<Needs> {
    check_crop(config.train.augment.crop, input)?;
    let architecture = models::find(&config.arch)?;
    let batch = config.train.batch_size;
    let batch = batch.min(config.data.train_images.unwrap_or(batch));
    let mut needs = Needs::default();
    for &padding in paddings {
        let model = architecture
            .build::<f32>(input, classes, padding, Seed(0))
            .map_err(Error::into_usage)?;
        Trainer::check_true_margin(config.data.true_margin, &model)?;
        needs.bytes = needs.bytes.max(check_training(&model, padding, batch)?);
        if plan == Plan::Study {
            let taps = config.taps().select(&model)?;
            let margin = model.needed_margin()?;
            let bytes = check_measuring(&model, padding, &taps, margin)?;
            needs.bytes = needs.bytes.max(bytes);
            needs.margin = needs.margin.max(margin);
        }
    }
    Ok(needs)
}

/// Whether a random crop leaves something of an image [C, H, W].
fn check_crop(crop: usize, [_, height, width]: [usize; 3]) -> Result<()> {
    if crop < height.min(width) {
        return Ok(());
    }
    let problem = format!("{crop} pixels move an image of {height}×{width} out of sight");
    let most = height.min(width).saturating_sub(1);
    Err(Error::usage("crop", problem, format!("use at most {most}")))
}

/// Whether a data set has what a run takes from it.
///
/// # Errors
/// A usage error that names what is too few, or too small.
fn check_data(plan: Plan, config: &RunConfig, data: &Dataset, margin: usize) -> Result<()> {
    let images = data.train.len();
    if images < 2 {
        let problem = format!("{images} is too few for batch norm");
        return Err(Error::usage("train_images", problem, "use at least 2"));
    }
    let per_epoch = images.div_ceil(config.train.batch_size);
    let steps = per_epoch.saturating_mul(config.train.epochs);
    let warmup = config.train.schedule.warmup;
    if warmup > 0 && warmup >= steps {
        return Err(Error::usage(
            "warm-up",
            format!("{warmup} steps leave nothing of the run's {steps}"),
            "warm up for fewer steps, or train for more epochs",
        ));
    }
    if plan == Plan::Train {
        return Ok(());
    }
    check_images(config.images, data)?;
    check_margin(data, margin)
}

/// Whether the data set's wide images reach so far.
///
/// # Errors
/// A usage error, or that of the picture that is too small.
pub fn check_margin(data: &Dataset, margin: usize) -> Result<()> {
    data.wide(0..1, margin).map(drop).map_err(Error::into_usage)
}

/// Whether a training step on `batch` images fits into memory; the bytes it takes.
///
/// # Errors
/// A usage error that says how much it would take.
pub fn check_training(model: &Model<f32>, padding: Padding, batch: usize) -> Result<f64> {
    let layers = model.layers()?;
    let kept: f64 = simple(&layers).map(features).sum();
    check_memory(
        &format!("training under {padding}"),
        kept * FEATURE * batch as f64,
        "use smaller batches, smaller images or less padding",
    )
}

/// Whether a measurement of `taps` with a margin of `margin` pixels fits into memory; the bytes it takes.
///
/// # Errors
/// A usage error that says how much it would take.
pub fn check_measuring(
    model: &Model<f32>,
    padding: Padding,
    taps: &[LayerInfo],
    margin: usize,
) -> Result<f64> {
    let batch = MeasureOptions::default().batch as f64;
    let [channels, h, w] = model.input();
    let wide = |side: usize| side as f64 + 2.0 * margin as f64;
    let layers = model.layers()?;
    // Maps shrink on their way, so the first layer's is the largest of the pass with the margin.
    let first = simple(&layers).next().map_or(0, |l| l.shape[0]);
    let widest = simple(&layers)
        .map(features)
        .fold(wide(h) * wide(w) * channels.max(first) as f64, f64::max);
    let tapped: f64 = taps.iter().map(features).sum();
    check_memory(
        &format!("measuring under {padding}"),
        widest * FEATURE * batch + tapped * (2.0 * FEATURE * batch + SUMS),
        "use smaller images, less padding, a smaller margin or fewer layers",
    )
}

/// The layers that compute something themselves.
fn simple(layers: &[LayerInfo]) -> impl Iterator<Item = &LayerInfo> {
    layers.iter().filter(|l| l.kind != Kind::Composition)
}

/// How many features a layer has, as a number that cannot overflow.
fn features(layer: &LayerInfo) -> f64 {
    layer.shape.iter().map(|&n| n as f64).product()
}

fn check_memory(what: &str, bytes: f64, remedy: &str) -> Result<f64> {
    let memory = memory();
    if bytes <= memory {
        return Ok(bytes);
    }
    Err(Error::usage(
        what,
        format!(
            "it needs at least {:.0} GiB of memory, more than the {:.1} GiB that it may use here",
            bytes / GIB,
            memory / GIB
        ),
        remedy,
    ))
}

fn memory() -> f64 {
    memory_limit().unwrap_or(ASSUMED_MEMORY) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_sizes_are_refused_and_ordinary_ones_are_not() {
        let check = |side: usize, padding: &str| {
            let paddings = [Padding::parse(padding)?];
            let config = RunConfig::default();
            check_networks(Plan::Study, &config, &paddings, [3, side, side], 10)
        };
        assert!(check(32, "zeros").is_ok());
        for (side, padding) in [(4096, "zeros"), (32, "circular@4000")] {
            let message = check(side, padding).map_err(|e| e.to_string());
            assert!(matches!(message, Err(m) if m.contains("GiB of memory")));
        }
    }
}
