//! Entries that are picked of axes: `Slice`, `Gather` and `Split`.

use super::super::builder::{Builder, OnMap};
use super::super::call::Call;
use super::super::generic::picked_from;
use super::super::slot::{Bound, Slot};
use super::binary::{apart, together};
use super::shapes;
use crate::autodiff::Var;
use crate::kernels::Scalar;
use crate::kernels::interpolation::Interpolation;
use crate::nn::Kind;
use crate::nn::layers::{Pixelwise, Resample2d};

/// `Slice`.
pub fn slice<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let cuts = shapes::cuts(call, &x.shape)?;
    Ok(picked(builder, x, cuts).map(|found| vec![Bound::Live(found)]))
}

/// `Split`.
pub fn split<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let (axis, parts) = shapes::parts(call, &x.shape)?;
    let part = |part: std::ops::Range<usize>| {
        picked(builder, x, vec![(axis, part.collect())]).map(Bound::Live)
    };
    Ok(parts.into_iter().map(part).collect())
}

/// `Gather` of some entries, or of one channel whose axis then is no more.
pub fn gather<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let indices = call.needed(1)?;
    let (axis, entries) = shapes::gather(call, indices, &x.shape)?;
    let found = match indices.shape().len() {
        0 => channel(builder, x, axis, entries),
        1 => picked(builder, x, vec![(axis, entries)]),
        _ => None,
    };
    Ok(found.map(|found| vec![Bound::Live(found)]))
}

/// The entries that each cut takes of its axis: of channels any, of rows and columns those at equal steps forwards;
/// `None` for others, which only an operation on the whole tensor takes.
pub fn picked<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    mut cuts: Vec<(usize, Vec<usize>)>,
) -> Option<Slot> {
    cuts.retain(|(axis, entries)| !entries.iter().copied().eq(0..x.shape[*axis]));
    if cuts.is_empty() {
        return Some(x.clone());
    }
    let map = x.map.filter(|_| x.batched)?;
    if cuts.iter().any(|(axis, _)| *axis == 0) {
        return None;
    }
    let mut pixels = map.map(|axis| Interpolation::strided(0, 1, x.shape[axis]));
    for (axis, entries) in &cuts {
        if let Some(side) = map.iter().position(|a| a == axis) {
            pixels[side] = strided(entries)?;
        }
    }
    let mut found = x.clone();
    for (axis, entries) in cuts {
        if !map.contains(&axis) {
            found = channels_picked(builder, &found, axis, entries);
        }
    }
    if pixels.map(|cut| cut.outputs) != x.size() {
        found.value = builder.add(Resample2d { axes: pixels }, &[found.value]);
        map.iter()
            .zip(pixels)
            .for_each(|(&axis, cut)| found.shape[axis] = cut.outputs);
    }
    Some(found)
}

/// Entries at equal steps forwards.
fn strided(picked: &[usize]) -> Option<Interpolation> {
    let start = *picked.first()?;
    let step = match picked {
        [a, b, ..] => b.checked_sub(*a)?,
        _ => 1,
    };
    let equal = picked.windows(2).all(|pair| pair[0] + step == pair[1]);
    (equal && step > 0).then(|| Interpolation::strided(start, step, picked.len()))
}

/// Entries of an axis that is neither rows, columns nor images'.
fn channels_picked<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    axis: usize,
    picked: Vec<usize>,
) -> Slot {
    let others = x.others();
    let sizes: Vec<usize> = others.iter().map(|&axis| x.shape[axis]).collect();
    let at = others.iter().position(|&a| a == axis).unwrap_or(0);
    let mut shape = x.shape.clone();
    shape[axis] = picked.len();
    let count = sizes.len();
    let channels = x.channels() / sizes[at].max(1) * picked.len();
    let layer = Pixelwise::new(Kind::Other, channels, move |x: &[Var<T>]| {
        together(picked_from(&apart(&x[0], &sizes), at + 1, &picked), count)
    });
    let value = builder.add(layer, &[x.value]);
    Slot {
        value,
        shape,
        ..x.clone()
    }
}

/// One entry of an axis that is neither rows, columns nor images', without the axis.
fn channel<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    axis: usize,
    entry: Vec<usize>,
) -> Option<Slot> {
    let map = x.map.filter(|_| x.batched && x.others().contains(&axis))?;
    let mut found = channels_picked(builder, x, axis, entry);
    found.shape.remove(axis);
    found.map = Some(map.map(|side| side - usize::from(axis < side)));
    Some(found)
}
