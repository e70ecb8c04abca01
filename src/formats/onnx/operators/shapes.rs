//! What the operators on shapes ask for, read from their attributes and constants.

use std::ops::Range;

use super::super::call::Call;
use super::super::constant::{Constant, count};
use super::super::generic::axes_of;
use super::super::node::from_end;
use super::super::slot::Bound;
use crate::tensor::Tensor;
use crate::tensor::shape::{numel, strides};

/// A constant as sizes.
///
/// # Errors
/// Where one is negative.
pub fn sizes(constant: &Constant) -> Result<Vec<usize>, String> {
    let ints = constant.to_ints();
    let size = |&v: &i64| usize::try_from(v).map_err(|_| format!("the shape {ints:?}"));
    ints.iter().map(size).collect()
}

/// The most elements that a constant may have where its inputs have fewer.
const MOST: usize = 1 << 22;

/// Whether a constant of this shape may be computed: it must not grow without end beyond the call's inputs.
///
/// # Errors
/// Where it may not.
pub fn few(shape: &[usize], call: &Call) -> Result<(), String> {
    let own = call.inputs.iter().map(|input| match input {
        Some(Bound::Constant(constant)) => constant.values.len(),
        _ => 0,
    });
    let most = MOST.max(own.sum());
    match count(shape).is_some_and(|count| count <= most) {
        true => Ok(()),
        false => Err(format!("a constant of the shape {shape:?}")),
    }
}

/// The values of a constant with one entry of each of these axes, where all of their entries are the same.
pub fn same_along(constant: &Constant, axes: &[usize]) -> Option<Tensor<f64>> {
    let mut shape = constant.shape().to_vec();
    axes.iter().for_each(|&axis| shape[axis] = 1);
    let (own, left) = (strides(constant.shape()), strides(&shape));
    let at = |i: usize| -> usize {
        let axes = own
            .iter()
            .zip(constant.shape())
            .zip(left.iter().zip(&shape));
        axes.map(|((own, n), (left, kept))| i / own % n % kept * left)
            .sum()
    };
    let data = constant.values.data();
    let mut found = vec![None; numel(&shape)];
    for (i, &value) in data.iter().enumerate() {
        if *found[at(i)].get_or_insert(value) != value {
            return None;
        }
    }
    let found: Option<Vec<f64>> = found.into_iter().collect();
    Some(Tensor::from_vec(found?, &shape))
}

/// The most entries of an axis that is cut, and the most parts of a split.
const MOST_ENTRIES: usize = 1 << 24;
const MOST_PARTS: usize = 1 << 12;

/// The shape after Reshape, Flatten, Squeeze or Unsqueeze, of as many elements as there were.
///
/// # Errors
/// Where it does not fit.
pub fn reshaped(call: &Call, from: &[usize]) -> Result<Vec<usize>, String> {
    let shape = shape_after(call, from)?;
    match count(from).is_some_and(|before| count(&shape) == Some(before)) {
        true => Ok(shape),
        false => Err(format!("a reshape from {from:?} to {shape:?}")),
    }
}

fn shape_after(call: &Call, from: &[usize]) -> Result<Vec<usize>, String> {
    match call.operator() {
        "Reshape" => reshape(call, from),
        "Flatten" => {
            let axis = call.node.int("axis", 1);
            let axis = match axis == from.len() as i64 {
                true => from.len(),
                false => from_end(axis, from.len())?,
            };
            let parts = [&from[..axis], &from[axis..]].map(count);
            let parts: Option<Vec<usize>> = parts.into_iter().collect();
            parts.ok_or_else(|| format!("{from:?} has too many elements"))
        }
        "Squeeze" => {
            let given = axes_of(call.node, call.constant(1)?, from.len())?;
            let squeezed = |axis: usize| match &given {
                Some(axes) => axes.contains(&axis),
                None => from[axis] == 1,
            };
            if let Some(axis) = (0..from.len()).find(|&a| squeezed(a) && from[a] != 1) {
                return Err(format!("axis {axis} of {from:?} has not one entry"));
            }
            let left = (0..from.len()).filter(|&axis| !squeezed(axis));
            Ok(left.map(|axis| from[axis]).collect())
        }
        _ => {
            let count = call.ints("axes", 1)?.map_or(0, |axes| axes.len());
            let rank = from.len() + count;
            let axes = axes_of(call.node, call.constant(1)?, rank)?.unwrap_or_default();
            let mut rest = from.iter();
            let size = |axis: usize| match axes.contains(&axis) {
                true => Some(1),
                false => rest.next().copied(),
            };
            let shape: Option<Vec<usize>> = (0..rank).map(size).collect();
            shape.ok_or_else(|| format!("new axes {axes:?} in {from:?}"))
        }
    }
}

fn reshape(call: &Call, from: &[usize]) -> Result<Vec<usize>, String> {
    let wanted = call.needed(1)?.to_ints();
    let unfit = || format!("a reshape from {from:?} to {wanted:?}");
    let keeps_zeros = call.node.int("allowzero", 0) != 0;
    let mut shape = Vec::new();
    for (axis, &size) in wanted.iter().enumerate() {
        shape.push(match size {
            0 if !keeps_zeros => *from.get(axis).ok_or_else(unfit)?,
            -1 => 1,
            size => usize::try_from(size).map_err(|_| unfit())?,
        });
    }
    if let Some(free) = wanted.iter().position(|&size| size == -1) {
        let rest = count(&shape).filter(|&rest| rest > 0).ok_or_else(unfit)?;
        shape[free] = count(from).ok_or_else(unfit)? / rest;
    }
    Ok(shape)
}

/// The order of a transposition: reversed where none is given.
///
/// # Errors
/// Where it does not name every axis once.
pub fn order(call: &Call, rank: usize) -> Result<Vec<usize>, String> {
    let Some(order) = call.node.ints("perm") else {
        return Ok((0..rank).rev().collect());
    };
    let found: Vec<usize> = order
        .iter()
        .map(|&axis| from_end(axis, rank))
        .collect::<Result<_, _>>()?;
    let mut sorted = found.clone();
    sorted.sort_unstable();
    match sorted.into_iter().eq(0..rank) {
        true => Ok(found),
        false => Err(format!("the order {order:?} of {rank} axes")),
    }
}

/// The entries that a Slice takes of each axis that it cuts.
///
/// # Errors
/// Where the cuts are not known or do not fit.
pub fn cuts(call: &Call, shape: &[usize]) -> Result<Vec<(usize, Vec<usize>)>, String> {
    let none = || "a slice without starts and ends".to_string();
    let starts = call.ints("starts", 1)?.ok_or_else(none)?;
    let ends = call.ints("ends", 2)?.ok_or_else(none)?;
    let axes = match call.ints("axes", 3)? {
        Some(axes) => axes,
        None => (0..starts.len() as i64).collect(),
    };
    let steps = match call.node.has("starts") {
        true => None,
        false => call.constant(4)?.map(Constant::to_ints),
    };
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err("starts, ends, axes and steps of different lengths".to_string());
    }
    let mut cuts: Vec<(usize, Vec<usize>)> = Vec::new();
    for i in 0..starts.len() {
        let axis = from_end(axes[i], shape.len())?;
        if cuts.iter().any(|(cut, _)| *cut == axis) {
            return Err(format!("axis {axis} is cut twice"));
        }
        cuts.push((axis, cut(shape[axis], starts[i], ends[i], steps[i])?));
    }
    Ok(cuts)
}

/// The entries of an axis of n between two positions, as in NumPy.
fn cut(n: usize, start: i64, end: i64, step: i64) -> Result<Vec<usize>, String> {
    if n > MOST_ENTRIES {
        return Err(format!("a cut of an axis of {n}"));
    }
    let length = n as i64;
    let from_end = |at: i64| {
        if at < 0 {
            at.saturating_add(length)
        } else {
            at
        }
    };
    match step {
        0 => Err("a step of 0".to_string()),
        1.. => {
            let (first, last) = (
                from_end(start).clamp(0, length),
                from_end(end).clamp(0, length),
            );
            let step = usize::try_from(step).unwrap_or(usize::MAX);
            Ok((first..last.max(first))
                .step_by(step)
                .map(|i| i as usize)
                .collect())
        }
        _ => {
            let first = from_end(start).clamp(-1, length - 1);
            let last = from_end(end).clamp(-1, length - 1);
            let step = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
            let back = (last + 1..=first).rev().step_by(step);
            Ok(back.map(|i| i as usize).collect())
        }
    }
}

/// The entries that a Tile takes of each axis that it repeats.
///
/// # Errors
/// Where the repeats are not known or too many.
pub fn tiles(call: &Call, shape: &[usize]) -> Result<Vec<(usize, Vec<usize>)>, String> {
    let repeats = sizes(call.needed(1)?)?;
    if repeats.len() != shape.len() {
        return Err(format!("{} repeats for {shape:?}", repeats.len()));
    }
    let mut cuts = Vec::new();
    for (axis, (&n, &repeat)) in shape.iter().zip(&repeats).enumerate() {
        let total = n.checked_mul(repeat).filter(|&total| total <= MOST);
        let total = total.ok_or_else(|| format!("{repeat} repeats of {n} entries"))?;
        if repeat != 1 {
            cuts.push((axis, (0..total).map(|i| i % n).collect()));
        }
    }
    Ok(cuts)
}

/// The axis and the entries that a Gather picks.
///
/// # Errors
/// Where one does not exist.
pub fn gather(
    call: &Call,
    indices: &Constant,
    shape: &[usize],
) -> Result<(usize, Vec<usize>), String> {
    let axis = from_end(call.node.int("axis", 0), shape.len())?;
    let picked = indices.to_ints();
    let picked = picked.iter().map(|&i| from_end(i, shape[axis]));
    Ok((axis, picked.collect::<Result<_, _>>()?))
}

/// The axis and the parts of a Split.
///
/// # Errors
/// Where they do not fit.
pub fn parts(call: &Call, shape: &[usize]) -> Result<(usize, Vec<Range<usize>>), String> {
    let axis = from_end(call.node.int("axis", 0), shape.len())?;
    let (n, outputs) = (shape[axis], call.node.outputs.len());
    if outputs > MOST_PARTS {
        return Err(format!("{outputs} parts"));
    }
    let sizes = match call.ints("split", 1)? {
        Some(sizes) => sizes
            .iter()
            .map(|&s| usize::try_from(s).map_err(|_| format!("a part of {s}")))
            .collect::<Result<Vec<usize>, _>>()?,
        None => {
            let each = n.div_ceil(outputs.max(1));
            (0..outputs)
                .map(|i| each.min(n.saturating_sub(i * each)))
                .collect()
        }
    };
    let total = sizes
        .iter()
        .try_fold(0usize, |sum, &size| sum.checked_add(size));
    if total != Some(n) || sizes.len() != outputs {
        return Err(format!("parts of {sizes:?} of an axis of {n}"));
    }
    let mut start = 0;
    let part = |&size: &usize| {
        start += size;
        start - size..start
    };
    Ok((axis, sizes.iter().map(part).collect()))
}
