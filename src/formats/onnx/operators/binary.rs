//! Functions of two elements, broadcast.

use super::super::builder::Builder;
use super::super::call::Call;
use super::super::slot::{Bound, Slot};
use super::shapes::same_along;
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::nn::layers::{Add, Pixelwise};
use crate::nn::{Kind, Value};
use crate::tensor::Tensor;
use crate::tensor::shape::broadcast;

/// A function of pairs of elements.
pub type Binary<E> = fn(&Var<E>, &Var<E>) -> Var<E>;

/// The function of an operator; `None` where it is no such operator.
pub fn find<E: Scalar>(operator: &str) -> Option<Binary<E>> {
    Some(match operator {
        "Add" | "Sum" => ops::add,
        "Sub" => ops::sub,
        "Mul" => ops::mul,
        "Div" => ops::div,
        "Pow" => power,
        "Max" => ops::maximum,
        "Min" => ops::minimum,
        "PRelu" => ops::prelu,
        _ => return None,
    })
}

/// aᵇ, by the operation of one exponent where there is one.
fn power<E: Scalar>(a: &Var<E>, b: &Var<E>) -> Var<E> {
    match (b.value().data(), b.requires_grad()) {
        (&[exponent], false) if b.value().rank() <= a.value().rank() => {
            ops::pow_scalar(a, exponent.as_f64())
        }
        _ => ops::pow(a, b),
    }
}

/// One operand of a function on maps.
enum Operand<T: Scalar> {
    /// A map, or one pixel that is read everywhere, whose channels have these sizes.
    Live(usize, Vec<usize>),
    /// A constant [1, other axes, 1, 1].
    Fixed(Tensor<T>),
}

/// The function pixel by pixel, where one operand is a map and the others are maps of the same grid, or hold for every
/// pixel; `None` where they are not.
///
/// # Errors
/// Where the shapes do not broadcast.
pub fn on_maps<T: Scalar>(
    call: &Call,
    builder: &mut Builder<T>,
    function: Binary<T>,
) -> Result<Option<Vec<Bound>>, String> {
    let inputs = call.all()?;
    let Some(result) = result_of(&inputs)? else {
        return Ok(None);
    };
    let sizes: Vec<usize> = (result.others().iter().map(|&a| result.shape[a])).collect();
    let (mut operands, mut values, mut spread) = (Vec::new(), Vec::new(), Vec::new());
    let is_full = |input: &Bound| match input {
        Bound::Live(s) => {
            s.map == result.map && s.size() == result.size() && builder.pixel_of(s).is_none()
        }
        Bound::Constant(_) => false,
    };
    let mut inputs = inputs;
    if inputs.iter().any(is_full) {
        // What repeats one pixel is taken as that pixel, which no border cuts off.
        for input in &mut inputs {
            if let Bound::Live(slot) = input
                && let Some(pixel) = builder.pixel_of(slot)
            {
                *slot = pixel;
            }
        }
    }
    for input in &inputs {
        let Some(operand) = operand(input, &result, builder, &mut values, &mut spread) else {
            return Ok(None);
        };
        operands.push(operand);
    }
    let plain_sum = call.operator() == "Add"
        && inputs
            .iter()
            .all(|i| matches!(i, Bound::Live(s) if s.map.is_some() && s.shape == result.shape));
    if plain_sum {
        let value = builder.add(Add, &values);
        return Ok(Some(vec![Bound::Live(Slot { value, ..result })]));
    }
    let share = (call.operator() == "Mean").then(|| 1.0 / operands.len() as f64);
    let kind = match call.operator() {
        "PRelu" => Kind::Activation,
        _ => Kind::Composition,
    };
    let layer = Pixelwise::new(kind, result.channels(), move |x: &[Var<T>]| {
        let of = |operand: &Operand<T>| match operand {
            Operand::Fixed(tensor) => Var::constant(tensor.clone()),
            Operand::Live(index, own) => apart(&x[*index], own),
        };
        let mut found = of(&operands[0]);
        for operand in &operands[1..] {
            found = function(&found, &of(operand));
        }
        if let Some(share) = share {
            found = ops::mul_scalar(&found, share);
        }
        together(found, sizes.len())
    });
    let value = builder.add(layer.spread(spread), &values);
    Ok(Some(vec![Bound::Live(Slot { value, ..result })]))
}

/// The slot of the result, without a value of its own; `None` where no operand is a map that fits.
fn result_of(inputs: &[Bound]) -> Result<Option<Slot>, String> {
    let mut shape = Vec::new();
    for input in inputs {
        let own = shape_of(input);
        shape = broadcast(&shape, own)
            .ok_or_else(|| format!("the shapes {shape:?} and {own:?} do not broadcast"))?;
    }
    let map = inputs.iter().find_map(|input| match input {
        Bound::Live(slot) if slot.shape.len() == shape.len() && slot.batched => {
            let map = slot.map?;
            map.iter()
                .all(|&a| slot.shape[a] == shape[a])
                .then_some(map)
        }
        _ => None,
    });
    Ok(map.map(|map| Slot {
        value: Value::default(),
        shape,
        map: Some(map),
        batched: true,
    }))
}

fn shape_of(bound: &Bound) -> &[usize] {
    match bound {
        Bound::Constant(constant) => constant.shape(),
        Bound::Live(slot) => &slot.shape,
    }
}

/// How an input takes part pixel by pixel; `None` where it does not.
fn operand<T: Scalar>(
    input: &Bound,
    result: &Slot,
    builder: &mut Builder<T>,
    values: &mut Vec<Value>,
    spread: &mut Vec<bool>,
) -> Option<Operand<T>> {
    let (own, rank) = (shape_of(input), result.shape.len());
    let missing = rank - own.len();
    let size = |axis: usize| axis.checked_sub(missing).map_or(1, |a| own[a]);
    let sizes: Vec<usize> = result.others().iter().map(|&axis| size(axis)).collect();
    let everywhere = result.map?.iter().all(|&axis| size(axis) == 1);
    if size(0) != 1 {
        return None;
    }
    match input {
        // A constant that differs from pixel to pixel has no values where a larger image has some.
        Bound::Constant(constant) => {
            let sides = result.map?.into_iter().filter(|&axis| size(axis) != 1);
            let sides: Vec<usize> = sides.map(|axis| axis - missing).collect();
            let same = same_along(constant, &sides)?;
            let shape = [&[1], &sizes[..], &[1, 1]].concat();
            Some(Operand::Fixed(same.cast().reshape(&shape)))
        }
        Bound::Live(slot) if slot.map.is_some() && slot.map == result.map && missing == 0 => {
            let same = slot.size() == result.size();
            if !same && !everywhere {
                return None;
            }
            values.push(slot.value);
            spread.push(!same);
            Some(Operand::Live(values.len() - 1, sizes))
        }
        Bound::Live(slot) if everywhere => {
            // One pixel: its elements are in the right order whatever its axes.
            let flat = builder.flat(slot);
            let channels = sizes.iter().product();
            let layer = Pixelwise::new(Kind::Other, channels, move |x: &[Var<T>]| {
                ops::reshape(&x[0], &[x[0].shape()[0], channels, 1, 1])
            });
            values.push(builder.add(layer, &[flat.value]));
            spread.push(true);
            Some(Operand::Live(values.len() - 1, sizes))
        }
        Bound::Live(_) => None,
    }
}

/// [N, C, H, W] with the channels as the axes that they are made of.
pub fn apart<T: Scalar>(x: &Var<T>, sizes: &[usize]) -> Var<T> {
    if sizes.len() == 1 {
        return x.clone();
    }
    let [n, _, h, w] = x.value().nchw("channels");
    ops::reshape(x, &[&[n], sizes, &[h, w]].concat())
}

/// The axes between images and rows as channels.
pub fn together<T: Scalar>(x: Var<T>, axes: usize) -> Var<T> {
    if axes == 1 {
        return x;
    }
    let shape = x.shape();
    let (n, h, w) = (shape[0], shape[axes + 1], shape[axes + 2]);
    let channels = shape[1..=axes].iter().product();
    ops::reshape(&x, &[n, channels, h, w])
}
