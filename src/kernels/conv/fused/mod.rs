//! The fast path: an implicit matrix product that reads the input through the border's tables.
//!
//! All three passes are the same product, a [`Sweep`](crate::kernels::simd::sweep::Sweep): a tile of
//! rows times a panel of vectors, where a row's scalars are found through offsets. Nothing is copied
//! per tap: a *strip* holds the padded input of a block of output pixels, a few channels at a time,
//! and a tap is an offset into it, whatever the stride, the dilation or the border.
//!
//! | pass | rows | summed over | vectors along |
//! | --- | --- | --- | --- |
//! | forward | output pixels | channels, taps | filters |
//! | weight gradient | channels, taps | output pixels | filters |
//! | input gradient | output pixels, per tap | filters | channels |
//!
//! Other ways serve some shapes better: few filters or channels in a group would leave those vectors
//! half empty, so they run along the pixels (`planar`), or along the groups where there are many
//! (`groups`); short sums are never turned (`shallow`); gradients of 3×3 kernels go by
//! tiles (`winograd`).
//!
//! Forward a sum is one chain of multiply-adds in the order of channels and taps, whichever way it is
//! computed: equal taps give equal bits.

mod block;
mod factors;
mod fold;
mod forward;
mod grad_input;
mod grad_weight;
mod groups;
mod memory;
mod packed;
mod panels;
mod passes;
mod planar;
mod shallow;
mod strip;
mod winograd;

use super::{ConvShape, Epilogue, InputGrad, Sums, WeightGrad};
use crate::kernels::border::Border;
use crate::kernels::simd::Isa;
use crate::padding::{Axis, Frame};
use crate::tensor::Tensor;
pub use packed::Packed;
use packed::{Pack, ReadsPanels};
use passes::{Forward, GradInput, GradWeight};

/// Steps per sweep: a panel of this many rows stays in the second-level cache, as do the strips.
const DEPTH: usize = 256;

/// A pass is cut into this many pieces where it can be, to keep the threads evenly busy.
const PIECES_AT_LEAST: usize = 8;

/// Output pixels per block, such that its strip stays in the second-level cache and the blocks, each
/// shared out by so many panels, keep the threads evenly busy.
fn block_target(shape: &ConvShape, panels: usize) -> usize {
    const STRIP: usize = 48 << 10;
    let window = &shape.window;
    let channels = (DEPTH / shape.taps().max(1)).clamp(1, shape.group_channels().max(1));
    let of_strip = STRIP / (channels * window.stride[0] * window.stride[1]);
    let even = (shape.batch * shape.output_pixels() * panels).div_ceil(PIECES_AT_LEAST);
    of_strip.min(even).clamp(48, 1024)
}

pub(super) fn forward(
    shape: &ConvShape,
    border: &Border<f32>,
    x: &[f32],
    weight: &[f32],
    packed: Option<&Packed>,
    epilogue: Epilogue<f32>,
) -> Vec<f32> {
    Isa::dispatch(Forward {
        shape,
        border,
        x,
        weight,
        packed,
        epilogue,
    })
}

/// The weights for many passes forward, where that is of use.
pub(super) fn pack<'a>(shape: &ConvShape, weight: &'a Tensor<f32>) -> Option<&'a Packed> {
    let pack = |weight: &[f32]| Isa::dispatch(Pack { shape, weight });
    let is_of_use = Isa::dispatch(ReadsPanels(shape));
    is_of_use.then(|| weight.derived(pack)).flatten()
}

pub(super) fn grad_weight(
    shape: &ConvShape,
    border: &Border<f32>,
    x: &[f32],
    y_grad: &[f32],
) -> WeightGrad<f32> {
    Isa::dispatch(GradWeight {
        shape,
        border,
        x,
        y_grad,
    })
}

pub(super) fn grad_input(
    shape: &ConvShape,
    axes: &[Axis; 2],
    ring: Option<Frame>,
    weight: &[f32],
    y_grad: &[f32],
    sums: Sums,
) -> InputGrad<f32> {
    Isa::dispatch(GradInput {
        shape,
        axes,
        ring,
        weight,
        y_grad,
        sums,
    })
}
