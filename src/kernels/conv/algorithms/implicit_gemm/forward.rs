//! The forward pass: rows are output pixels, steps are (channel, tap), panels hold output channels.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use super::block_target;
use crate::kernels::border::Halo;
use crate::kernels::conv::packing::{Columns, Lifetime, Packed, Panels, are_finite};
use crate::kernels::conv::passes::Forward;
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::block::{Block, Blocks, Halos, Patch, blocks, pieces};
use crate::kernels::conv::shared::block::{DEPTH, PIECES_AT_LEAST};
use crate::kernels::conv::shared::memory::{Output, Scratch, collect, with_scratch};
use crate::kernels::conv::shared::strip::{Layout, prepare};
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::sweep::{FEWEST_ROWS, Row, Start, Step, Steps, Sweep};
use crate::kernels::simd::transpose::Transpose;

/// A block of pixels and the panels of output channels to compute there.
struct Piece<'a> {
    block: &'a Block,
    geometry: usize,
    group: usize,
    panels: Range<usize>,
}

/// What the pieces have in common.
struct Plan<'a> {
    columns: Vec<Columns>,
    /// The weights as they were kept.
    kept: Option<&'a Panels>,
    /// Else packed now, unless every panel is of use to one piece only, which then packs it itself.
    packed: Option<Panels>,
    blocks: Blocks,
    layout: Layout,
    /// The channels of a group, some at a time.
    parts: Vec<Range<usize>>,
    /// The patches of every geometry.
    patches: Vec<Vec<Taps>>,
}

/// Sums of a piece, such that they stay in the second-level cache.
const SUMS: usize = 1 << 17;

/// The pixels of a patch, and the terms of their sums.
struct Taps {
    rows: Vec<Row>,
    /// For a part of the channels as long as the first, and for one as long as the last.
    steps: [Steps; 2],
}

impl Forward<'_> {
    /// The pass with vectors along the output channels.
    pub fn implicit_gemm<S: Simd>(&self, simd: S) -> Vec<f32> {
        let plan = self.plan(simd);
        let pieces = self.pieces(&plan);
        let len = self.shape.batch * self.shape.output_image();
        let work = |y: Output| {
            pieces.par_iter().for_each(|piece| {
                with_scratch(|scratch| self.piece(simd, &plan, piece, scratch, &y));
            });
        };
        // SAFETY: the pieces are the product of all blocks, groups and panels, and each writes all
        // its output channels at all its pixels.
        unsafe { collect(len, work) }
    }

    fn plan<S: Simd>(&self, simd: S) -> Plan<'_> {
        let shape = self.shape;
        let columns = Columns::split::<S>(shape.group_out_channels());
        let blocks = blocks(shape, 0..shape.batch, block_target(shape, columns.len()));
        let made = self
            .kept
            .and_then(|weight| weight.derived(|weight: &[f32]| Packed::new(simd, shape, weight)));
        let kept = made.and_then(|made: &Packed| made.panels_for(shape, &columns));
        let pack = || Panels::of_out_channels(simd, shape, self.weight, Lifetime::Pass);
        let packed = (kept.is_none() && blocks.len() > 1).then(pack);
        let blocks = Blocks::new(
            shape,
            self.border.axes,
            self.halos(simd, made),
            FEWEST_ROWS,
            blocks,
        );
        let layout = Layout::new(shape, blocks.largest(), self.border.axes[1].padded());
        let at_once = (DEPTH / shape.taps().max(1)).max(1);
        let parts: Vec<Range<usize>> = pieces(0..shape.group_channels(), at_once).collect();
        let taps = |patch: &Patch| Taps {
            rows: rows(&layout, patch),
            steps: [parts.first(), parts.last()]
                .map(|part| steps(shape, &layout, patch, part.map_or(0, Range::len))),
        };
        let patches = |patches: &Vec<Patch>| patches.iter().map(taps).collect();
        let patches = blocks.geometries.iter().map(patches).collect();
        Plan {
            columns,
            kept,
            packed,
            blocks,
            layout,
            parts,
            patches,
        }
    }

    /// A halo of zeros adds nothing, unless a weight is not finite.
    fn halos<S: Simd>(&self, simd: S, made: Option<&Packed>) -> Halos {
        let zeros = matches!(self.border.halo, Halo::Constant(0.0));
        let finite = || match made {
            Some(made) => made.are_finite(),
            None => are_finite(simd, self.weight),
        };
        if zeros && finite() {
            Halos::AddNothing
        } else {
            Halos::Count
        }
    }

    fn pieces<'a>(&self, plan: &'a Plan<'_>) -> Vec<Piece<'a>> {
        let blocks = &plan.blocks.blocks;
        let panels = plan.columns.len();
        let shares = PIECES_AT_LEAST.div_ceil((blocks.len() * self.shape.groups).max(1));
        let widest = plan.columns.iter().map(|c| c.width).max().unwrap_or(1);
        let [images, rows] = plan.blocks.largest();
        let pixels = (images * rows * self.shape.output[1]).max(1);
        let at_most = (SUMS / (pixels * widest)).clamp(1, panels.div_ceil(shares).max(1));
        let mut all = Vec::new();
        for (block, geometry) in blocks {
            for group in 0..self.shape.groups {
                all.extend(pieces(0..panels, at_most).map(|panels| Piece {
                    block,
                    geometry: *geometry,
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
        plan: &Plan,
        piece: &Piece,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let (shape, layout) = (self.shape, &plan.layout);
        let patches = &plan.patches[piece.geometry];
        let pixels: usize = patches.iter().map(|p| p.rows.len()).sum();
        let columns = &plan.columns[piece.panels.clone()];
        let widest = columns.iter().map(|c| c.width).max().unwrap_or(0);
        let Scratch {
            strip,
            sums,
            transposed,
        } = scratch;
        let sums = sums.take(columns.len() * pixels * widest);
        let first = piece.group * shape.group_channels();
        let strip = strip.take(plan.parts.first().map_or(0, Range::len) * layout.channel);
        let prepared = prepare(self.border, strip);
        for part in &plan.parts {
            let channels = first + part.start..first + part.end;
            layout.fill(simd, self.source(), prepared, piece.block, channels, strip);
            let depth = part.start * shape.taps()..part.end * shape.taps();
            let which = usize::from(part.len() != plan.parts[0].len());
            let last = part.end == shape.group_channels();
            for (panel, sums) in piece.panels.clone().zip(sums.chunks_mut(pixels * widest)) {
                let columns = &plan.columns[panel];
                let out_channels = columns.of_group(shape, piece.group);
                let bias = self.start(out_channels.clone());
                let norms = last.then(|| self.norms(out_channels)).flatten();
                let weights = match plan.kept.or(plan.packed.as_ref()) {
                    Some(panels) => panels.rows(piece.group, panel, depth.start),
                    None => {
                        let rows = transposed.take(depth.len() * columns.width);
                        let depth = depth.clone();
                        columns.pack_out_channels(
                            simd,
                            shape,
                            self.weight,
                            piece.group,
                            depth,
                            rows,
                        );
                        rows
                    }
                };
                for patch in patches {
                    simd.vectorize(Sweep {
                        source: strip,
                        rows: &patch.rows,
                        steps: &patch.steps[which],
                        panel: weights,
                        vectors: columns.vectors,
                        start: match part.start {
                            0 => Start::Vectors(&bias),
                            _ => Start::Output,
                        },
                        out: sums,
                        shift: 0,
                        epilogue: TileEpilogue {
                            norms: norms.as_ref(),
                            relu: last && self.epilogue.relu,
                        },
                    });
                }
            }
        }
        for (columns, sums) in columns.iter().zip(sums.chunks(pixels * widest)) {
            self.store(simd, piece, columns, sums, y);
        }
    }

    /// Writes a panel of output channels at the pixels of a block, map by map.
    fn store<S: Simd>(&self, simd: S, piece: &Piece, columns: &Columns, sums: &[f32], y: &Output) {
        let (shape, block) = (self.shape, piece.block);
        let pixels = block.rows.len() * shape.output[1];
        let first = piece.group * shape.group_out_channels() + columns.first;
        let maps = block
            .images
            .clone()
            .zip(sums.chunks(pixels * columns.width));
        for (n, sums) in maps {
            let map = (n * shape.out_channels + first) * shape.output_pixels();
            simd.vectorize(Transpose {
                rows: pixels,
                columns: columns.count,
                from: sums,
                from_stride: columns.width,
                // SAFETY: no other piece has these output channels at these pixels.
                to: unsafe { y.at(map + block.rows.start * shape.output[1]) },
                to_stride: shape.output_pixels(),
            });
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
fn rows(layout: &Layout, patch: &Patch) -> Vec<Row> {
    let pixels = patch.pixels.iter().map(|pixel| Row {
        source: layout.pixel(pixel) as u32,
        out: pixel.index as u32,
    });
    pixels.collect()
}
