//! Operators on the axes of maps, which move nothing or only channels.

use super::super::builder::Builder;
use super::super::call::Call;
use super::super::generic::picked_from;
use super::super::slot::{Bound, Slot};
use super::binary::{apart, together};
use super::shapes;
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::kernels::interpolation::Interpolation;
use crate::nn::Kind;
use crate::nn::layers::{DepthToSpace, Pixelwise, Resample2d};
use crate::tensor::Tensor;

/// The largest side of blocks that become channels; each of their pixels is a node.
const LARGEST_BLOCK: usize = 32;

/// What an operator on maps gives; `None` where it must work on whole tensors.
pub type OnMap = Result<Option<Vec<Bound>>, String>;

fn live(slot: Slot) -> Vec<Bound> {
    vec![Bound::Live(slot)]
}

/// `Transpose`: the axes get other names; channels move where their own order changes.
pub fn transpose<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let order = shapes::order(call, x.shape.len())?;
    let Some(map) = x.map.filter(|_| x.batched && order[0] == 0) else {
        return Ok(None);
    };
    let moved = |axis: usize| order.iter().position(|&a| a == axis).unwrap_or(0);
    let shape: Vec<usize> = order.iter().map(|&axis| x.shape[axis]).collect();
    let others = x.others();
    let mut renamed = Slot {
        shape,
        map: Some(map.map(moved)),
        ..x.clone()
    };
    // The channels' axes now, in the order in which the file will have them.
    let wanted: Vec<usize> = (renamed.others().iter())
        .filter_map(|&to| others.iter().position(|&from| from == order[to]))
        .collect();
    if !wanted.is_sorted() {
        let sizes: Vec<usize> = others.iter().map(|&axis| x.shape[axis]).collect();
        let count = sizes.len();
        let inner = wanted.iter().map(|&axis| axis + 1);
        let order: Vec<usize> = std::iter::once(0)
            .chain(inner)
            .chain([count + 1, count + 2])
            .collect();
        let moved = builder.pixelwise(Kind::Other, x, move |x| {
            together(ops::permute(&apart(x, &sizes), &order), count)
        });
        renamed.value = moved.value;
    }
    Ok(Some(live(renamed)))
}

/// `Reshape` and its kin: axes between rows and columns are split and merged, or a block of channels becomes pixels.
pub fn reshape<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let shape = shapes::reshaped(call, &x.shape)?;
    if shape == x.shape {
        return Ok(Some(live(x.clone())));
    }
    if let Some(map) = builder.map_of(x).filter(|map| map.shape == shape) {
        return Ok(Some(live(map)));
    }
    let Some(map) = x.map.filter(|_| x.batched) else {
        return Ok(None);
    };
    if shape.first() != Some(&1) {
        return Ok(Some(live(builder.view(x, shape))));
    }
    if let Some(found) = same_pixels(&x.shape, map, &shape) {
        let renamed = Slot {
            shape,
            map: Some(found),
            ..x.clone()
        };
        return Ok(Some(live(renamed)));
    }
    if let Some(found) = pixels_from_channels(builder, x, map, &shape) {
        return Ok(Some(found));
    }
    Ok(Some(live(builder.view(x, shape))))
}

/// Where rows and columns are in `to`, if only the axes before, between and behind them change.
fn same_pixels(from: &[usize], map: [usize; 2], to: &[usize]) -> Option<[usize; 2]> {
    let product = |part: &[usize]| part.iter().product::<usize>();
    let (low, high) = (map[0].min(map[1]), map[0].max(map[1]));
    let before = product(&from[1..low]);
    let between = product(&from[low + 1..high]);
    let mut fits = (1..to.len()).flat_map(|a| (a + 1..to.len()).map(move |b| (a, b)));
    let (a, b) = fits.find(|&(a, b)| {
        to[a] == from[low]
            && to[b] == from[high]
            && product(&to[1..a]) == before
            && product(&to[a + 1..b]) == between
    })?;
    Some(if map[0] < map[1] { [a, b] } else { [b, a] })
}

/// [N, C, rows, r, columns, s] to [N, C, rows·r, columns·s].
fn pixels_from_channels<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    map: [usize; 2],
    to: &[usize],
) -> Option<Vec<Bound>> {
    let rank = x.shape.len();
    let [h, w] = map;
    if w < h || to.len() < 3 || rank < h + 2 {
        return None;
    }
    let product = |part: &[usize]| part.iter().product::<usize>();
    let (r, s) = (product(&x.shape[h + 1..w]), product(&x.shape[w + 1..]));
    let last = to.len() - 2;
    let fits = to[last..] == [x.shape[h] * r, x.shape[w] * s]
        && product(&to[1..last]) == product(&x.shape[1..h]);
    if !fits {
        return None;
    }
    let block = DepthToSpace { block: [r, s] };
    Some(live(Slot {
        value: builder.add(block, &[x.value]),
        shape: to.to_vec(),
        map: Some([last, last + 1]),
        batched: true,
    }))
}

/// `DepthToSpace`.
pub fn depth_to_space<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let x = builder.images(x)?;
    let block = usize::try_from(call.node.int("blocksize", 0)).unwrap_or(0);
    let (channels, pixels) = (x.channels(), block.saturating_mul(block));
    if pixels == 0 || channels % pixels != 0 {
        return Err(format!(
            "blocks of {block}×{block} pixels from {channels} channels"
        ));
    }
    let mut arranged = x.clone();
    if call.node.text("mode", "DCR") == "DCR" {
        let left = channels / pixels;
        arranged = builder.pixelwise(Kind::Other, &x, move |x| {
            let apart = apart(x, &[pixels, left]);
            together(ops::permute(&apart, &[0, 2, 1, 3, 4]), 2)
        });
    }
    let value = builder.add(DepthToSpace { block: [block; 2] }, &[arranged.value]);
    let [h, w] = x.size();
    let shape = vec![1, channels / pixels, h * block, w * block];
    Ok(Some(live(Slot { value, shape, ..x })))
}

/// `SpaceToDepth`: every pixel of the blocks as channels.
pub fn space_to_depth<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let x = builder.images(x)?;
    let block = usize::try_from(call.node.int("blocksize", 0)).unwrap_or(0);
    let [h, w] = x.size();
    if !(1..=LARGEST_BLOCK).contains(&block) || h % block != 0 || w % block != 0 {
        return Err(format!("blocks of {block}×{block} pixels of {h}×{w}"));
    }
    let size = [h / block, w / block];
    let mut parts = Vec::new();
    for row in 0..block {
        for column in 0..block {
            let axes = [
                Interpolation::strided(row, block, size[0]),
                Interpolation::strided(column, block, size[1]),
            ];
            parts.push(builder.add(Resample2d { axes }, &[x.value]));
        }
    }
    let channels = x.channels() * block * block;
    let value = builder.add(crate::nn::layers::Concat, &parts);
    let shape = vec![1, channels, size[0], size[1]];
    Ok(Some(live(Slot { value, shape, ..x })))
}

/// `Slice`: cuts of channels and, forwards, of rows and columns.
pub fn slice<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let (Some(map), true) = (x.map, x.batched) else {
        return Ok(None);
    };
    let cuts = shapes::cuts(call, &x.shape)?;
    let mut pixels = map.map(|axis| (0..x.shape[axis]).collect::<Vec<usize>>());
    let mut found = x.clone();
    for (axis, picked) in cuts {
        if picked.len() == x.shape[axis] && picked.is_sorted() {
            continue;
        }
        if axis == 0 {
            return Ok(None);
        }
        match map.iter().position(|&a| a == axis) {
            Some(side) => pixels[side] = picked,
            None => found = channels_picked(builder, &found, axis, picked),
        }
    }
    let steps = pixels.each_ref().map(|picked| strided(picked));
    let [Some(rows), Some(columns)] = steps else {
        return Ok(None);
    };
    if pixels.each_ref().map(Vec::len) != x.size() {
        let axes = [rows, columns];
        found.value = builder.add(Resample2d { axes }, &[found.value]);
        map.iter()
            .zip(axes)
            .for_each(|(&axis, cut)| found.shape[axis] = cut.outputs);
    }
    Ok(Some(live(found)))
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

/// `Gather` along channels.
pub fn gather<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let indices = call.needed(1)?;
    let (axis, picked) = shapes::gather(call, indices, &x.shape)?;
    if x.map.is_none() || !x.others().contains(&axis) || indices.shape().len() != 1 {
        return Ok(None);
    }
    Ok(Some(live(channels_picked(builder, x, axis, picked))))
}

/// `Split` along channels.
pub fn split<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let (axis, parts) = shapes::parts(call, &x.shape)?;
    if x.map.is_none() || !x.others().contains(&axis) {
        return Ok(None);
    }
    let part = |part: std::ops::Range<usize>| {
        Bound::Live(channels_picked(builder, x, axis, part.collect()))
    };
    Ok(Some(parts.into_iter().map(part).collect()))
}

/// `Concat` along channels, of maps of one grid.
pub fn concat<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> OnMap {
    let inputs = call.all()?;
    let Some(Bound::Live(first)) = inputs.first() else {
        return Ok(None);
    };
    let axis = super::super::node::from_end(call.node.int("axis", 1), first.shape.len())?;
    let mut slots = Vec::new();
    for input in &inputs {
        match input {
            Bound::Live(slot) if slot.map == first.map && slot.batched => slots.push(slot.clone()),
            _ => return Ok(None),
        }
    }
    if first.map.is_none() || !first.others().contains(&axis) {
        return Ok(None);
    }
    let size = first.size();
    if let Some(other) = slots.iter().find(|s| s.size() != size) {
        return Err(format!(
            "maps of {size:?} and {:?} pixels cannot be joined",
            other.size()
        ));
    }
    let mut shape = first.shape.clone();
    shape[axis] = slots.iter().map(|s| s.shape[axis]).sum();
    let others = first.others();
    let pixels: Vec<Option<Slot>> = slots.iter().map(|s| builder.pixel_of(s)).collect();
    let repeated: Vec<bool> = pixels.iter().map(Option::is_some).collect();
    let mixed = repeated.contains(&true) && repeated.contains(&false);
    if mixed && others == [axis] {
        let each = pixels.iter().zip(&slots);
        let values: Vec<_> = each
            .map(|(pixel, map)| pixel.as_ref().unwrap_or(map).value)
            .collect();
        let channels = slots.iter().map(Slot::channels).sum();
        let value = builder.add(joined_with_pixels(channels, repeated), &values);
        return Ok(Some(live(Slot {
            value,
            shape,
            ..first.clone()
        })));
    }
    let values: Vec<_> = slots.iter().map(|s| s.value).collect();
    let value = if others.first() == Some(&axis) || others.len() == 1 {
        builder.add(crate::nn::layers::Concat, &values)
    } else {
        let sizes = |s: &Slot| others.iter().map(|&a| s.shape[a]).collect::<Vec<usize>>();
        let sizes: Vec<Vec<usize>> = slots.iter().map(sizes).collect();
        let at = others.iter().position(|&a| a == axis).unwrap_or(0) + 1;
        let channels = slots.iter().map(Slot::channels).sum();
        let layer = Pixelwise::new(Kind::Composition, channels, move |x: &[Var<T>]| {
            let each: Vec<Var<T>> = x.iter().zip(&sizes).map(|(x, s)| apart(x, s)).collect();
            let joined = ops::concat(&each.iter().collect::<Vec<_>>(), at);
            together(joined, sizes[0].len())
        });
        builder.add(layer, &values)
    };
    Ok(Some(live(Slot {
        value,
        shape,
        ..first.clone()
    })))
}

/// The channels of maps and of single pixels, which are repeated everywhere.
fn joined_with_pixels<T: Scalar>(channels: usize, repeated: Vec<bool>) -> Pixelwise<T> {
    let own = repeated.clone();
    let layer = Pixelwise::new(Kind::Composition, channels, move |x: &[Var<T>]| {
        let map = repeated.iter().position(|&r| !r).unwrap_or(0);
        let size = &x[map].shape()[2..];
        let ones = Var::constant(Tensor::ones(&[&[1, 1], size].concat()));
        let each = x
            .iter()
            .zip(&repeated)
            .map(|(x, &repeated)| match repeated {
                true => ops::mul(&ones, x),
                false => x.clone(),
            });
        let each: Vec<Var<T>> = each.collect();
        ops::concat(&each.iter().collect::<Vec<_>>(), 1)
    });
    layer.spread(own)
}

/// `Softmax` along the axis of channels, where there is one alone.
pub fn softmax<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let last = if call.node.opset >= 13 { -1 } else { 1 };
    let axis = super::super::node::from_end(call.node.int("axis", last), x.shape.len())?;
    let alone = x.map.is_some() && x.others() == [axis];
    if !alone || (call.node.opset < 13 && axis + 1 != x.shape.len()) {
        return Ok(None);
    }
    let f: fn(&Var<T>, usize) -> Var<T> = match call.operator() {
        "Softmax" => ops::softmax,
        _ => ops::log_softmax,
    };
    Ok(Some(live(builder.pixelwise(
        Kind::Activation,
        x,
        move |x| f(x, 1),
    ))))
}
