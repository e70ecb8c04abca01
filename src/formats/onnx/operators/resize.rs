//! Changes of size: `Resize`, `Upsample`, and `Pad`.

use super::super::builder::{Builder, Lowered};
use super::super::call::Call;
use super::super::node::from_end;
use super::super::slot::{Bound, Slot};
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::kernels::interpolation::{Filter, Interpolation, Rounding};
use crate::nn::Kind;
use crate::nn::layers::{Pad2d, Pixelwise, Resample2d, WholeImage};
use crate::padding::{Padding, Sides};
use crate::tensor::Tensor;

/// The most pixels along an axis.
const MOST: f64 = 1e6;

/// The most pixels of a region that reaches beyond the image.
const MOST_COVERED: usize = 1 << 24;

/// How one axis changes: outputs, and by which factor.
#[derive(Clone, Copy)]
struct Change {
    outputs: usize,
    scale: f64,
}

/// `Resize` and `Upsample`.
pub fn resize<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let given = call.live(0)?;
    let changes = changes(call, given)?;
    let x = match given.map {
        Some(_) => given.clone(),
        None => builder.images(given)?,
    };
    let map = x.map.unwrap_or([2, 3]);
    let still = |axis: usize| changes[axis].outputs == x.shape[axis];
    if let Some(axis) = (0..x.shape.len()).find(|axis| !map.contains(axis) && !still(*axis)) {
        return Err(format!(
            "axis {axis} of {:?}, which is neither rows nor columns, is resized",
            x.shape
        ));
    }
    let mut outside = [None, None];
    let mut axes = [Interpolation::strided(0, 1, 1); 2];
    for side in [0, 1] {
        let axis = map[side];
        axes[side] = interpolation(call, axis, x.shape.len(), x.shape[axis], changes[axis])?;
        outside[side] = beyond(call, &axes[side], x.shape[axis]);
    }
    let mut shape = x.shape.clone();
    map.iter()
        .for_each(|&axis| shape[axis] = changes[axis].outputs);
    let value = builder.add(Resample2d { axes }, &[x.value]);
    let resized = Slot {
        value,
        shape,
        ..x.clone()
    };
    if outside.iter().all(Option::is_none) {
        builder.repeats(value, &x);
        return Ok(vec![Bound::Live(resized)]);
    }
    let [h, w] = resized.size();
    if h * w > MOST_COVERED {
        return Err(format!("a region of {h}×{w} pixels"));
    }
    let constant = T::from_f64(call.node.float("extrapolation_value", 0.0));
    Ok(vec![Bound::Live(covered(
        builder, resized, outside, constant,
    ))])
}

/// A map with a constant wherever a row or a column is marked.
fn covered<T: Scalar>(
    builder: &mut Builder<T>,
    x: Slot,
    outside: [Option<Vec<bool>>; 2],
    constant: T,
) -> Slot {
    let [h, w] = x.size();
    let marked = |side: usize, i: usize| outside[side].as_ref().is_some_and(|o| o[i]);
    let kept = (0..h * w).map(|i| !marked(0, i / w) && !marked(1, i % w));
    let inside = kept.map(|kept| if kept { T::one() } else { T::zero() });
    let inside = Tensor::from_vec(inside.collect(), &[h, w]);
    let added = inside.map(|m: T| (T::one() - m) * constant);
    let layer = WholeImage::new(Kind::Pool, [x.channels(), h, w], move |x: &[Var<T>]| {
        let kept = ops::mul(&x[0], &Var::constant(inside.clone()));
        ops::add(&kept, &Var::constant(added.clone()))
    });
    let value = builder.add(layer, &[x.value]);
    Slot { value, ..x }
}

/// What becomes of every axis.
fn changes(call: &Call, x: &Slot) -> Result<Vec<Change>, String> {
    let node = call.node;
    let upsample = call.operator() == "Upsample";
    let scales = match (node.floats("scales"), upsample || node.opset < 11) {
        (Some(scales), _) => Some(scales),
        (None, true) => call.constant(1)?.map(|c| c.values.data().to_vec()),
        (None, false) => call.constant(2)?.map(|c| c.values.data().to_vec()),
    };
    let scales = scales.filter(|scales| !scales.is_empty());
    let sizes = match upsample || node.opset < 11 {
        true => None,
        false => call.constant(3)?.map(|c| c.to_ints()),
    };
    let sizes = sizes.filter(|sizes| !sizes.is_empty());
    let rank = x.shape.len();
    let axes: Vec<usize> = match node.ints("axes") {
        Some(axes) => axes
            .iter()
            .map(|&a| from_end(a, rank))
            .collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    let mut changes: Vec<Change> = (x.shape.iter())
        .map(|&outputs| Change {
            outputs,
            scale: 1.0,
        })
        .collect();
    let wrong = || "scales or sizes that do not fit the axes".to_string();
    match (scales, sizes) {
        (Some(scales), _) if scales.len() == axes.len() => {
            for (&axis, &scale) in axes.iter().zip(&scales) {
                let outputs = (x.shape[axis] as f64 * scale).floor();
                if !(scale > 0.0 && (1.0..MOST).contains(&outputs)) {
                    return Err(format!("a scale of {scale} of {} pixels", x.shape[axis]));
                }
                changes[axis] = Change {
                    outputs: outputs as usize,
                    scale,
                };
            }
        }
        (None, Some(sizes)) if sizes.len() == axes.len() => {
            let to = |&size: &i64| {
                usize::try_from(size)
                    .ok()
                    .filter(|&n| n > 0 && n < MOST as usize)
            };
            let sizes: Option<Vec<usize>> = sizes.iter().map(to).collect();
            let sizes = sizes.ok_or_else(wrong)?;
            let ratio = |(&axis, &size): (&usize, &usize)| size as f64 / x.shape[axis] as f64;
            let ratios = axes.iter().zip(&sizes).map(ratio);
            let kept = match node.text("keep_aspect_ratio_policy", "stretch").as_str() {
                "not_larger" => Some(ratios.fold(f64::INFINITY, f64::min)),
                "not_smaller" => Some(ratios.fold(0.0, f64::max)),
                _ => None,
            };
            for (&axis, &size) in axes.iter().zip(&sizes) {
                let n = x.shape[axis] as f64;
                changes[axis] = match kept {
                    None => Change {
                        outputs: size,
                        scale: size as f64 / n,
                    },
                    Some(scale) => Change {
                        outputs: (n * scale).round() as usize,
                        scale,
                    },
                };
            }
        }
        _ => return Err(wrong()),
    }
    Ok(changes)
}

/// How an axis of n pixels is read.
fn interpolation(
    call: &Call,
    axis: usize,
    rank: usize,
    n: usize,
    change: Change,
) -> Result<Interpolation, String> {
    let node = call.node;
    let Change { outputs, scale } = change;
    // Before opset 11 there was one way to count: i/scale, and the pixel before it.
    let old = call.operator() == "Upsample" || node.opset < 11;
    let otherwise = if old { "asymmetric" } else { "half_pixel" };
    let mode = node.text("coordinate_transformation_mode", otherwise);
    let nearest = node.text(
        "nearest_mode",
        if old { "floor" } else { "round_prefer_floor" },
    );
    let rounding = match nearest.as_str() {
        "round_prefer_floor" => Rounding::HalfDown,
        "round_prefer_ceil" => Rounding::HalfUp,
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceil,
        other => return Err(format!("nearest_mode {other}")),
    };
    let filter = match node.text("mode", "nearest").as_str() {
        "nearest" => Filter::Nearest(rounding),
        "linear" | "bilinear" => Filter::Linear,
        "cubic" => Filter::Cubic(node.float("cubic_coeff_a", -0.75)),
        other => return Err(format!("mode {other}")),
    };
    let exact = scale * n as f64 == outputs as f64 || outputs as f64 / n as f64 == scale;
    let step = if exact {
        [n as f64, outputs as f64]
    } else {
        [1.0, scale]
    };
    let half = |origin: f64| (0.5, step, origin);
    let (shift, step, origin) = match mode.as_str() {
        "half_pixel" => half(-0.5),
        "half_pixel_symmetric" => {
            let adjusted = outputs as f64 / (scale * n as f64);
            half(0.5 * n as f64 * (1.0 - adjusted) - 0.5)
        }
        "pytorch_half_pixel" if outputs > 1 => half(-0.5),
        "pytorch_half_pixel" => (0.0, [1.0, 1.0], 0.0),
        "tf_half_pixel_for_nn" => half(0.0),
        "asymmetric" => (0.0, step, 0.0),
        "align_corners" if outputs == 1 => (0.0, [1.0, 1.0], 0.0),
        // The last of scale·n outputs, which need not be a whole number, falls on the last pixel.
        "align_corners" => (0.0, [n as f64 - 1.0, scale * n as f64 - 1.0], 0.0),
        "tf_crop_and_resize" => {
            let roi = call.needed(1)?.values.data().to_vec();
            let (Some(&start), Some(&end)) = (roi.get(axis), roi.get(rank + axis)) else {
                return Err("a region that does not fit the axes".to_string());
            };
            let last = n as f64 - 1.0;
            match outputs {
                1 => (0.0, [1.0, 1.0], 0.5 * (start + end) * last),
                _ => (
                    0.0,
                    [(end - start) * last, outputs as f64 - 1.0],
                    start * last,
                ),
            }
        }
        other => return Err(format!("coordinate_transformation_mode {other}")),
    };
    Ok(Interpolation {
        outputs,
        shift,
        step,
        origin,
        filter,
        antialias: node.int("antialias", 0) != 0,
        exclude_outside: node.int("exclude_outside", 0) != 0,
    })
}

/// Which outputs lie beyond the image, where those are to have a value of their own.
fn beyond(call: &Call, axis: &Interpolation, n: usize) -> Option<Vec<bool>> {
    let mode = call.node.text("coordinate_transformation_mode", "");
    if mode != "tf_crop_and_resize" {
        return None;
    }
    let last = n as f64 - 1.0;
    let is_beyond = |o: usize| !(0.0..=last).contains(&axis.position(o as isize));
    let all: Vec<bool> = (0..axis.outputs).map(is_beyond).collect();
    all.contains(&true).then_some(all)
}

/// `Pad` on maps.
pub fn pad<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let given = call.live(0)?;
    let rank = given.shape.len();
    let (around, value) = around(call, rank)?;
    if around.as_flattened().iter().all(|&p| p == 0) {
        return Ok(vec![Bound::Live(given.clone())]);
    }
    let x = match given.map {
        Some(_) => given.clone(),
        None => builder.images(given)?,
    };
    let mode = call.node.text("mode", "constant");
    let mut found = x.clone();
    let map = x.map.unwrap_or([2, 3]);
    for axis in (0..rank).filter(|axis| !map.contains(axis) && around[*axis] != [0, 0]) {
        if axis == 0 || mode != "constant" {
            return Err(format!("pads of axis {axis} of {:?}", x.shape));
        }
        found = channels_padded(builder, &found, axis, around[axis], value)?;
    }
    let [rows, columns] = map.map(|axis| around[axis]);
    if [rows, columns].as_flattened().iter().any(|&p| p < 0) {
        found = cropped(builder, found, map, [rows, columns])?;
    }
    let most = |p: i64| usize::try_from(p.clamp(0, MOST as i64)).unwrap_or(0);
    let sides = Sides {
        top: most(rows[0]),
        left: most(columns[0]),
        bottom: most(rows[1]),
        right: most(columns[1]),
    };
    if sides.is_none() {
        return Ok(vec![Bound::Live(found)]);
    }
    let padding = match mode.as_str() {
        "constant" if value == 0.0 => Padding::zeros(sides),
        "constant" => Padding::constant(value, sides),
        "reflect" => Padding::reflect(sides),
        "edge" => Padding::replicate(sides),
        "wrap" => Padding::circular(sides),
        other => return Err(format!("mode {other}")),
    };
    let size = sides.padded(found.size());
    map.iter()
        .zip(size)
        .for_each(|(&axis, n)| found.shape[axis] = n);
    found.value = builder.add(Pad2d { padding }, &[found.value]);
    Ok(vec![Bound::Live(found)])
}

/// The pads before and behind every axis, and the constant.
fn around(call: &Call, rank: usize) -> Result<(Vec<[i64; 2]>, f64), String> {
    let pads = call.ints("pads", 1)?.ok_or("a pad without pads")?;
    let axes: Vec<usize> = match call.constant(3)? {
        Some(axes) => (axes.to_ints().iter())
            .map(|&a| from_end(a, rank))
            .collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(format!("{} pads for {} axes", pads.len(), axes.len()));
    }
    let mut around = vec![[0; 2]; rank];
    for (i, &axis) in axes.iter().enumerate() {
        around[axis] = [pads[i], pads[axes.len() + i]];
    }
    let value = match call.constant(2)? {
        Some(value) => value.values.data().first().copied().unwrap_or(0.0),
        None => call.node.float("value", 0.0),
    };
    Ok((around, value))
}

/// What negative pads leave of a map.
fn cropped<T: Scalar>(
    builder: &mut Builder<T>,
    x: Slot,
    map: [usize; 2],
    around: [[i64; 2]; 2],
) -> Result<Slot, String> {
    let size = x.size();
    let mut found = x;
    let mut axes = [Interpolation::strided(0, 1, 1); 2];
    for side in [0, 1] {
        let [first, last] = around[side].map(|p| p.min(0).unsigned_abs() as usize);
        let left = size[side]
            .checked_sub(first.saturating_add(last))
            .filter(|&n| n > 0);
        let left =
            left.ok_or_else(|| format!("pads {:?} of {} pixels", around[side], size[side]))?;
        axes[side] = Interpolation::strided(first, 1, left);
        found.shape[map[side]] = left;
    }
    found.value = builder.add(Resample2d { axes }, &[found.value]);
    Ok(found)
}

/// Constant channels before and behind the others.
fn channels_padded<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    axis: usize,
    [before, behind]: [i64; 2],
    value: f64,
) -> Result<Slot, String> {
    const CHANNELS: i64 = 1 << 16;
    if !(0..CHANNELS).contains(&before) || !(0..CHANNELS).contains(&behind) || x.others() != [axis]
    {
        return Err(format!("pads {before} and {behind} of axis {axis}"));
    }
    let (before, behind) = (before as usize, behind as usize);
    let mut shape = x.shape.clone();
    shape[axis] += before + behind;
    let layer = Pixelwise::new(
        Kind::Other,
        x.channels() + before + behind,
        move |x: &[Var<T>]| {
            let around = |count: usize| {
                let mut shape = x[0].shape().to_vec();
                shape[1] = count;
                Var::constant(Tensor::full(&shape, T::from_f64(value)))
            };
            ops::concat(&[&around(before), &x[0], &around(behind)], 1)
        },
    );
    let value = builder.add(layer, &[x.value]);
    Ok(Slot {
        value,
        shape,
        ..x.clone()
    })
}
