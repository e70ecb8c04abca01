//! The forward pass along the pixels, and with it the input gradient of a 1×1 kernel.
#![allow(unsafe_code)]

use crate::kernels::conv::passes::Forward;
use crate::kernels::conv::pieces::factors::{Factors, Piece};
use crate::kernels::conv::shared::block::{blocks, largest};
use crate::kernels::conv::shared::memory::{Output, Scratch};
use crate::kernels::conv::shared::plane::Plane;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyRows;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::map_sums::{MapSums, ROUND};

/// What the pieces have in common.
struct Plan {
    plane: Plane,
    /// The weights of every group.
    factors: Vec<Factors>,
    /// Where the terms of a sum lie, from its output pixel.
    offsets: Vec<u32>,
}

/// Elements of a strip, such that it stays in the second-level cache.
const STRIP: usize = 96 << 10;

impl Forward<'_> {
    /// The pass with vectors along the pixels.
    pub fn pixel_major<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let [down, across] = shape.window.stride;
        let target = STRIP / (shape.group_channels() * down * across).max(1);
        let blocks = blocks(shape, 0..shape.batch, target.clamp(64, 1024));
        let plane = Plane::new(shape, largest(blocks.iter()), &self.border.axes[1]);
        let channels = 0..shape.group_channels();
        let terms = channels.flat_map(|c| plane.taps.iter().map(move |tap| (c, tap)));
        let plan = Plan {
            offsets: terms
                .map(|(c, tap)| (c * plane.channel + tap) as u32)
                .collect(),
            factors: self.factors(),
            plane,
        };
        let work = |piece: &Piece, scratch: &mut Scratch, y: &Output| {
            self.piece_pixel_major(simd, &plan, piece, scratch, y);
        };
        // SAFETY: a piece is written whole, and nothing beyond it.
        unsafe { self.in_pieces(&plan.factors, &blocks, work) }
    }

    fn piece_pixel_major<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        piece: &Piece,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let (shape, plane, block) = (self.shape, &plan.plane, &piece.block);
        let per_group = shape.group_channels();
        let channels = piece.group * per_group..(piece.group + 1) * per_group;
        let Scratch { strip, sums, .. } = scratch;
        plane.fill(simd, self.source(), block, channels, strip);
        let strip = strip.get(per_group * plane.channel);
        let images = block.images.len();
        let windows = plane.windows(shape, block.rows.len());
        // Images without a gap between them are one run of pixels.
        let (runs, len) = match plane.image == windows {
            true => (1, images * windows),
            false => (images, windows),
        };
        let len = len.next_multiple_of(ROUND);
        for (out_channels, factors) in &plan.factors[piece.group].blocks[piece.out_channels.clone()]
        {
            let first = piece.group * shape.group_out_channels() + out_channels.start;
            let of_all = first..first + out_channels.len();
            let (bias, norms) = (self.start(of_all.clone()), self.norms(of_all));
            let sums = sums.take(out_channels.len() * len);
            for run in 0..runs {
                simd.vectorize(MapSums {
                    source: &strip[run * plane.image..],
                    offsets: &plan.offsets,
                    factors,
                    start: Some(&bias),
                    maps: out_channels.len(),
                    epilogue: TileEpilogue {
                        norms: norms.as_ref(),
                        relu: self.epilogue.relu,
                    },
                    len,
                    out: (&mut *sums).into(),
                    map: len,
                });
                for (o, sums) in sums.chunks_exact(len).enumerate() {
                    for (i, n) in block
                        .images
                        .clone()
                        .enumerate()
                        .skip(run)
                        .take(images / runs)
                    {
                        let map = (n * shape.out_channels + first + o) * shape.output_pixels();
                        // SAFETY: no other piece has this output channel at these pixels.
                        let to = unsafe { y.at(map + block.rows.start * shape.output[1]) };
                        simd.vectorize(CopyRows {
                            rows: block.rows.len(),
                            len: shape.output[1],
                            from: &sums[(i - run) * plane.image..],
                            from_stride: plane.width,
                            to,
                            to_stride: shape.output[1],
                        });
                    }
                }
            }
        }
    }
}
