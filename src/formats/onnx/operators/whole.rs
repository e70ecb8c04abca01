//! Operators on whole tensors: for constants, and for what is no map.

use super::super::builder::as_inputs;
use super::super::call::Call;
use super::super::constant::Constant;
use super::super::generic::{self, Input, Operation};
use super::super::node::from_end;
use super::super::slot::Bound;
use super::{binary, detect, recurrent, reduce, shapes, unary};
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::tensor::{Tensor, shape};

/// The operation of a node; `None` where its operator has none on whole tensors.
///
/// # Errors
/// Where it does not fit its inputs.
pub fn operation<E: Scalar>(call: &Call) -> Result<Option<Operation<E>>, String> {
    let all = || -> Result<Vec<Input<E>>, String> { Ok(as_inputs(&call.all()?)) };
    let first = || -> Result<Input<E>, String> {
        let mut inputs = as_inputs(&[call.input(0)?.clone()]);
        Ok(inputs.remove(0))
    };
    if let Some((_, f)) = unary::find::<E>(call)? {
        return Ok(Some(generic::unary(first()?, f)));
    }
    if let Some(f) = binary::find::<E>(call.operator()) {
        return generic::joined(all()?, f).map(Some);
    }
    if let Some((axes, keep, f)) = reduce::reduction::<E>(call)? {
        return generic::reduce(first()?, &axes, keep, f).map(Some);
    }
    let found = match call.operator() {
        "Mean" => {
            let inputs = all()?;
            let share = 1.0 / inputs.len() as f64;
            let mut sum = generic::joined(inputs, ops::add)?;
            for output in &mut sum.outputs {
                let inner = std::mem::replace(&mut output.function, Box::new(|v| v[0].clone()));
                output.function = Box::new(move |v| ops::mul_scalar(&inner(v), share));
            }
            sum
        }
        "Concat" => generic::concat(all()?, call.node.int("axis", 1))?,
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => {
            let x = first()?;
            let shape = shapes::reshaped(call, &x.shape)?;
            generic::reshape(x, shape)
        }
        "Transpose" => {
            let x = first()?;
            let order = shapes::order(call, x.shape.len())?;
            generic::transpose(x, &order)?
        }
        "Expand" => {
            let to = shapes::sizes(call.needed(1)?)?;
            shapes::few(&to, call)?;
            generic::expand(first()?, &to)?
        }
        "Softmax" | "LogSoftmax" => softmax(call, first()?)?,
        "MatMul" => {
            let mut inputs = all()?;
            match (inputs.pop(), inputs.pop()) {
                (Some(b), Some(a)) => generic::matmul(a, b)?,
                _ => return Err("a product of less than two".to_string()),
            }
        }
        "Gemm" => gemm(call, all()?)?,
        "Slice" => {
            let x = first()?;
            let cuts = shapes::cuts(call, &x.shape)?;
            picked(x, cuts)?
        }
        "Tile" => {
            let x = first()?;
            let cuts = shapes::tiles(call, &x.shape)?;
            picked(x, cuts)?
        }
        "Gather" => gathered(call, first()?)?,
        "Split" => split(call, first()?)?,
        "NonMaxSuppression" => detect::operation(call)?,
        operator if recurrent::is_one(operator) => recurrent::operation(call, first()?)?,
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// A softmax: along one axis since opset 13, before that over all axes from one on.
fn softmax<E: Scalar>(call: &Call, x: Input<E>) -> Result<Operation<E>, String> {
    let f: fn(&Var<E>, usize) -> Var<E> = match call.operator() {
        "Softmax" => ops::softmax,
        _ => ops::log_softmax,
    };
    let rank = x.shape.len();
    if call.node.opset >= 13 {
        return generic::along(x, call.node.int("axis", -1), f);
    }
    let axis = from_end(call.node.int("axis", 1), rank)?;
    if axis + 1 == rank {
        return generic::along(x, axis as i64, f);
    }
    if x.batched && axis == 0 {
        return Err("it mixes the images of a batch".to_string());
    }
    let at = axis + usize::from(!x.batched);
    Ok(generic::unary(x, move |v| {
        let shape = v.shape().to_vec();
        let rest = shape[at..].iter().product();
        let flat = ops::reshape(v, &[&shape[..at], &[rest]].concat());
        ops::reshape(&f(&flat, at), &shape)
    }))
}

/// α·A·B + β·C of matrices, A and B transposed where the node says so.
fn gemm<E: Scalar>(call: &Call, inputs: Vec<Input<E>>) -> Result<Operation<E>, String> {
    let transposed = ["transA", "transB"].map(|name| call.node.int(name, 0) != 0);
    let alpha = call.node.float("alpha", 1.0);
    let beta = call.node.float("beta", 1.0);
    let mut matrices = inputs.iter().map(|input| input.shape.clone());
    let (Some(mut a), Some(mut b), c) = (matrices.next(), matrices.next(), matrices.next()) else {
        return Err("a product of less than two".to_string());
    };
    if transposed[0] {
        a.reverse();
    }
    if transposed[1] {
        b.reverse();
    }
    let (&[m, k], &[other, n]) = (a.as_slice(), b.as_slice()) else {
        return Err(format!("a product of {a:?} and {b:?}"));
    };
    let added = c.is_none_or(|c| shape::broadcast(&c, &[m, n]).is_some_and(|to| to == [m, n]));
    if k != other || !added {
        return Err(format!("a product of {a:?} and {b:?}"));
    }
    if inputs.iter().any(|input| input.batched) {
        return Err("it mixes the images of a batch".to_string());
    }
    Ok(generic::one(vec![m, n], false, move |v| {
        let matrix = |i: usize| {
            let x = inputs[i].of(v);
            if transposed[i] {
                ops::permute(&x, &[0, 2, 1])
            } else {
                x
            }
        };
        let samples = v.first().map_or(1, |x| x.shape()[0]);
        let each = |x: Var<E>| match x.shape()[0] == samples {
            true => x,
            false => ops::mul(&Var::constant(Tensor::ones(&[samples, 1, 1])), &x),
        };
        let product = ops::matmul(&each(matrix(0)), &each(matrix(1)));
        let product = ops::mul_scalar(&product, alpha);
        match inputs.get(2) {
            Some(c) => ops::add(&product, &ops::mul_scalar(&c.of(v), beta)),
            None => product,
        }
    }))
}

/// The entries that are picked of some axes, one axis after the other.
fn picked<E: Scalar>(x: Input<E>, cuts: Vec<(usize, Vec<usize>)>) -> Result<Operation<E>, String> {
    let mut found = generic::unary(x.clone(), Var::clone);
    let mut shape = x.shape.clone();
    for (axis, picked) in cuts {
        if picked.len() == shape[axis] && picked.is_sorted() {
            continue;
        }
        let before = std::mem::take(&mut found.outputs);
        let next = Input {
            shape: shape.clone(),
            ..x.clone()
        };
        shape[axis] = picked.len();
        found = generic::pick(live(next), axis, picked)?;
        found.outputs = chained(before, found.outputs);
    }
    Ok(found)
}

/// The input as the only variable of a function.
fn live<E: Scalar>(x: Input<E>) -> Input<E> {
    Input {
        source: generic::Source::Live(0),
        ..x
    }
}

/// The second function of the output of the first.
fn chained<E: Scalar>(
    first: Vec<generic::Output<E>>,
    second: Vec<generic::Output<E>>,
) -> Vec<generic::Output<E>> {
    let pairs = first.into_iter().zip(second);
    pairs
        .map(|(inner, outer)| generic::Output {
            function: Box::new(move |v| (outer.function)(&[(inner.function)(v)])),
            ..outer
        })
        .collect()
}

fn gathered<E: Scalar>(call: &Call, x: Input<E>) -> Result<Operation<E>, String> {
    let indices = call.needed(1)?;
    let (axis, picked) = shapes::gather(call, indices, &x.shape)?;
    let scalar = indices.shape().is_empty();
    let mut shape = x.shape.clone();
    let axes = match scalar {
        true => Vec::new(),
        false => indices.shape().to_vec(),
    };
    shape.splice(axis..=axis, axes);
    let unbatch = x.batched && axis == 0 && scalar;
    let batched = x.batched && !unbatch;
    let mut found = generic::pick(x, axis, picked)?;
    for output in &mut found.outputs {
        let inner = std::mem::replace(&mut output.function, Box::new(|v| v[0].clone()));
        let per_image = shape[usize::from(batched)..].to_vec();
        output.function = Box::new(move |v| {
            let y = inner(v);
            let to = [&y.shape()[..1], &per_image[..]].concat();
            ops::reshape(&y, &to)
        });
        output.shape = shape.clone();
        output.batched = batched;
    }
    Ok(found)
}

fn split<E: Scalar>(call: &Call, x: Input<E>) -> Result<Operation<E>, String> {
    let (axis, parts) = shapes::parts(call, &x.shape)?;
    let mut outputs = Vec::new();
    for part in parts {
        outputs.extend(generic::pick(x.clone(), axis, part.collect())?.outputs);
    }
    Ok(Operation { outputs })
}

/// What a node gives whose inputs are all constants, by its operation on whole tensors; `None` where it has none.
///
/// # Errors
/// Where it does not fit its inputs.
pub fn fold(call: &Call) -> Result<Option<Vec<Constant>>, String> {
    use super::super::constant::Content;
    let Some(operation) = operation::<f64>(call)? else {
        return Ok(None);
    };
    for output in &operation.outputs {
        shapes::few(&output.shape, call)?;
    }
    let mut content = Content::Float;
    if let Ok(Bound::Constant(first)) = call.input(0) {
        content = first.content;
    }
    if call.operator().starts_with("Arg") {
        content = Content::Integer;
    }
    let whole = |values: Tensor<f64>| match content {
        // Integers divide to integers.
        Content::Integer => values.map(f64::trunc),
        _ => values,
    };
    let outputs = generic::evaluate(operation).into_iter();
    let outputs = outputs.map(|values| Constant {
        values: whole(values),
        content,
    });
    Ok(Some(outputs.collect()))
}
