//! Normalisations.

use super::super::builder::{Builder, Lowered};
use super::super::call::Call;
use super::super::constant::Constant;
use super::super::node::from_end;
use super::super::slot::{Bound, Slot};
use super::shapes::same_along;
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::nn::Kind;
use crate::nn::layers::{BatchNorm2d, Pixelwise, SpatialNorm};
use crate::tensor::Tensor;

/// The constant of an input, one value per channel.
fn per_channel<T: Scalar>(call: &Call, index: usize, channels: usize) -> Result<Tensor<T>, String> {
    let found = call.needed(index)?;
    match found.shape() == [channels] {
        true => Ok(found.tensor()),
        false => Err(format!(
            "its input {index} has the shape {:?} for {channels} channels",
            found.shape()
        )),
    }
}

fn same(x: Slot, value: crate::nn::Value) -> Vec<Bound> {
    vec![Bound::Live(Slot { value, ..x })]
}

/// `BatchNormalization` by running statistics.
pub fn batch_norm<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let node = call.node;
    let by_batch = match node.opset {
        ..7 => node.int("is_test", 0) == 0,
        _ => node.int("training_mode", 0) != 0,
    };
    if by_batch {
        return Err("it normalises by the batch: export the network for evaluation".to_string());
    }
    let x = call.live(0)?;
    let rank = x.shape.len();
    if rank < 2 || !x.batched {
        return Err(format!("an input of the shape {:?}", x.shape));
    }
    let channels = x.shape[1];
    let [weight, bias, mean, var] = [1, 2, 3, 4].map(|i| per_channel::<T>(call, i, channels));
    let (weight, bias, mean, var) = (weight?, bias?, mean?, var?);
    let eps = node.float("epsilon", 1e-5);
    let row = builder.map_of(x).filter(|_| rank == 3);
    if rank == 4 || row.is_some_and(|map| map.shape == [1, channels, 1, x.shape[2]]) {
        let shape = x.shape.clone();
        let x = builder.images_or_row(x)?;
        let layer = BatchNorm2d::new(channels).eps(eps);
        let parameters = vec![("weight", weight), ("bias", bias)];
        let buffers = vec![("running_mean", mean), ("running_var", var)];
        let value = builder.add_with(layer, &[x.value], parameters, buffers);
        let found = Slot { value, ..x };
        return Ok(vec![Bound::Live(match rank {
            4 => found,
            _ => builder.view(&found, shape),
        })]);
    }
    let x = builder.flat(x);
    let behind = [vec![channels], vec![1; rank - 2]].concat();
    let constant = |t: Tensor<T>| t.reshape(&behind);
    let scale = var.map(|v| T::one() / (v + T::from_f64(eps)).sqrt());
    let [weight, bias, mean, scale] = [weight, bias, mean, scale].map(constant);
    let layer = Pixelwise::new(Kind::BatchNorm2d, x.channels(), move |x: &[Var<T>]| {
        let [w, b, m, s] = [&weight, &bias, &mean, &scale].map(|t| Var::constant(t.clone()));
        ops::add(&ops::mul(&ops::mul(&ops::sub(&x[0], &m), &s), &w), &b)
    });
    let value = builder.add(layer, &[x.value]);
    Ok(same(x, value))
}

/// `InstanceNormalization` and `GroupNormalization`: statistics over the image's own grid.
pub fn group_norm<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let given = call.live(0)?.clone();
    // A group norm is written as an instance norm of a map seen as [N, groups, elements].
    let seen = builder.map_of(&given).filter(|map| {
        map.others() == [1]
            && given.batched
            && given.shape.len() == 3
            && map.shape[1] % given.shape[1] == 0
    });
    let x = match &seen {
        Some(map) => map.clone(),
        None => builder.images(&given)?,
    };
    let channels = x.channels();
    let groups = match call.operator() {
        "InstanceNormalization" if seen.is_some() => given.shape[1],
        "InstanceNormalization" => channels,
        _ => usize::try_from(call.node.int("num_groups", 0)).unwrap_or(0),
    };
    if groups == 0 || channels % groups != 0 {
        return Err(format!("{groups} groups of {channels} channels"));
    }
    // Opset 18 has one weight per group, later ones one per channel.
    let spread = |index: usize| -> Result<Tensor<T>, String> {
        let found = call.needed(index)?;
        match found.values.len() {
            n if n == channels => Ok(found.tensor().reshape(&[channels])),
            n if n == groups => {
                let each = channels / groups;
                let values: Tensor<T> = found.tensor();
                let data = (0..channels).map(|c| values.data()[c / each]).collect();
                Ok(Tensor::from_vec(data, &[channels]))
            }
            n => Err(format!(
                "{n} values for {channels} channels in {groups} groups"
            )),
        }
    };
    let parameters = vec![("weight", spread(1)?), ("bias", spread(2)?)];
    let layer = SpatialNorm {
        channels,
        groups,
        eps: call.node.float("epsilon", 1e-5),
    };
    let value = builder.add_with(layer, &[x.value], parameters, Vec::new());
    let slot = Slot { value, ..x };
    Ok(vec![Bound::Live(match seen {
        Some(_) => builder.view(&slot, given.shape),
        None => slot,
    })])
}

/// `LayerNormalization` over the last axes: over channels alone pixel by pixel, else over the whole image.
pub fn layer_norm<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let x = call.live(0)?;
    let rank = x.shape.len();
    let axis = from_end(call.node.int("axis", -1), rank)?;
    if x.batched && axis == 0 {
        return Err("it mixes the images of a batch".to_string());
    }
    if let Some(found) = over_space(call, builder, x, axis)? {
        return Ok(vec![Bound::Live(found)]);
    }
    let eps = call.node.float("epsilon", 1e-5);
    let channels_alone = x.map.is_some() && axis + 1 == rank && x.others() == [axis];
    let x = match channels_alone {
        true => x.clone(),
        false => builder.flat(x),
    };
    let normed: Vec<usize> = x.shape[axis..].to_vec();
    let own = match channels_alone {
        true => vec![normed[0], 1, 1],
        false => normed.clone(),
    };
    let fitted = |constant: Option<&Constant>| -> Result<Option<Tensor<T>>, String> {
        match constant {
            None => Ok(None),
            Some(c) => fits(c, &normed).map(|()| Some(c.tensor().reshape(&own))),
        }
    };
    let (weight, bias) = (fitted(call.constant(1)?)?, fitted(call.constant(2)?)?);
    let axes: Vec<usize> = match channels_alone {
        true => vec![1],
        false => (axis..rank).filter_map(|a| x.axis(a)).collect(),
    };
    let layer = Pixelwise::new(Kind::BatchNorm2d, x.channels(), move |x: &[Var<T>]| {
        let mut kept = x[0].shape().to_vec();
        axes.iter().for_each(|&axis| kept[axis] = 1);
        let mean = |v: &Var<T>| ops::reshape(&ops::mean(v, &axes), &kept);
        let centred = ops::sub(&x[0], &mean(&x[0]));
        let variance = ops::add_scalar(&mean(&ops::mul(&centred, &centred)), eps);
        let mut y = ops::mul(&centred, &ops::pow_scalar(&variance, -0.5));
        if let Some(weight) = &weight {
            y = ops::mul(&y, &Var::constant(weight.clone()));
        }
        match &bias {
            Some(bias) => ops::add(&y, &Var::constant(bias.clone())),
            None => y,
        }
    });
    let value = builder.add(layer, &[x.value]);
    Ok(same(x, value))
}

/// The norm over rows, columns and the channels behind `axis` as one of groups of channels.
///
/// `None` where it is over other axes, or where its weights differ from pixel to pixel: then they have no values where a
/// larger image has some.
///
/// # Errors
/// Where the weights do not fit.
fn over_space<T: Scalar>(
    call: &Call,
    builder: &mut Builder<T>,
    x: &Slot,
    axis: usize,
) -> Result<Option<Slot>, String> {
    let Some(map) = x.map.filter(|map| map.iter().all(|&side| side >= axis)) else {
        return Ok(None);
    };
    let outside = x.others().into_iter().filter(|&other| other < axis);
    let groups: usize = outside.map(|other| x.shape[other]).product();
    let channels = x.channels();
    let mut parameters = Vec::new();
    for (name, index, otherwise) in [("weight", 1, 1.0), ("bias", 2, 0.0)] {
        let values = match call.constant(index)? {
            None => vec![otherwise],
            Some(constant) => {
                fits(constant, &x.shape[axis..])?;
                match same_along(constant, &map.map(|side| side - axis)) {
                    Some(same) => same.data().to_vec(),
                    None => return Ok(None),
                }
            }
        };
        let each = (0..channels).map(|c| T::from_f64(values[c % values.len()]));
        parameters.push((name, Tensor::from_vec(each.collect(), &[channels])));
    }
    let layer = SpatialNorm {
        channels,
        groups,
        eps: call.node.float("epsilon", 1e-5),
    };
    let value = builder.add_with(layer, &[x.value], parameters, Vec::new());
    Ok(Some(Slot { value, ..x.clone() }))
}

/// # Errors
/// Where a weight has another shape than what is normalised.
fn fits(weight: &Constant, normed: &[usize]) -> Result<(), String> {
    match weight.shape() == normed {
        true => Ok(()),
        false => Err(format!(
            "a weight of the shape {:?} for {normed:?}",
            weight.shape()
        )),
    }
}

/// `LRN`: y = x / (k + α/n · Σ x²)^β, the sum over n neighbouring channels.
pub fn local_response<T: Scalar>(call: &Call, builder: &mut Builder<T>) -> Lowered {
    let node = call.node;
    let x = builder.images(call.live(0)?)?;
    let size = usize::try_from(node.int("size", 0)).unwrap_or(0);
    let channels = x.channels();
    if size == 0 {
        return Err("LRN over no channel".to_string());
    }
    let (alpha, beta) = (node.float("alpha", 1e-4), node.float("beta", 0.75));
    let k = node.float("bias", 1.0);
    let before = ((size - 1) / 2).min(channels);
    let behind = (size - 1 - (size - 1) / 2).min(channels);
    let slot = builder.pixelwise(Kind::Other, &x, move |x| {
        let square = ops::mul(x, x);
        let mut zeros = x.shape().to_vec();
        let mut around = |count: usize| {
            zeros[1] = count;
            Var::constant(Tensor::zeros(&zeros))
        };
        let (front, back) = (around(before), around(behind));
        let wide = ops::concat(&[&front, &square, &back], 1);
        let part = |i: usize| ops::narrow(&wide, 1, i, channels);
        let sum = (1..=before + behind).fold(part(0), |sum, i| ops::add(&sum, &part(i)));
        let base = ops::add_scalar(&ops::mul_scalar(&sum, alpha / size as f64), k);
        ops::mul(x, &ops::pow_scalar(&base, -beta))
    });
    Ok(vec![Bound::Live(slot)])
}
