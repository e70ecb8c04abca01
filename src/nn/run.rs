//! The walk that computes: every node in turn, some of them together with the next.

use super::context::Context;
use super::feature::Feature;
use super::fusion;
use super::layer::Geometry;
use super::misfit::misfit;
use super::network::{Network, Node, Value};
use super::surroundings;
use crate::error::Result;
use crate::kernels::Scalar;

/// The features of the values `wanted` where the value `known` is `x`, mostly the input; nodes that none of them
/// needs are left out, and nobody behind `known` may read what lies before it.
///
/// # Errors
/// Where the image or its surroundings are too small.
pub(super) fn run<T: Scalar>(
    network: &Network<T>,
    (known, x): (Value, Feature<T>),
    wanted: &[Value],
    cx: &mut Context<'_, T>,
) -> Result<Vec<Feature<T>>> {
    let mut readers = readers(network, known, wanted);
    let mut features: Vec<Option<Feature<T>>> = vec![None; network.nodes.len() + 1];
    features[known.0] = Some(x);
    let bare = surroundings::bare(network);
    let mut i = known.0;
    while i < network.nodes.len() {
        if readers[i + 1] == 0 {
            i += 1;
            continue;
        }
        let inputs: Vec<Feature<T>> = network.nodes[i]
            .inputs
            .iter()
            .map(|v| taken(&mut features, &mut readers, *v))
            .collect();
        cx.surrounded(!bare[i + 1]);
        let chain = chain(network, i, &readers, cx);
        let (count, output) = fusion::first_together(chain, &inputs, cx)?;
        if count == 1 {
            check(&network.nodes[i], &inputs, &output)?;
        }
        drop(inputs);
        i += count;
        let name = |output, name| cx.leave(name, output);
        features[i] = Some(network.names(i - 1).fold(output, name));
    }
    let wanted = wanted.iter();
    Ok(wanted
        .map(|v| taken(&mut features, &mut readers, *v))
        .collect())
}

/// Refuses an output of a layer with one input that is not what its geometry says, before a later layer gets the blame.
fn check<T: Scalar>(node: &Node<T>, inputs: &[Feature<T>], output: &Feature<T>) -> Result<()> {
    let geometry = node.layer.geometry();
    let ([input], Geometry::Pixel | Geometry::Window(_)) = (inputs, &geometry) else {
        return Ok(());
    };
    let size = geometry.output_size(&node.name, input.size)?;
    let problem = if size != output.size {
        let found = output.size;
        format!("its geometry says {size:?} rows and columns, and it gives {found:?}")
    } else if matches!(geometry, Geometry::Pixel) && input.margin != output.margin {
        "its geometry says that it works on single pixels, and it uses up pixels of the margin"
            .into()
    } else {
        return Ok(());
    };
    let remedy = "say in Layer::geometry which pixels it depends on, for example Geometry::Window";
    Err(misfit(&node.name, problem, remedy))
}

/// How often each value is still read on the way from `known` to `wanted`.
fn readers<T: Scalar>(network: &Network<T>, known: Value, wanted: &[Value]) -> Vec<usize> {
    let mut readers = vec![0; network.nodes.len() + 1];
    wanted.iter().for_each(|value| readers[value.0] += 1);
    for (i, node) in network.nodes.iter().enumerate().skip(known.0).rev() {
        if readers[i + 1] > 0 {
            node.inputs.iter().for_each(|value| readers[value.0] += 1);
        }
    }
    readers
}

/// A value that has been computed, moved out for its last reader.
fn taken<T: Scalar>(
    features: &mut [Option<Feature<T>>],
    readers: &mut [usize],
    Value(value): Value,
) -> Feature<T> {
    readers[value] -= 1;
    let feature = match readers[value] {
        0 => features[value].take(),
        _ => features[value].clone(),
    };
    let Some(feature) = feature else {
        unreachable!("nodes stand behind their inputs, and stay until they were read")
    };
    feature
}

/// Node `i` and those right behind it, each of which alone reads what the one before gives, and which
/// nobody watches; at most three.
fn chain<'n, T: Scalar>(
    network: &'n Network<T>,
    i: usize,
    readers: &[usize],
    cx: &Context<'_, T>,
) -> &'n [Node<T>] {
    let goes_on = |end: usize| {
        let next = network.nodes.get(end);
        // What is wanted itself has one reader too: the node behind it must be needed.
        let is_reader = |n: &Node<T>| n.inputs == [Value(end)] && readers[end + 1] > 0;
        let alone = next.is_some_and(is_reader) && readers[end] == 1;
        alone && !network.names(end - 1).any(|name| cx.watches(name))
    };
    let mut end = i + 1;
    while end < i + 3 && goes_on(end) {
        end += 1;
    }
    &network.nodes[i..end]
}
