//! The two passes over every image, and what is taken from them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::accumulator::Accumulator;
use super::convergence::{Convergence, Frame, Frames};
use super::impact::Impact;
use super::metric::Metrics;
use super::metrics::{LayerMeasurement, evaluate};
use super::predictions::{Changed, Changes, Predicting};
use crate::autodiff::Var;
use crate::data::{WideImages, prefetch};
use crate::error::{Error, Result, with_nearest};
use crate::kernels::Scalar;
use crate::nn::{Context, Feature, Kind, LayerInfo, Mode, Model, Planted, Surroundings};
use crate::padding::Sides;
use crate::rng::Seed;
use crate::statistics::{BLOCKS, holm};
use crate::tensor::Tensor;

/// Which layers are measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taps {
    /// Every convolution.
    Convolutions,
    /// Every layer but linear ones; a name for the output of several layers is that of the last of them.
    All,
    /// These, by dotted name; a part's name stands for the output of its last layer.
    Named(Vec<String>),
}

impl Taps {
    /// Reads `conv`, `all`, or dotted names separated by commas.
    pub fn parse(text: &str) -> Taps {
        match text {
            "conv" => Taps::Convolutions,
            "all" => Taps::All,
            names => Taps::Named(names.split(',').map(|n| n.trim().to_string()).collect()),
        }
    }

    /// The layers of `model` that are meant, in the order in which they run.
    ///
    /// # Errors
    /// A usage error that lists the layers where a name is none of them.
    pub fn select<T: Scalar>(&self, model: &Model<T>) -> Result<Vec<LayerInfo>> {
        let mut layers = model.layers()?;
        layers.retain(|l| l.kind != Kind::Linear);
        if let Taps::Named(names) = self {
            let unknown = names.iter().find(|n| layers.iter().all(|l| l.name != **n));
            if let Some(name) = unknown {
                let known: Vec<&str> = layers.iter().map(|l| l.name.as_str()).collect();
                let remedy = format!("use conv, all, or names among {}", known.join(", "));
                return Err(Error::usage(
                    "layers",
                    format!("`{name}` is not a layer of this network with rows and columns"),
                    with_nearest(&remedy, name, &known),
                ));
            }
        }
        let wanted = |l: &LayerInfo| match self {
            Taps::Convolutions => l.kind == Kind::Conv2d,
            Taps::All => l.kind != Kind::Composition,
            Taps::Named(names) => names.contains(&l.name),
        };
        Ok(layers.into_iter().filter(wanted).collect())
    }
}

/// The most images of one measurement, beyond which a count is taken for a typing error.
const MOST_IMAGES: usize = 10_000_000;

/// How a measurement is made.
#[derive(Clone, Debug)]
pub struct MeasureOptions {
    /// Images, at least twice the number of blocks of the intervals.
    pub images: usize,
    /// Images per pass; it changes the memory that is used, and no result.
    pub batch: usize,
    /// The layers that are measured.
    pub taps: Taps,
    /// Seed of the draws of random paddings.
    pub seed: Seed,
    /// The halo ends where √(mean D²) stays below this share of the content's standard deviation.
    pub tau: f64,
    /// Frames of the mean of D as it converges to the pattern.
    pub convergence: Option<Convergence>,
    /// A signal added to one layer of the padded run alone: a pattern that is known.
    pub planted: Option<Planted<f32>>,
    /// Where B takes its borders from: the true surroundings, or as much as there is of them.
    pub surroundings: Surroundings,
    /// The most features of a layer whose sums are kept; of a layer with more, evenly spread channels stand for all.
    pub most_features: Option<usize>,
    /// The layers among the taps whose predictions are compared position by position.
    pub predicting: Vec<Predicting>,
}

impl Default for MeasureOptions {
    /// 500 images in batches of 50, every convolution, τ = 0.1, seed 0.
    fn default() -> MeasureOptions {
        MeasureOptions {
            images: 500,
            batch: 50,
            taps: Taps::Convolutions,
            seed: Seed(0),
            tau: 0.1,
            convergence: None,
            planted: None,
            surroundings: Surroundings::True,
            most_features: None,
            predicting: Vec::new(),
        }
    }
}

impl MeasureOptions {
    /// The default on this many images.
    pub fn images(images: usize) -> MeasureOptions {
        MeasureOptions {
            images,
            ..MeasureOptions::default()
        }
    }
}

/// What was measured on one network.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Images that were measured.
    pub images: usize,
    /// In the order in which the layers run.
    pub layers: Vec<LayerMeasurement>,
    /// What padding does to the logits.
    pub impact: Metrics,
    /// Those that were asked for, by ascending number of images.
    pub frames: Vec<Frame>,
    /// How often predictions change, at the layers that were asked for.
    pub changed: Vec<Changed>,
}

impl Measurement {
    /// The layers that show a pattern at all: those whose `pattern_p` is at most 0.05 after Holm's correction for
    /// their number.
    pub fn layers_with_pattern(&self) -> Vec<&LayerMeasurement> {
        const SIGNIFICANCE: f64 = 0.05;
        let p: Vec<f64> = self.layers.iter().map(|layer| layer.power.p).collect();
        let layers = self.layers.iter().zip(holm(&p));
        let claimed = layers.filter(|(_, p)| *p <= SIGNIFICANCE);
        claimed.map(|(layer, _)| layer).collect()
    }
}

/// Measures PPP on wide images, those of a data set or others; `progress` is called with the number of
/// images that are done.
///
/// The network sees the images as they come. One that was trained on standardised images must be measured on images
/// standardised in the same way: [`Dataset::with_wide`](crate::data::Dataset::with_wide) gives a data set wide images that
/// go through its own mean and deviation.
///
/// # Errors
/// As [`measure_images`], and where there are not as many images with the margin that the network needs.
pub fn measure(
    model: &Model<f32>,
    data: &dyn WideImages,
    options: &MeasureOptions,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Measurement> {
    check_images(options.images, data)?;
    let margin = model.needed_margin()?;
    let wide = |range: Range<usize>| Ok(data.wide(range, margin)?.images);
    measure_images(model, wide, margin, options, progress)
}

/// Measures PPP on images [N, C, H + 2·`margin`, W + 2·`margin`] that `wide` gives for a range of numbers.
///
/// # Errors
/// Where the images are too few for intervals, the margin is too small for the network, or `wide` fails or
/// gives other images than those asked for.
pub fn measure_images<T: Scalar>(
    model: &Model<T>,
    mut wide: impl FnMut(Range<usize>) -> Result<Tensor<T>> + Send,
    margin: usize,
    options: &MeasureOptions,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Measurement> {
    check(model, margin, options)?;
    let [_, height, width] = model.input();
    let size = [height, width];
    let layers = options.taps.select(model)?;
    let most = options.most_features.unwrap_or(usize::MAX);
    let sums_of = |l: &LayerInfo| Accumulator::at_most(most, l.shape, options.images);
    let mut sums: BTreeMap<&str, Accumulator> = layers
        .iter()
        .map(|l| (l.name.as_str(), sums_of(l)))
        .collect();
    let mut impact = Impact::default();
    let mut changes: Vec<Changes> = options.predicting.iter().map(Changes::new).collect();
    changes.retain(|changes| sums.contains_key(changes.layer()));
    let planted = options.planted.as_ref().map(Planted::cast::<T>);
    let mut frames = Frames::default();
    let kept = match options.surroundings {
        Surroundings::Available => Sides::uniform(margin),
        _ => model.needed_sides()?,
    };
    let prepare = |range: Range<usize>| {
        let images = wide(range.clone())?;
        check_batch(&images, &range, model.input(), margin)?;
        let images = Feature::wide(Var::constant(images), margin);
        Ok((range, images.cropped(kept).value.into_value()))
    };
    let setting = |first| Setting {
        first,
        seed: options.seed,
        planted: planted.as_ref(),
        surroundings: options.surroundings,
    };
    let on_batch = |prepared: Result<(Range<usize>, Tensor<T>)>| {
        let (range, images) = prepared?;
        let images = Feature {
            value: Var::constant(images),
            margin: kept,
            size,
        };
        let (a, b) = both_passes(model, images, setting(range.start), &|name| {
            sums.contains_key(name)
        })?;
        for (name, sums) in &mut sums {
            sums.add(&a.features[*name], &b.features[*name]);
        }
        for changes in &mut changes {
            changes.add(&a.features[changes.layer()], &b.features[changes.layer()]);
        }
        impact.add(&a.logits, &b.logits);
        if let Some(convergence) = &options.convergence
            && convergence.counts.contains(&range.end)
            && let Some(sums) = sums.get(convergence.layer.as_str())
        {
            frames.keep(range.end, sums);
        }
        progress(range.end);
        Ok(())
    };
    prefetch(batches(options).into_iter(), prepare, on_batch)?;
    let mut measured = Vec::new();
    for layer in &layers {
        let Some(sums) = sums.remove(layer.name.as_str()) else {
            continue;
        };
        measured.push(evaluate(layer, sums, options.tau));
    }
    Ok(Measurement {
        images: options.images,
        layers: measured,
        impact: impact.metrics(),
        frames: (options.convergence.as_ref())
            .map_or_else(Vec::new, |convergence| frames.strongest(&convergence.layer)),
        changed: changes.into_iter().map(Changes::changed).collect(),
    })
}

/// Whether the images are as many and as large as was asked.
fn check_batch<T: Scalar>(
    images: &Tensor<T>,
    range: &Range<usize>,
    [channels, height, width]: [usize; 3],
    margin: usize,
) -> Result<()> {
    let wanted = [
        range.len(),
        channels,
        height + 2 * margin,
        width + 2 * margin,
    ];
    if images.shape() == wanted {
        return Ok(());
    }
    let (what, found) = (format!("wide images {range:?}"), images.shape());
    let problem = format!("a tensor of shape {found:?} where the network takes {wanted:?}");
    let remedy = "give [N, C, H + 2·margin, W + 2·margin] with one image for each index";
    Err(Error::invalid(what, problem, remedy))
}

/// The images of every pass; no frame falls inside one.
fn batches(options: &MeasureOptions) -> Vec<Range<usize>> {
    let next = |start: usize| {
        let end = (start + options.batch.max(1)).min(options.images);
        let convergence = options.convergence.as_ref();
        start..convergence.map_or(end, |convergence| convergence.end_of_batch(start, end))
    };
    std::iter::successors(Some(next(0)), |last| Some(next(last.end)))
        .take_while(|batch| !batch.is_empty())
        .collect()
}

/// Whether `images` are enough for intervals and not more than the data set can show wide.
///
/// # Errors
/// A usage error that says how many are possible.
pub fn check_images(images: usize, data: &dyn WideImages) -> Result<()> {
    enough_images(images)?;
    match data.count() {
        Some(most) if most < images => Err(Error::usage(
            "images",
            format!("{images} are asked for, and {} holds {most}", data.name()),
            format!("ask for at most {most}"),
        )),
        _ => Ok(()),
    }
}

/// Whether `images` are enough for intervals over their blocks.
///
/// # Errors
/// A usage error that says how many are.
pub fn enough_images(images: usize) -> Result<()> {
    if images > MOST_IMAGES {
        return Err(Error::usage(
            "images",
            format!("{images} are more than can be measured"),
            format!("use at most {MOST_IMAGES}"),
        ));
    }
    if images >= 2 * BLOCKS {
        return Ok(());
    }
    Err(Error::usage(
        "images",
        format!("{images} are too few for intervals over {BLOCKS} blocks"),
        format!("use at least {}", 2 * BLOCKS),
    ))
}

pub(super) fn check<T: Scalar>(
    model: &Model<T>,
    margin: usize,
    options: &MeasureOptions,
) -> Result<()> {
    enough_images(options.images)?;
    let needed = model.needed_margin()?;
    if margin < needed && options.surroundings != Surroundings::Available {
        let first = model.first_layer_beyond(margin)?;
        return Err(Error::usage(
            "margin",
            format!("{margin} pixels around the image do not reach layer {first}"),
            format!("this network needs a margin of {needed}"),
        ));
    }
    Ok(())
}

/// What one pass over a batch has given.
pub(super) struct Pass<T: Scalar> {
    /// Of the wanted layers, on the network's own grid.
    pub features: BTreeMap<String, Tensor<T>>,
    /// [N, K], or maps on the network's own grid.
    pub logits: Tensor<T>,
}

/// How a batch is run.
pub(super) struct Setting<'p, T: Scalar> {
    /// The number of its first image.
    pub first: usize,
    /// Where random paddings draw from.
    pub seed: Seed,
    /// A signal that is added under the network's padding alone.
    pub planted: Option<&'p Planted<T>>,
    /// Where the second pass takes its borders from.
    pub surroundings: Surroundings,
}

/// A batch of wide images under the network's padding and under its true surroundings.
pub(super) fn both_passes<T: Scalar>(
    model: &Model<T>,
    wide: Feature<T>,
    setting: Setting<'_, T>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<(Pass<T>, Pass<T>)> {
    let pass = |images: Feature<T>, surroundings: Surroundings| {
        let mut features = BTreeMap::new();
        let mut tap = |name: &str, feature: &Feature<T>| {
            features.insert(name.to_string(), feature.on_grid().into_value());
        };
        // The tap must not outlive the features it fills, so the context lives inside this block.
        let logits = {
            let cx = Context::new(&model.state, Mode::Eval).tap(&mut tap);
            let cx = cx.only(&wanted).seed(setting.seed);
            let cx = cx.first_sample(setting.first);
            let mut cx = match (surroundings, setting.planted) {
                (Surroundings::Padded, Some(signal)) => cx.plant(signal),
                _ => cx.borders_from(surroundings),
            };
            // All outputs, as layers that only others of them need may be watched; the first is the prediction.
            let outputs = model.outputs(images, &mut cx)?;
            outputs[0].on_grid().into_value()
        };
        Ok(Pass { features, logits })
    };
    let padded = Feature::images(wide.on_grid());
    let padded = pass(padded, Surroundings::Padded)?;
    Ok((padded, pass(wide, setting.surroundings)?))
}
