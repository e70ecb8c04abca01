//! The two passes over every image, and what is taken from them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::gathered::{Gathered, Measurement};
use super::options::MeasureOptions;
use super::passes::{Setting, pass};
use crate::autodiff::Var;
use crate::data::{WideImages, prefetch};
use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::nn::{Feature, LayerInfo, Model, Planted, Surroundings};
use crate::padding::Sides;
use crate::statistics::BLOCKS;
use crate::tensor::Tensor;

/// The most memory for the sums of networks that are measured together; of more networks than have room in it the
/// others follow.
const MOST_BYTES: usize = 2 << 30;

/// The most images of one measurement, beyond which a count is taken for a typing error.
const MOST_IMAGES: usize = 10_000_000;

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

/// The same of several networks on the same images; those that differ in their padding alone run under true surroundings
/// once, as in [`measure_together`].
///
/// # Errors
/// As [`measure`].
pub fn measure_all(
    models: &[&Model<f32>],
    data: &dyn WideImages,
    options: &MeasureOptions,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Vec<Measurement>> {
    check_images(options.images, data)?;
    // Where a data set cuts its windows may depend on their margin.
    let mut by_margin: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, model) in models.iter().enumerate() {
        by_margin.entry(model.needed_margin()?).or_default().push(i);
    }
    let mut found: Vec<(usize, Measurement)> = Vec::new();
    for (margin, members) in by_margin {
        let wide = |range: Range<usize>| Ok(data.wide(range, margin)?.images);
        let of_members: Vec<&Model<f32>> = members.iter().map(|i| models[*i]).collect();
        let before = found.len() * options.images;
        let mut at = |done| progress((before + done * members.len()) / models.len());
        let measured = measure_together(&of_members, wide, margin, options, &mut at)?;
        found.extend(members.into_iter().zip(measured));
    }
    found.sort_by_key(|(i, _)| *i);
    Ok(found.into_iter().map(|(_, measured)| measured).collect())
}

/// Measures PPP on images [N, C, H + 2·`margin`, W + 2·`margin`] that `wide` gives for a range of numbers.
///
/// # Errors
/// Where the images are too few for intervals, the margin is too small for the network, or `wide` fails or
/// gives other images than those asked for.
pub fn measure_images<T: Scalar>(
    model: &Model<T>,
    wide: impl FnMut(Range<usize>) -> Result<Tensor<T>> + Send,
    margin: usize,
    options: &MeasureOptions,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Measurement> {
    let mut found = measure_together(&[model], wide, margin, options, progress)?;
    Ok(found.swap_remove(0))
}

/// The same of several networks on the same images, each measured as [`measure_images`] does, bit for bit.
///
/// Networks that differ in their padding alone are the same network under true surroundings, which takes most of
/// the time: those run under these once.
///
/// # Errors
/// As [`measure_images`].
pub fn measure_together<T: Scalar>(
    models: &[&Model<T>],
    mut wide: impl FnMut(Range<usize>) -> Result<Tensor<T>> + Send,
    margin: usize,
    options: &MeasureOptions,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Vec<Measurement>> {
    let alike = alike(models, options.surroundings)?;
    let mut found: Vec<Option<Measurement>> = models.iter().map(|_| None).collect();
    let mut before = 0;
    for members in &alike {
        let model = models[members[0]];
        check(model, margin, options)?;
        let layers = options.taps.select(model)?;
        let at_once = (MOST_BYTES / Gathered::bytes(&layers, options).max(1)).max(1);
        for members in members.chunks(at_once) {
            let mut at = |done: usize| {
                progress((before * options.images + done * members.len()) / models.len());
            };
            let of_members: Vec<&Model<T>> = members.iter().map(|i| models[*i]).collect();
            let measured =
                measure_alike(&of_members, &mut wide, (margin, &layers), options, &mut at)?;
            for (i, measured) in members.iter().zip(measured) {
                found[*i] = Some(measured);
            }
            before += members.len();
        }
    }
    Ok(found.into_iter().flatten().collect())
}

/// The indices of models that are the same under such surroundings, together.
fn alike<T: Scalar>(models: &[&Model<T>], surroundings: Surroundings) -> Result<Vec<Vec<usize>>> {
    let mut sets: Vec<Vec<usize>> = Vec::new();
    'models: for (i, model) in models.iter().enumerate() {
        for members in &mut sets {
            // Where surroundings end, padding takes their place.
            if surroundings == Surroundings::True && differ_in_padding(models[members[0]], model)? {
                members.push(i);
                continue 'models;
            }
        }
        sets.push(vec![i]);
    }
    Ok(sets)
}

/// Whether two models differ in their padding at most, which true surroundings make the same.
fn differ_in_padding<T: Scalar>(a: &Model<T>, b: &Model<T>) -> Result<bool> {
    Ok(a.input() == b.input()
        && a.layers()? == b.layers()?
        && a.needed_sides()? == b.needed_sides()?
        && a.state == b.state)
}

/// Measures networks that are the same under true surroundings.
fn measure_alike<T: Scalar>(
    models: &[&Model<T>],
    wide: &mut (dyn FnMut(Range<usize>) -> Result<Tensor<T>> + Send),
    (margin, layers): (usize, &[LayerInfo]),
    options: &MeasureOptions,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Vec<Measurement>> {
    let model = models[0];
    let [_, height, width] = model.input();
    let planted = options.planted.as_ref().map(Planted::cast::<T>);
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
    let wanted = |name: &str| layers.iter().any(|layer| layer.name == name);
    let mut gathered: Vec<Gathered> = models
        .iter()
        .map(|_| Gathered::new(layers, options))
        .collect();
    let on_batch = |prepared: Result<(Range<usize>, Tensor<T>)>| {
        let (range, images) = prepared?;
        let images = Feature {
            value: Var::constant(images),
            margin: kept,
            size: [height, width],
        };
        let setting = Setting {
            first: range.start,
            seed: options.seed,
            planted: planted.as_ref(),
        };
        let inside = Feature::images(images.on_grid());
        let truth = pass(model, images, options.surroundings, setting, &wanted)?;
        for (model, gathered) in models.iter().zip(&mut gathered) {
            let padded = pass(
                model,
                inside.clone(),
                Surroundings::Padded,
                setting,
                &wanted,
            )?;
            gathered.add(&padded, &truth, range.end);
        }
        progress(range.end);
        Ok(())
    };
    prefetch(batches(options).into_iter(), prepare, on_batch)?;
    Ok(gathered.into_iter().map(Gathered::measurement).collect())
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
