//! The gradient of the input: rows are output pixels, steps are filters, panels hold channels; every
//! tap adds to the padded pixels that it reads, and the border is folded back at the end.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use super::block::{Block, Blocks, Halos, Patch, Pixel, blocks, pieces};
use super::fold::Fold;
use super::memory::{Output, Scratch, collect, with_scratch};
use super::panels::{Columns, Panels};
use super::passes::GradInput;
use super::strip::{Layout, copy_run};
use super::{DEPTH, PIECES_AT_LEAST};
use crate::kernels::conv::InputGrad;
use crate::kernels::simd::Simd;
use crate::kernels::simd::finish::Finish;
use crate::kernels::simd::sweep::{Row, Start, Step, Steps, Sweep};
use crate::kernels::simd::transpose::Transpose;

/// Whole images, their blocks, and a range of panels of channels.
struct Piece {
    images: Range<usize>,
    blocks: Vec<(Block, usize)>,
    group: usize,
    panels: Range<usize>,
}

/// What the pieces have in common.
struct Plan {
    panels: Panels,
    pieces: Vec<Piece>,
    layout: Layout,
    /// From one filter's pixels to the next in a strip.
    filter: usize,
    /// The pixels of every geometry, for each tap those that read it.
    rows: Vec<Vec<Vec<Row>>>,
    /// The filters of a group, some at a time, with their steps.
    parts: Vec<(Range<usize>, Steps)>,
}

/// Output pixels per block.
const PIXELS: usize = 512;

impl GradInput<'_> {
    /// The pass with vectors along the channels.
    pub fn by_channels<S: Simd>(&self, simd: S) -> InputGrad<f32> {
        let shape = self.shape;
        let plan = self.plan(simd);
        let maps = shape.batch * shape.channels;
        let mut ring = Vec::new();
        let both = |x: Output| {
            let fill_ring = |ring: Output| {
                plan.pieces.par_iter().for_each(|piece| {
                    with_scratch(|scratch| self.piece(simd, &plan, piece, scratch, [&x, &ring]));
                });
            };
            let ring_len = self.ring.map_or(0, |frame| frame.len());
            // SAFETY: each piece writes the whole ring of its channels, and they cover all maps.
            ring = unsafe { collect(maps * ring_len, fill_ring) };
        };
        // SAFETY: each piece writes its channels of its images, and they cover all maps.
        let x = unsafe { collect(maps * shape.input_pixels(), both) };
        InputGrad { x, ring }
    }

    fn plan<S: Simd>(&self, simd: S) -> Plan {
        let shape = self.shape;
        let panels = Panels::of_channels(simd, shape, self.weight);
        // What flows to a halo without a ring is dropped.
        let halos = match self.ring {
            None => Halos::AddNothing,
            Some(_) => Halos::Count,
        };
        let per_piece = PIXELS / shape.output_pixels().max(1);
        let per_piece = per_piece.min(shape.batch.div_ceil(PIECES_AT_LEAST)).max(1);
        let images: Vec<Range<usize>> = pieces(0..shape.batch, per_piece).collect();
        let of_images = |images: &Range<usize>| blocks(shape, images.clone(), PIXELS);
        let all: Vec<Block> = images.iter().flat_map(of_images).collect();
        let blocks = Blocks::new(shape, self.axes, halos, S::ROWS, all);
        let layout = Layout::new(shape, blocks.largest(), self.axes[1].padded());
        let taps = 0..shape.taps();
        let rows = |patches: &Vec<Patch>| {
            taps.clone()
                .map(|tap| self.rows(&layout, patches, tap))
                .collect()
        };
        let [most_images, most_rows] = blocks.largest();
        // An odd number of cache lines, as in the strip of a forward pass.
        let filter = ((most_images * most_rows * shape.output[1]).div_ceil(16) | 1) * 16;
        let part = |filters: Range<usize>| {
            let step = |o: usize| Step {
                source: (o * filter) as u32,
                panel: o as u32,
            };
            let steps = (0..filters.len()).map(step).collect();
            (filters, steps)
        };
        Plan {
            rows: blocks.geometries.iter().map(rows).collect(),
            pieces: self.pieces(&images, &blocks, panels.columns.len()),
            parts: pieces(0..shape.group_filters(), DEPTH).map(part).collect(),
            panels,
            layout,
            filter,
        }
    }

    fn pieces(&self, images: &[Range<usize>], blocks: &Blocks, panels: usize) -> Vec<Piece> {
        let shares = PIECES_AT_LEAST.div_ceil((images.len() * self.shape.groups).max(1));
        let mut all = Vec::new();
        for images in images {
            let here = |b: &&(Block, usize)| images.contains(&b.0.images.start);
            let blocks: Vec<(Block, usize)> = blocks.blocks.iter().filter(here).cloned().collect();
            for group in 0..self.shape.groups {
                all.extend(
                    pieces(0..panels, panels.div_ceil(shares)).map(|panels| Piece {
                        images: images.clone(),
                        blocks: blocks.clone(),
                        group,
                        panels,
                    }),
                );
            }
        }
        all
    }

    /// The pixels that read a tap: their place in a strip, and the padded pixel where their window
    /// starts, counted from that of the block's first.
    fn rows(&self, layout: &Layout, patches: &[Patch], tap: usize) -> Vec<Row> {
        let of_image = self.padded_pixels();
        let row = |pixel: &Pixel| Row {
            source: pixel.index as u32,
            out: (pixel.image * of_image + layout.pixel(&Pixel { image: 0, ..*pixel })) as u32,
        };
        let with_tap = patches.iter().filter(|patch| patch.taps.contains(&tap));
        with_tap
            .flat_map(|patch| patch.pixels.iter().map(row))
            .collect()
    }

    fn padded_pixels(&self) -> usize {
        self.axes[0].padded() * self.axes[1].padded()
    }

    fn piece<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        piece: &Piece,
        scratch: &mut Scratch,
        [x, ring]: [&Output; 2],
    ) {
        let fold = Fold::new(self.axes, self.ring);
        for panel in piece.panels.clone() {
            let columns = &plan.panels.columns[panel];
            let of_image = self.padded_pixels() * columns.width;
            let Scratch { strip, sums, .. } = &mut *scratch;
            let sums = sums.take(piece.images.len() * of_image);
            sums.fill(0.0);
            for (block, geometry) in &piece.blocks {
                for (filters, steps) in &plan.parts {
                    let strip = strip.take(filters.len() * plan.filter);
                    self.copy_block(piece.group, filters.clone(), block, plan.filter, strip);
                    let first = (block.images.start - piece.images.start) * self.padded_pixels()
                        + block.rows.start * self.shape.window.stride[0] * self.axes[1].padded();
                    for (tap, rows) in plan.rows[*geometry].iter().enumerate() {
                        let panel_row = tap * self.shape.group_filters() + filters.start;
                        simd.vectorize(Sweep {
                            source: strip,
                            rows,
                            steps,
                            panel: plan.panels.rows(piece.group, panel, panel_row),
                            vectors: columns.vectors,
                            start: Start::Output,
                            out: sums,
                            shift: first + plan.layout.tap(tap),
                            finish: Finish::default(),
                        });
                    }
                }
            }
            for (n, sums) in piece.images.clone().zip(sums.chunks_mut(of_image.max(1))) {
                let first = n * self.shape.channels + piece.group * self.shape.group_channels();
                let map = first + columns.first;
                fold.image([columns.count, columns.width], sums, [map, 1], ring);
                self.store(simd, columns, sums, map, x);
            }
        }
    }

    /// The gradient at the pixels of a block, a row per filter.
    fn copy_block(
        &self,
        group: usize,
        filters: Range<usize>,
        block: &Block,
        stride: usize,
        strip: &mut [f32],
    ) {
        let shape = self.shape;
        let pixels = block.rows.len() * shape.output[1];
        let first = group * shape.group_filters();
        for (o, strip) in filters.zip(strip.chunks_mut(stride)) {
            for (n, out) in block.images.clone().zip(strip.chunks_exact_mut(pixels)) {
                let map = (n * shape.filters + first + o) * shape.output_pixels();
                let from = map + block.rows.start * shape.output[1];
                copy_run(&self.y_grad[from..][..pixels], out);
            }
        }
    }

    /// Writes the pixels of an image, map by map.
    fn store<S: Simd>(&self, simd: S, columns: &Columns, sums: &[f32], map: usize, x: &Output) {
        let [rows, across] = self.axes;
        let pixels = rows.n * across.n;
        for y in 0..rows.n {
            let from = ((rows.before + y) * across.padded() + across.before) * columns.width;
            simd.vectorize(Transpose {
                rows: across.n,
                columns: columns.count,
                from: &sums[from..],
                from_stride: columns.width,
                // SAFETY: no other piece has these maps.
                to: unsafe { x.at(map * pixels + y * across.n) },
                to_stride: pixels,
            });
        }
    }
}
