//! Depthwise convolution, a padded map at a time: vectors run along the pixels of its phases, which are split by the
//! stride, and the sums of a map are written straight to the output.
#![allow(unsafe_code)]

use std::ops::Range;

use crate::kernels::conv::passes::{Forward, Problem};
use crate::kernels::conv::shared::block::{Block, blocks, largest};
use crate::kernels::conv::shared::memory::{Output, Scratch};
use crate::kernels::conv::shared::plane::Plane;
use crate::kernels::conv::shared::strip::prepare;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyRows;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::map_sums::{MapSums, ROUND};

/// Output pixels per block, such that its strip stays in the first-level cache.
const PIXELS: usize = 1024;

/// Channels per piece of work.
const CHANNELS: usize = 16;

/// Whether every map has output channels of its own.
pub fn accepts(problem: &Problem) -> bool {
    problem.shape.group_channels() == 1
}

/// What the pieces have in common.
struct Plan {
    plane: Plane,
    /// Where the taps lie, from an output pixel.
    offsets: Vec<u32>,
}

impl Forward<'_> {
    /// The pass of a depthwise convolution, map by map.
    pub fn depthwise<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let blocks = blocks(shape, 0..shape.batch, PIXELS.min(shape.output_pixels()));
        let plane = Plane::new(shape, largest(blocks.iter()), &self.border.axes[1]);
        let plan = Plan {
            offsets: plane.taps.iter().map(|&tap| tap as u32).collect(),
            plane,
        };
        let work = |block: &Block, channels: Range<usize>, scratch: &mut Scratch, y: &Output| {
            self.map_sums(simd, &plan, block, channels, scratch, y);
        };
        // SAFETY: a piece is written whole, and nothing beyond it.
        unsafe { self.in_channels(&blocks, CHANNELS, work) }
    }

    /// The output channels of some channels at the rows of an image.
    fn map_sums<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        block: &Block,
        channels: Range<usize>,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let (shape, plane) = (self.shape, &plan.plane);
        let len = plane
            .windows(shape, block.rows.len())
            .next_multiple_of(ROUND);
        let sums = scratch.sums.take(len);
        let strip = scratch.strip.take(plane.channel);
        let prepared = prepare(self.border, strip);
        for channel in channels {
            plane.fill_channel(simd, self.source(), prepared, block, channel, strip);
            let out_channels = shape.group_out_channels();
            for out_channel in channel * out_channels..(channel + 1) * out_channels {
                let norms = self.norms(out_channel..out_channel + 1);
                simd.vectorize(MapSums {
                    source: strip,
                    offsets: &plan.offsets,
                    factors: &self.weight[out_channel * shape.taps()..][..shape.taps()],
                    start: Some(&self.start(out_channel..out_channel + 1)),
                    maps: 1,
                    epilogue: TileEpilogue {
                        norms: norms.as_ref(),
                        relu: self.epilogue.relu,
                    },
                    len,
                    out: (&mut *sums).into(),
                    map: len,
                });
                let map = block.images.start * shape.out_channels + out_channel;
                let offset = map * shape.output_pixels() + block.rows.start * shape.output[1];
                simd.vectorize(CopyRows {
                    rows: block.rows.len(),
                    len: shape.output[1],
                    from: sums,
                    from_stride: plane.width,
                    // SAFETY: no other piece has this output channel at these rows.
                    to: unsafe { y.at(offset) },
                    to_stride: shape.output[1],
                });
            }
        }
    }
}
