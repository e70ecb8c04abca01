//! Operators that only make sense of constants: shapes, ranges, casts, comparisons.

use super::super::call::Call;
use super::super::constant::{Constant, Content};
use super::super::slot::Bound;
use super::{shapes, whole};
use crate::tensor::Tensor;
use crate::tensor::shape::{broadcast, broadcast_strides, numel, strides};

/// The most elements of a range.
const MOST: usize = 1 << 22;

/// What a node gives for constants, or for the shapes of its inputs alone; `None` where it is no such operator.
///
/// # Errors
/// Where it does not fit its inputs.
pub fn fold(call: &Call) -> Result<Option<Vec<Constant>>, String> {
    if let Some(found) = of_shapes(call)? {
        return Ok(Some(vec![found]));
    }
    let is_constant = |input: &Option<Bound>| !matches!(input, Some(Bound::Live(_)));
    if !call.inputs.iter().all(is_constant) {
        return Ok(None);
    }
    if let Some(found) = of_values(call)? {
        return Ok(Some(vec![found]));
    }
    whole::fold(call)
}

fn of_shapes(call: &Call) -> Result<Option<Constant>, String> {
    let shape = || -> Result<&[usize], String> {
        Ok(match call.input(0)? {
            Bound::Constant(constant) => constant.shape(),
            Bound::Live(slot) => &slot.shape,
        })
    };
    Ok(match call.operator() {
        "Shape" => {
            let shape = shape()?;
            let rank = shape.len() as i64;
            let at = |name: &str, otherwise: i64| {
                let given = call.node.int(name, otherwise);
                let from_end = if given < 0 {
                    given.saturating_add(rank)
                } else {
                    given
                };
                from_end.clamp(0, rank) as usize
            };
            let (start, end) = (at("start", 0), at("end", rank));
            Some(Constant::integers(
                shape[start..end.max(start)].iter().copied(),
            ))
        }
        "Size" => {
            let mut size = Constant::integers([numel(shape()?)]);
            size.values = size.values.reshape(&[]);
            Some(size)
        }
        _ => None,
    })
}

fn of_values(call: &Call) -> Result<Option<Constant>, String> {
    let node = call.node;
    Ok(Some(match call.operator() {
        "Constant" => constant(call)?,
        "ConstantOfShape" => {
            let shape = shapes::sizes(call.needed(0)?)?;
            shapes::few(&shape, call)?;
            let (value, content) = match node.has("value") {
                true => {
                    let value = node.tensor("value", call.folder)?;
                    (value.values.data().first().copied(), value.content)
                }
                false => (None, Content::Float),
            };
            Constant {
                values: Tensor::full(&shape, value.unwrap_or(0.0)),
                content,
            }
        }
        "Cast" => {
            let x = call.needed(0)?;
            let (values, content) = match node.int("to", 1) {
                9 => (x.values.map(|v| f64::from(v != 0.0)), Content::Boolean),
                2..=7 | 12 | 13 => (x.values.map(f64::trunc), Content::Integer),
                _ => (x.values.clone(), Content::Float),
            };
            Constant { values, content }
        }
        "Range" => {
            let [start, end, step] = [0, 1, 2].map(|i| {
                let found = call.needed(i)?;
                let value = found.values.data().first().copied();
                value.ok_or_else(|| "an empty limit of a range".to_string())
            });
            let (start, end, step) = (start?, end?, step?);
            let count = ((end - start) / step).ceil().max(0.0);
            if count.is_nan() || count > MOST as f64 {
                return Err(format!("a range from {start} to {end} by {step}"));
            }
            let values = (0..count as usize)
                .map(|i| start + i as f64 * step)
                .collect();
            let values = Tensor::from_vec(values, &[count as usize]);
            let content = call.needed(0)?.content;
            Constant { values, content }
        }
        "Equal" => compared(call, |a, b| a == b)?,
        "Greater" => compared(call, |a, b| a > b)?,
        "GreaterOrEqual" => compared(call, |a, b| a >= b)?,
        "Less" => compared(call, |a, b| a < b)?,
        "LessOrEqual" => compared(call, |a, b| a <= b)?,
        "And" => compared(call, |a, b| a != 0.0 && b != 0.0)?,
        "Or" => compared(call, |a, b| a != 0.0 || b != 0.0)?,
        "Not" => {
            let x = call.needed(0)?;
            Constant {
                values: x.values.map(|v| f64::from(v == 0.0)),
                content: Content::Boolean,
            }
        }
        "Where" => {
            let (condition, a, b) = (call.needed(0)?, call.needed(1)?, call.needed(2)?);
            let both = zip(call, &condition.values, &a.values, |c, a| {
                if c != 0.0 { a } else { f64::NAN }
            })?;
            let values = zip(
                call,
                &both,
                &b.values,
                |a, b| if a.is_nan() { b } else { a },
            )?;
            Constant {
                values,
                content: a.content,
            }
        }
        "DequantizeLinear" => dequantized(call)?,
        _ => return Ok(None),
    }))
}

fn constant(call: &Call) -> Result<Constant, String> {
    let node = call.node;
    if node.has("value") {
        return node.tensor("value", call.folder);
    }
    let scalar = |value: f64, content| Constant {
        values: Tensor::scalar(value),
        content,
    };
    if node.has("value_float") {
        return Ok(scalar(node.float("value_float", 0.0), Content::Float));
    }
    if node.has("value_int") {
        return Ok(scalar(node.int("value_int", 0) as f64, Content::Integer));
    }
    if let Some(floats) = node
        .floats("value_floats")
        .filter(|_| node.has("value_floats"))
    {
        let shape = [floats.len()];
        return Ok(Constant::floats(floats, &shape));
    }
    match node.ints("value_ints") {
        Some(ints) => Ok(Constant {
            values: Tensor::from_vec(ints.iter().map(|&v| v as f64).collect(), &[ints.len()]),
            content: Content::Integer,
        }),
        None => Err("a constant without a value that is numbers".to_string()),
    }
}

fn compared(call: &Call, holds: fn(f64, f64) -> bool) -> Result<Constant, String> {
    let (a, b) = (call.needed(0)?, call.needed(1)?);
    Ok(Constant {
        values: zip(call, &a.values, &b.values, |a, b| f64::from(holds(a, b)))?,
        content: Content::Boolean,
    })
}

fn zip(
    call: &Call,
    a: &Tensor<f64>,
    b: &Tensor<f64>,
    f: impl Fn(f64, f64) -> f64,
) -> Result<Tensor<f64>, String> {
    let (sa, sb) = (a.shape(), b.shape());
    let to = broadcast(sa, sb).ok_or_else(|| format!("the shapes {sa:?} and {sb:?}"))?;
    shapes::few(&to, call)?;
    let steps = [broadcast_strides(sa, &to), broadcast_strides(sb, &to)];
    let own = strides(&to);
    let at = |i: usize, steps: &[usize]| -> usize {
        let axes = own.iter().zip(&to).zip(steps);
        axes.map(|((own, n), step)| i / own % n * step).sum()
    };
    let value = |i: usize| f(a.data()[at(i, &steps[0])], b.data()[at(i, &steps[1])]);
    Ok(Tensor::from_vec((0..numel(&to)).map(value).collect(), &to))
}

/// (x - zero point) · scale, along one axis or for all.
fn dequantized(call: &Call) -> Result<Constant, String> {
    let (x, scale) = (call.needed(0)?, call.needed(1)?);
    let zero = call.constant(2)?;
    let shape = x.shape();
    let view = |c: &Constant| -> Result<Tensor<f64>, String> {
        if c.values.len() == 1 {
            return Ok(c.values.reshape(&[]));
        }
        let axis = super::super::node::from_end(call.node.int("axis", 1), shape.len())?;
        if c.shape() != [shape[axis]] {
            return Err(format!(
                "a scale of the shape {:?} for {shape:?}",
                c.shape()
            ));
        }
        let mut own = vec![1; shape.len()];
        own[axis] = shape[axis];
        Ok(c.values.reshape(&own))
    };
    let shifted = match zero {
        Some(zero) => zip(call, &x.values, &view(zero)?, |x, z| x - z)?,
        None => x.values.clone(),
    };
    Ok(Constant {
        values: zip(call, &shifted, &view(scale)?, |x, s| x * s)?,
        content: Content::Float,
    })
}
