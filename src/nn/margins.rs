//! The walks over margins: what optimal padding needs around an image, and where a margin runs out.

use super::feature::{larger, smaller};
use super::layer::Geometry;
use super::network::Network;
use super::surroundings;
use crate::error::Result;
use crate::kernels::Scalar;
use crate::padding::Sides;

impl Geometry {
    /// The margin needed around an input grid of `size` for `output` around the output's.
    fn needed_margin(&self, path: &str, size: [usize; 2], output: Sides) -> Result<Sides> {
        match self {
            Geometry::Pixel | Geometry::Statistics => Ok(output),
            Geometry::Window(windowed) => windowed.needed_margin(path, size, output),
            Geometry::Sampled(sampled) => Ok(sampled.needed_margin(size, output)),
            Geometry::Whole(_) => Ok(Sides::default()),
        }
    }

    /// The margin of the output for one of `have` around an input grid of `size`; `None` if it is too small.
    fn output_margin(&self, path: &str, size: [usize; 2], have: Sides) -> Result<Option<Sides>> {
        Ok(match self {
            Geometry::Pixel | Geometry::Statistics => Some(have),
            Geometry::Window(windowed) => windowed.output_margin(path, size, have)?.map(|m| m.1),
            Geometry::Sampled(sampled) => sampled.output_margin(size, have),
            Geometry::Whole(_) => Some(Sides::default()),
        })
    }
}

/// The margin that the image needs, walking backwards from values that need none.
///
/// # Errors
/// Where a window does not fit.
pub(super) fn needed<T: Scalar>(network: &Network<T>, shapes: &[[usize; 3]]) -> Result<Sides> {
    let mut needed = vec![Sides::default(); shapes.len()];
    for (i, node) in network.nodes.iter().enumerate().rev() {
        let geometry = node.layer.geometry();
        for value in node.inputs_of_the_grid() {
            let [_, h, w] = shapes[value.0];
            let margin = geometry.needed_margin(&node.name, [h, w], needed[i + 1])?;
            needed[value.0] = larger(needed[value.0], margin);
        }
    }
    Ok(needed[0])
}

/// The node at which a margin of `margin` pixels around the image runs out, if there is one.
///
/// # Errors
/// Where a window does not fit.
pub(super) fn runs_out<T: Scalar>(
    network: &Network<T>,
    shapes: &[[usize; 3]],
    margin: usize,
) -> Result<Option<usize>> {
    let bare = surroundings::bare(network);
    let mut margins = vec![Sides::uniform(margin)];
    for (i, node) in network.nodes.iter().enumerate() {
        let mut outputs = Vec::with_capacity(node.inputs.len());
        for value in node.inputs_of_the_grid() {
            let ([_, h, w], have) = (shapes[value.0], margins[value.0]);
            if bare[value.0] {
                outputs.push(Sides::default());
                continue;
            }
            match node
                .layer
                .geometry()
                .output_margin(&node.name, [h, w], have)?
            {
                Some(output) => outputs.push(output),
                None => return Ok(Some(i)),
            }
        }
        margins.push(outputs.into_iter().reduce(smaller).unwrap_or_default());
    }
    Ok(None)
}
