//! The forward pass: rows are output pixels, steps are (channel, tap), panels hold filters.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use super::block::{Block, Patch, Taps, blocks, pieces};
use super::memory::{Output, Scratch, collect, with_scratch};
use super::panels::Panels;
use super::strip::Layout;
use super::{DEPTH, PIECES_AT_LEAST, block_target};
use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::ConvShape;
use crate::kernels::simd::sweep::{Row, Start, Step, Steps, Sweep};
use crate::kernels::simd::transpose::Transpose;
use crate::kernels::simd::{Routine, Simd};

/// y = x ∗ weight (+ bias).
pub(super) struct Forward<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
    pub weight: &'a [f32],
    pub bias: Option<&'a [f32]>,
}

/// A block of pixels and the panels of filters to compute there.
struct Piece {
    block: Block,
    group: usize,
    panels: Range<usize>,
}

impl Routine for Forward<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let panels = Panels::of_filters(simd, self.shape, self.weight);
        let taps = self.taps();
        let pieces = self.pieces(&panels);
        let len = self.shape.batch * self.shape.output_image();
        let work = |y: Output| {
            pieces.par_iter().for_each(|piece| {
                with_scratch(|scratch| self.piece(simd, &panels, taps, piece, scratch, &y));
            });
        };
        // SAFETY: the pieces are the product of all blocks, groups and panels, and each writes all
        // its filters at all its pixels.
        unsafe { collect(len, work) }
    }
}

impl Forward<'_> {
    /// A halo of zeros adds nothing, unless a weight is not finite.
    fn taps(&self) -> Taps {
        let zeros = matches!(self.border.halo, Halo::Constant(v) if v == 0.0);
        if zeros && self.weight.iter().all(|w| w.is_finite()) {
            Taps::worth_reading(self.shape, self.border.axes)
        } else {
            Taps::All
        }
    }

    fn pieces(&self, panels: &Panels) -> Vec<Piece> {
        let shape = self.shape;
        let filters: usize = panels.columns.iter().map(|c| c.width).sum();
        let blocks = blocks(shape, 0..shape.batch, block_target(shape, filters));
        let shares = PIECES_AT_LEAST.div_ceil((blocks.len() * shape.groups).max(1));
        let at_once = panels.columns.len().div_ceil(shares);
        let mut all = Vec::new();
        for block in &blocks {
            for group in 0..shape.groups {
                let parts = pieces(0..panels.columns.len(), at_once);
                all.extend(parts.map(|panels| Piece {
                    block: block.clone(),
                    group,
                    panels,
                }));
            }
        }
        all
    }

    fn piece<S: Simd>(
        &self,
        simd: S,
        panels: &Panels,
        taps: Taps,
        piece: &Piece,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let (shape, block) = (self.shape, &piece.block);
        let width = self.border.axes[1].padded();
        let layout = Layout::new(shape, block.images.len(), block.rows.len(), width);
        let patches = taps.patches(shape, self.border.axes, block);
        let pixels = block.pixels(shape);
        let channels = shape.group_channels();
        let at_once = (DEPTH / shape.taps().max(1)).max(1);
        let widest = piece
            .panels
            .clone()
            .map(|p| panels.columns[p].width)
            .max()
            .unwrap_or(0);
        let sums = scratch.sums.take(piece.panels.len() * pixels * widest);
        for part in pieces(0..channels, at_once) {
            let strip = scratch.strip.take(part.len() * layout.channel);
            let first = piece.group * channels;
            let from = first + part.start..first + part.end;
            layout.fill(shape, self.border, self.x, block, from, strip);
            for patch in &patches {
                let steps = steps(shape, &layout, patch, part.len());
                for (panel, sums) in piece.panels.clone().zip(sums.chunks_mut(pixels * widest)) {
                    let columns = &panels.columns[panel];
                    let bias = self.start(piece.group, columns.range());
                    let rows = rows(shape, &layout, block, patch, columns.width);
                    simd.vectorize(Sweep {
                        source: strip,
                        rows: &rows,
                        steps: &steps,
                        panel: panels.rows(piece.group, panel, part.start * shape.taps()),
                        vectors: columns.vectors,
                        start: if part.start == 0 {
                            Start::Vectors(&bias)
                        } else {
                            Start::Output
                        },
                        out: sums,
                        shift: 0,
                    });
                }
            }
        }
        for (panel, sums) in piece.panels.clone().zip(sums.chunks(pixels * widest)) {
            let columns = &panels.columns[panel];
            let turned = scratch.turned.take(columns.count * pixels);
            simd.vectorize(Transpose {
                rows: pixels,
                columns: columns.count,
                from: sums,
                from_stride: columns.width,
                to: turned,
                to_stride: pixels,
            });
            let first = piece.group * shape.group_filters() + columns.first;
            self.store(block, first, turned, pixels, y);
        }
    }

    /// The bias of some filters of a group, filled up to the widest panel.
    fn start(&self, group: usize, filters: Range<usize>) -> [f32; 64] {
        let mut start = [0.0; 64];
        if let Some(bias) = self.bias {
            let first = group * self.shape.group_filters() + filters.start;
            // The sum with zero makes a negative zero positive, so that a product of zero added to
            // it leaves the same bits as one left out.
            let bias = bias[first..][..filters.len()].iter().map(|b| b + 0.0);
            start.iter_mut().zip(bias).for_each(|(s, b)| *s = b);
        }
        start
    }

    /// Copies rows of a filter's pixels to the output.
    fn store(&self, block: &Block, first: usize, turned: &[f32], pixels: usize, y: &Output) {
        let shape = self.shape;
        let per_image = block.rows.len() * shape.output[1];
        for (o, of_filter) in turned.chunks_exact(pixels).enumerate() {
            for (n, of_map) in block.images.clone().zip(of_filter.chunks_exact(per_image)) {
                let map = (n * shape.filters + first + o) * shape.output_pixels();
                // SAFETY: no other piece has these filters at these pixels.
                unsafe { y.write(map + block.rows.start * shape.output[1], of_map) };
            }
        }
    }
}

/// The taps of `channels` channels of a strip, against panel rows that start with the first channel.
fn steps(shape: &ConvShape, layout: &Layout, patch: &Patch, channels: usize) -> Steps {
    let step = |channel: usize, tap: usize| Step {
        source: (channel * layout.channel + layout.tap(tap)) as u32,
        panel: (channel * shape.taps() + tap) as u32,
    };
    let of_channel = |channel: usize| patch.taps.iter().map(move |&tap| step(channel, tap));
    (0..channels).flat_map(of_channel).collect()
}

/// The pixels of a patch, with sums in the order of the block's pixels.
fn rows(
    shape: &ConvShape,
    layout: &Layout,
    block: &Block,
    patch: &Patch,
    width: usize,
) -> Vec<Row> {
    let [across, down] = [shape.output[1], block.rows.len()];
    let row = |pixel: &super::block::Pixel| Row {
        source: layout.pixel(pixel) as u32,
        out: (((pixel.image * down + pixel.row) * across + pixel.column) * width) as u32,
    };
    patch.pixels.iter().map(row).collect()
}
