//! The walk that gives every value its shape, and checks a network on its way.

use std::collections::BTreeSet;

use super::layer::Geometry;
use super::misfit::misfit;
use super::network::{INPUT, Network, Node, Value};
use super::sampling::Sampling;
use crate::error::Result;
use crate::kernels::Scalar;

impl Geometry {
    /// The output's grid for an input grid of `size`.
    ///
    /// # Errors
    /// Where a window does not fit; the message names the layer `path`.
    pub(super) fn output_size(&self, path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        match self {
            Geometry::Pixel | Geometry::Statistics => Ok(size),
            Geometry::Window(windowed) => windowed.output_size(path, size),
            Geometry::Sampled(sampled) => sampled.output_size(path, size),
            Geometry::Whole(size) => Ok(*size),
        }
    }

    /// Whether its output has a size of its own, whatever that of the images, so that for other images it would be
    /// another layer.
    pub fn is_of_one_size(&self) -> bool {
        match self {
            Geometry::Whole(size) => *size != [1; 2],
            Geometry::Sampled(sampled) => {
                (sampled.0.iter()).any(|axis| matches!(axis, Sampling::Interpolated(_)))
            }
            _ => false,
        }
    }

    /// Whether every pixel of the output depends on the whole image.
    pub(super) fn is_global(&self) -> bool {
        matches!(self, Geometry::Statistics | Geometry::Whole(_))
    }
}

/// The shape [C, h, w] of every value for images of shape `input`.
///
/// # Errors
/// Names the first layer whose channels, joined inputs or window do not fit, or whose name is not its own.
pub(super) fn shapes<T: Scalar>(
    network: &Network<T>,
    input: [usize; 3],
) -> Result<Vec<[usize; 3]>> {
    check_names(network)?;
    from(network, INPUT, input)
}

/// The same where only the value `known` and those behind it are asked for; those before have its shape here.
///
/// # Errors
/// Names the first layer whose channels, joined inputs or window do not fit.
pub(super) fn from<T: Scalar>(
    network: &Network<T>,
    known: Value,
    shape: [usize; 3],
) -> Result<Vec<[usize; 3]>> {
    let mut shapes = vec![shape; known.0 + 1];
    for node in &network.nodes[known.0..] {
        shapes.push(next(node, &shapes)?);
    }
    Ok(shapes)
}

/// The shapes as far as the first layer that does not fit, or that is built for one size of images.
pub(super) fn leading<T: Scalar>(network: &Network<T>, input: [usize; 3]) -> Vec<[usize; 3]> {
    let mut shapes = vec![input];
    for node in &network.nodes {
        match next(node, &shapes) {
            Ok(shape) if !node.layer.geometry().is_of_one_size() => shapes.push(shape),
            _ => break,
        }
    }
    shapes
}

/// The shape of a node's output behind those of all values before it.
fn next<T: Scalar>(node: &Node<T>, shapes: &[[usize; 3]]) -> Result<[usize; 3]> {
    let inputs: Vec<[usize; 3]> = node.inputs.iter().map(|v| shapes[v.0]).collect();
    let channels = node.layer.channels(&node.name, &inputs)?;
    let first = node.inputs_of_the_grid().next();
    let [_, h, w] = first.map_or(shapes[0], |value| shapes[value.0]);
    let [h, w] = node.layer.geometry().output_size(&node.name, [h, w])?;
    Ok([channels, h, w])
}

fn check_names<T: Scalar>(network: &Network<T>) -> Result<()> {
    let mut seen = BTreeSet::new();
    let all = (0..network.nodes.len()).flat_map(|i| network.names(i));
    for name in all {
        if name.is_empty() {
            return Err(misfit("(without a name)", "it has no name", "give it one"));
        }
        if !seen.insert(name) {
            return Err(misfit(
                name,
                "two layers have this name, and would share their parameters",
                "give each a name of its own",
            ));
        }
    }
    Ok(())
}

/// Whether each value depends on the whole image, so that a border reaches even its centre.
pub(super) fn global<T: Scalar>(network: &Network<T>) -> Vec<bool> {
    let mut global = vec![false];
    for node in &network.nodes {
        let behind = node.inputs.iter().any(|v| global[v.0]);
        global.push(behind || node.layer.geometry().is_global());
    }
    global
}
