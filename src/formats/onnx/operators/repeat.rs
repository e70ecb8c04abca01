//! Repetitions: `Expand` and `Tile`.

use super::super::builder::{Builder, OnMap};
use super::super::call::Call;
use super::super::slot::{Bound, Slot};
use super::binary::{apart, together};
use super::{picks, shapes};
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::kernels::interpolation::{Filter, Interpolation, Rounding};
use crate::nn::Kind;
use crate::nn::layers::{Pixelwise, Resample2d};
use crate::tensor::Tensor;
use crate::tensor::shape::broadcast;

/// `Expand`.
pub fn expand<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let to = shapes::sizes(call.needed(1)?)?;
    let shape = broadcast(&x.shape, &to)
        .ok_or_else(|| format!("the shapes {:?} and {to:?} do not broadcast", x.shape))?;
    Ok(repeated(builder, x, shape).map(|found| vec![Bound::Live(found)]))
}

/// `Tile`.
pub fn tile<T: Scalar>(call: &Call, builder: &mut Builder<T>, x: &Slot) -> OnMap {
    let cuts = shapes::tiles(call, &x.shape)?;
    let found = match cuts.iter().all(|(axis, _)| x.shape[*axis] == 1) {
        true => {
            let mut shape = x.shape.clone();
            cuts.iter()
                .for_each(|(axis, entries)| shape[*axis] = entries.len());
            repeated(builder, x, shape)
        }
        false => picks::picked(builder, x, cuts),
    };
    Ok(found.map(|found| vec![Bound::Live(found)]))
}

/// The value under a shape to which it broadcasts; `None` where only an operation on the whole tensor gives it.
fn repeated<T: Scalar>(builder: &mut Builder<T>, x: &Slot, shape: Vec<usize>) -> Option<Slot> {
    if shape == x.shape {
        return Some(x.clone());
    }
    if !x.batched || shape.len() != x.shape.len() || shape[0] != 1 {
        return None;
    }
    let keeps = |map: [usize; 2]| map.iter().all(|&axis| shape[axis] == x.shape[axis]);
    if x.map.is_some_and(keeps) {
        return Some(channels_repeated(builder, x, &shape));
    }
    let becomes = |axis: usize| x.shape[axis] == 1 && shape[axis] != 1;
    let map = match x.map {
        Some(map) => map,
        None if shape.len() != 4 => return None,
        // Channels last: rows and columns are those that are repeated.
        None if becomes(1) && becomes(2) && !becomes(3) => [1, 2],
        None => [2, 3],
    };
    if map.iter().any(|&axis| x.shape[axis] != 1) {
        return None;
    }
    let pixel = builder.map(x, map[0], map[1]);
    // Of a map that only happens to have one pixel a larger image has more.
    if !builder.is_one_pixel(&pixel) {
        return None;
    }
    let pixel = channels_repeated(builder, &pixel, &shape);
    if pixel.shape == shape {
        return Some(pixel);
    }
    let axes = map.map(|axis| Interpolation {
        step: [1.0, shape[axis] as f64],
        filter: Filter::Nearest(Rounding::Floor),
        ..Interpolation::strided(0, 1, shape[axis])
    });
    let value = builder.add(Resample2d { axes }, &[pixel.value]);
    builder.repeats(value, &pixel);
    Some(Slot {
        value,
        shape,
        ..pixel
    })
}

/// The map with the axes of its channels repeated to those of `to`.
fn channels_repeated<T: Scalar>(builder: &mut Builder<T>, x: &Slot, to: &[usize]) -> Slot {
    let others = x.others();
    let own: Vec<usize> = others.iter().map(|&axis| x.shape[axis]).collect();
    let wanted: Vec<usize> = others.iter().map(|&axis| to[axis]).collect();
    if own == wanted {
        return x.clone();
    }
    let mut shape = x.shape.clone();
    others.iter().for_each(|&axis| shape[axis] = to[axis]);
    let layer = Pixelwise::new(
        Kind::Other,
        wanted.iter().product(),
        move |x: &[Var<T>]| {
            let ones = Var::constant(Tensor::ones(&[&[1], &wanted[..], &[1, 1]].concat()));
            together(ops::mul(&ones, &apart(&x[0], &own)), wanted.len())
        },
    );
    Slot {
        value: builder.add(layer, &[x.value]),
        shape,
        ..x.clone()
    }
}
