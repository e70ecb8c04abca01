//! An implicit matrix product that reads the input through the border's tables.
//!
//! All three passes are the same product, a [`Sweep`](crate::kernels::simd::sweep::Sweep): a tile of
//! rows times a panel of vectors, where a row's scalars are found through offsets. Nothing is copied
//! per tap: a *strip* holds the padded input of a block of output pixels, a few channels at a time,
//! and a tap is an offset into it, whatever the stride, the dilation or the border.
//!
//! Begin with `forward`; the two gradients are the same product with the roles of the table:
//!
//! | pass | rows | summed over | vectors along |
//! | --- | --- | --- | --- |
//! | forward | output pixels | channels, taps | output channels |
//! | weight gradient | channels, taps | output pixels | output channels |
//! | input gradient | output pixels, per tap | output channels | channels |

mod forward;
mod grad_input;
mod grad_weight;

use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::block::{DEPTH, PIECES_AT_LEAST};

/// Output pixels per block, such that its strip stays in the second-level cache and the blocks, each
/// shared out by `panels` panels, keep the threads evenly busy.
fn block_target(shape: &ConvShape, panels: usize) -> usize {
    const STRIP: usize = 48 << 10;
    let window = &shape.window;
    let channels = (DEPTH / shape.taps().max(1)).clamp(1, shape.group_channels().max(1));
    let of_strip = STRIP / (channels * window.stride[0] * window.stride[1]);
    let even = (shape.batch * shape.output_pixels() * panels).div_ceil(PIECES_AT_LEAST);
    of_strip.min(even).clamp(48, 1024)
}
