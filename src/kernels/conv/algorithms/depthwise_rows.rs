//! Depthwise convolution of wide maps without a stride: a padded map at a time, whose rows of sums are
//! written straight to the output.
#![allow(unsafe_code)]

use std::ops::Range;

use crate::kernels::conv::passes::{Forward, Problem};
use crate::kernels::conv::shared::block::{Block, blocks, largest};
use crate::kernels::conv::shared::memory::{Output, Scratch};
use crate::kernels::conv::shared::plane::Plane;
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::rows::RowSums;

/// Output pixels per block, such that its strip stays in the first-level cache.
const PIXELS: usize = 4096;

/// Whether every map has output channels of its own, whose windows are neighbours in rows of a vector or more.
pub fn accepts(problem: &Problem) -> bool {
    let (shape, window) = (problem.shape, &problem.shape.window);
    let neighbours = window.stride == [1, 1] && window.dilation[0] == 1;
    shape.group_channels() == 1 && neighbours && shape.output[1] >= problem.lanes
}

impl Forward<'_> {
    /// The pass of a depthwise convolution, row by row.
    pub fn depthwise_rows<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let blocks = blocks(shape, 0..shape.batch, PIXELS.min(shape.output_pixels()));
        let plane = Plane::new(shape, largest(blocks.iter()), &self.border.axes[1]);
        let work = |block: &Block, channels: Range<usize>, scratch: &mut Scratch, y: &Output| {
            channels.for_each(|channel| self.rows(simd, &plane, block, channel, scratch, y));
        };
        // SAFETY: a piece is written whole, and nothing beyond it.
        unsafe { self.in_channels(&blocks, 1, work) }
    }

    /// The output channels of a channel at the rows of an image.
    fn rows<S: Simd>(
        &self,
        simd: S,
        plane: &Plane,
        block: &Block,
        channel: usize,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let (shape, out_channels) = (self.shape, self.shape.group_out_channels());
        let strip = &mut scratch.strip;
        plane.fill(simd, self.source(), block, channel..channel + 1, strip);
        let strip = scratch.strip.get(plane.channel);
        for out_channel in channel * out_channels..(channel + 1) * out_channels {
            let norms = self.norms(out_channel..out_channel + 1);
            let map = block.images.start * shape.out_channels + out_channel;
            let offset = map * shape.output_pixels() + block.rows.start * shape.output[1];
            simd.vectorize(RowSums {
                rows: block.rows.len(),
                columns: shape.output[1],
                source: strip,
                source_stride: plane.width,
                kernel: shape.window.kernel,
                dilation: shape.window.dilation[1],
                factors: &self.weight[out_channel * shape.taps()..][..shape.taps()],
                start: self.start(out_channel..out_channel + 1)[0],
                epilogue: TileEpilogue {
                    norms: norms.as_ref(),
                    relu: self.epilogue.relu,
                },
                // SAFETY: no other piece has this output channel at these rows.
                out: unsafe { y.at(offset) },
                out_stride: shape.output[1],
            });
        }
    }
}
