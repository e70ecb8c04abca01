//! Operators on the axes of maps, which move nothing or only channels.

use super::super::builder::{Builder, OnMap};
use super::super::call::Call;
use super::super::constant::Constant;
use super::super::slot::{Bound, Slot};
use super::binary::{apart, together};
use super::{blocks, shapes};
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::nn::Kind;
use crate::nn::layers::Pixelwise;
use crate::tensor::Tensor;

fn live(slot: Slot) -> Vec<Bound> {
    vec![Bound::Live(slot)]
}

/// `Transpose`: the axes get other names; channels move where their own order changes.
pub fn transpose<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let order = shapes::order(call, x.shape.len())?;
    if order.is_sorted() {
        return Ok(Some(live(x.clone())));
    }
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

/// `Reshape` and its kin: axes between rows and columns are split and merged, or a block of channels becomes pixels or
/// the other way round.
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
    if let Some(found) = blocks::pixels_from_channels(builder, x, map, &shape)
        .or_else(|| blocks::channels_from_pixels(builder, x, map, &shape))
    {
        return Ok(Some(live(found)));
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

/// `Concat` along channels, of maps of one grid, and of constants that are the same at all of its pixels.
pub fn concat<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> OnMap {
    let inputs = call.all()?;
    if inputs.len() == 1 {
        return Ok(Some(inputs));
    }
    let is_map = |input: &&Bound| matches!(input, Bound::Live(slot) if slot.map.is_some());
    let Some(Bound::Live(first)) = inputs.iter().find(is_map) else {
        return Ok(None);
    };
    let axis = super::super::node::from_end(call.node.int("axis", 1), first.shape.len())?;
    let mut slots = Vec::new();
    for input in &inputs {
        match input {
            Bound::Live(slot) if slot.map == first.map && slot.batched => slots.push(slot.clone()),
            Bound::Live(_) => return Ok(None),
            Bound::Constant(constant) => match constant_map(builder, first, constant) {
                Some(slot) => slots.push(slot),
                None => return Ok(None),
            },
        }
    }
    if !first.others().contains(&axis) {
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

/// A constant as a map on the grid of `x`; `None` where it differs from pixel to pixel, and so ends at the border.
fn constant_map<T: Scalar>(
    builder: &mut Builder<T>,
    x: &Slot,
    constant: &Constant,
) -> Option<Slot> {
    let map = x.map?;
    let shape = constant.shape().to_vec();
    let fits = shape.len() == x.shape.len()
        && shape[0] == 1
        && map.iter().all(|&axis| shape[axis] == x.shape[axis]);
    if !fits {
        return None;
    }
    let same = shapes::same_along(constant, &map)?;
    let (channels, values) = (same.len(), same.cast().reshape(&[1, same.len(), 1, 1]));
    let layer = Pixelwise::new(Kind::Other, channels, move |x: &[Var<T>]| {
        let [n, _, h, w] = x[0].value().nchw("a constant map");
        let ones = Var::constant(Tensor::ones(&[n, 1, h, w]));
        ops::mul(&ones, &Var::constant(values.clone()))
    });
    Some(Slot {
        value: builder.add(layer, &[x.value]),
        shape,
        ..x.clone()
    })
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
