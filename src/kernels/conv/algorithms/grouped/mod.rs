//! Many groups of few maps, as in depthwise convolution: vectors run along the groups.
//!
//! Groups never mix, so that whatever one does, a vector does for as many groups as it has lanes. Maps are
//! turned on the way in and out, the pixels of neighbouring groups side by side; in between, a pixel is
//! a vector, and neither stride nor dilation nor the width of a row leaves lanes idle.

mod forward;
mod grad_input;
mod grad_weight;
mod padded;

use std::ops::Range;

use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::block::PIECES_AT_LEAST;
use crate::kernels::conv::shared::block::pieces;
use crate::kernels::simd::Simd;
use crate::kernels::simd::transpose::Transpose;

/// Fewer groups would leave most lanes idle.
const MANY_GROUPS: usize = 8;

/// With as many output channels or channels in a group, vectors along them are full.
const FEW_MAPS: usize = 12;

/// Whether all passes are faster with vectors along the groups.
pub fn suits(shape: &ConvShape) -> bool {
    let largest = shape.group_out_channels().max(shape.group_channels());
    shape.groups >= MANY_GROUPS.max(2 * largest) && largest < FEW_MAPS
}

/// Numbers of the strips of a piece, such that they stay in the second-level cache.
const STRIP: usize = 48 << 10;

/// Output pixels per block, all channels and output channels of a group at once.
fn block_target<S: Simd>(shape: &ConvShape) -> usize {
    let [down, across] = shape.window.stride;
    let of_pixel = shape.group_channels() * down * across + shape.group_out_channels();
    let bundles = shape.groups.div_ceil(S::LANES);
    let even = (shape.batch * shape.output_pixels() * bundles).div_ceil(PIECES_AT_LEAST);
    (STRIP / (of_pixel * S::LANES)).min(even).max(1)
}

/// The groups of every vector.
fn bundles<S: Simd>(shape: &ConvShape) -> impl Iterator<Item = Range<usize>> {
    pieces(0..shape.groups, S::LANES)
}

/// The weights of some groups, a vector for each of a group.
fn turned_weights<S: Simd>(
    simd: S,
    shape: &ConvShape,
    weight: &[f32],
    groups: &Range<usize>,
) -> Vec<f32> {
    let of_group = shape.group_out_channels() * shape.depth();
    let mut turned = vec![0.0; of_group * S::LANES];
    simd.vectorize(Transpose {
        rows: groups.len(),
        columns: of_group,
        from: &weight[groups.start * of_group..],
        from_stride: of_group,
        to: turned.as_mut_slice().into(),
        to_stride: S::LANES,
    });
    turned
}
