//! Which values have nothing around them, however wide the image.

use super::layer::Geometry;
use super::network::Network;
use crate::kernels::Scalar;

/// Whether each value is, or is computed pixel by pixel from, the output of a layer over the whole image.
///
/// No pixels lie around such an output: windows behind it pad by their scheme even under optimal padding, so that
/// both passes compute the same from the same.
pub(super) fn bare<T: Scalar>(network: &Network<T>) -> Vec<bool> {
    let mut bare = vec![false];
    for node in &network.nodes {
        let whole = matches!(node.layer.geometry(), Geometry::Whole(_));
        bare.push(whole || node.inputs_of_the_grid().any(|value| bare[value.0]));
    }
    bare
}
