//! The gradient of the weight: rows are (channel, tap), steps are output pixels, panels hold filters.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use super::block::{Block, Patch, Taps, blocks, pieces};
use super::memory::{Buffer, Output, Scratch, collect, with_scratch};
use super::panels::Columns;
use super::strip::Layout;
use super::{DEPTH, PIECES_AT_LEAST};
use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::ConvShape;
use crate::kernels::simd::sweep::{Row, Start, Step, Steps, Sweep};
use crate::kernels::simd::transpose::Transpose;
use crate::kernels::simd::{Routine, Simd};

/// ∂weight from ∂y.
pub(super) struct GradWeight<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
    pub y_grad: &'a [f32],
}

/// Channels of a group, and the images over which a piece of work sums.
struct Piece {
    group: usize,
    channels: Range<usize>,
    images: Range<usize>,
}

/// Channels per piece: enough for turning ∂y once per piece to cost little.
const CHANNELS: usize = 64;

/// Output pixels per block.
const PIXELS: usize = 256;

impl Routine for GradWeight<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let columns = Columns::split::<S>(shape.group_filters());
        // A halo of zeros adds nothing.
        let taps = match self.border.halo {
            Halo::Constant(0.0) => Taps::worth_reading(shape, self.border.axes),
            _ => Taps::All,
        };
        let images_at_once = self.images_at_once();
        let sums: Vec<(Piece, Buffer)> = self
            .pieces(images_at_once)
            .into_par_iter()
            .map(|piece| {
                let sums = with_scratch(|s| self.piece(simd, &columns, taps, &piece, s));
                (piece, sums)
            })
            .collect();
        // The pieces of the same channels follow one another.
        let summands = shape.batch.div_ceil(images_at_once).max(1);
        let finish = |output: Output| {
            sums.par_chunks(summands).for_each(|same| {
                with_scratch(|scratch| self.finish(simd, &columns, same, scratch, &output));
            });
        };
        // SAFETY: the channels of the pieces cover every group, and each writes all of its filters.
        unsafe { collect(shape.weights(), finish) }
    }
}

impl GradWeight<'_> {
    /// Images per piece, such that there are enough pieces but no more partial sums than needed.
    fn images_at_once(&self) -> usize {
        let shape = self.shape;
        let of_channels = shape.group_channels().div_ceil(CHANNELS) * shape.groups;
        let wanted = PIECES_AT_LEAST.div_ceil(of_channels.max(1));
        shape.batch.div_ceil(wanted).max(1)
    }

    fn pieces(&self, images_at_once: usize) -> Vec<Piece> {
        let shape = self.shape;
        let mut all = Vec::new();
        for group in 0..shape.groups {
            for channels in pieces(0..shape.group_channels(), CHANNELS) {
                for first in (0..shape.batch.max(1)).step_by(images_at_once) {
                    let images = first..(first + images_at_once).min(shape.batch);
                    all.push(Piece {
                        group,
                        channels: channels.clone(),
                        images,
                    });
                }
            }
        }
        all
    }

    /// Panel after panel the sums of a piece, rows (channel, tap).
    fn piece<S: Simd>(
        &self,
        simd: S,
        columns: &[Columns],
        taps: Taps,
        piece: &Piece,
        scratch: &mut Scratch,
    ) -> Buffer {
        let shape = self.shape;
        let rows = piece.channels.len() * shape.taps();
        let width: usize = columns.iter().map(|c| c.width).sum();
        let mut sums = Buffer::zeros(rows * width);
        for block in blocks(shape, piece.images.clone(), PIXELS) {
            self.block(
                simd,
                columns,
                taps,
                piece,
                &block,
                scratch,
                sums.take(rows * width),
            );
        }
        sums
    }

    #[allow(clippy::too_many_arguments)]
    fn block<S: Simd>(
        &self,
        simd: S,
        columns: &[Columns],
        taps: Taps,
        piece: &Piece,
        block: &Block,
        scratch: &mut Scratch,
        mut sums: &mut [f32],
    ) {
        let shape = self.shape;
        let width = self.border.axes[1].padded();
        let layout = Layout::new(shape, block.images.len(), block.rows.len(), width);
        let first = piece.group * shape.group_channels();
        let channels = first + piece.channels.start..first + piece.channels.end;
        let strip = scratch.strip.take(channels.len() * layout.channel);
        layout.fill(shape, self.border, self.x, block, channels, strip);
        let parts = self.parts(taps, piece, block, &layout);
        let pixels = block.pixels(shape);
        for columns in columns {
            let turned = scratch.turned.take(pixels * columns.width);
            self.turn(simd, piece.group, columns, block, turned);
            let (panel_sums, rest) =
                sums.split_at_mut(piece.channels.len() * shape.taps() * columns.width);
            for (rows, chunks) in &parts {
                let rows: Vec<Row> = rows
                    .iter()
                    .map(|r| Row {
                        out: r.out * columns.width as u32,
                        ..*r
                    })
                    .collect();
                for steps in chunks {
                    simd.vectorize(Sweep {
                        source: strip,
                        rows: &rows,
                        steps,
                        panel: turned,
                        vectors: columns.vectors,
                        start: Start::Output,
                        out: panel_sums,
                        shift: 0,
                    });
                }
            }
            sums = rest;
        }
    }

    /// Rows (channel, tap) with the steps of the pixels that they sum over, some at a time.
    fn parts(
        &self,
        taps: Taps,
        piece: &Piece,
        block: &Block,
        layout: &Layout,
    ) -> Vec<(Vec<Row>, Vec<Steps>)> {
        let shape = self.shape;
        let patches = taps.patches(shape, self.border.axes, block);
        let rows = |taps: &[usize]| {
            let row = |channel: usize, tap: usize| Row {
                source: (channel * layout.channel + layout.tap(tap)) as u32,
                out: (channel * shape.taps() + tap) as u32,
            };
            let of_channel = |channel| taps.iter().map(move |&tap| row(channel, tap));
            (0..piece.channels.len()).flat_map(of_channel).collect()
        };
        let all: Vec<usize> = (0..shape.taps()).collect();
        match taps {
            Taps::All => vec![(rows(&all), self.steps(&patches, None, block, layout))],
            Taps::WithSource => all
                .iter()
                .map(|&tap| (rows(&[tap]), self.steps(&patches, Some(tap), block, layout)))
                .collect(),
        }
    }

    /// The pixels whose windows have `tap`, or all, in steps of some at a time.
    fn steps(
        &self,
        patches: &[Patch],
        tap: Option<usize>,
        block: &Block,
        layout: &Layout,
    ) -> Vec<Steps> {
        let [across, down] = [self.shape.output[1], block.rows.len()];
        let has_tap = |patch: &&Patch| tap.is_none_or(|tap| patch.taps.contains(&tap));
        let step = |pixel: &super::block::Pixel| Step {
            source: layout.pixel(pixel) as u32,
            panel: ((pixel.image * down + pixel.row) * across + pixel.column) as u32,
        };
        let mut steps: Vec<Step> = patches
            .iter()
            .filter(has_tap)
            .flat_map(|p| p.pixels.iter().map(step))
            .collect();
        steps.sort_unstable_by_key(|step| step.panel);
        steps
            .chunks(DEPTH)
            .map(|chunk| chunk.iter().copied().collect())
            .collect()
    }

    /// The gradient of a panel of filters at the pixels of a block, a row per pixel.
    fn turn<S: Simd>(
        &self,
        simd: S,
        group: usize,
        columns: &Columns,
        block: &Block,
        turned: &mut [f32],
    ) {
        let shape = self.shape;
        let pixels = block.rows.len() * shape.output[1];
        let first = group * shape.group_filters() + columns.first;
        for (n, turned) in block
            .images
            .clone()
            .zip(turned.chunks_mut(pixels * columns.width))
        {
            let map = (n * shape.filters + first) * shape.output_pixels();
            if columns.count < columns.width {
                turned
                    .chunks_mut(columns.width)
                    .for_each(|row| row[columns.count..].fill(0.0));
            }
            simd.vectorize(Transpose {
                rows: columns.count,
                columns: pixels,
                from: &self.y_grad[map + block.rows.start * shape.output[1]..],
                from_stride: shape.output_pixels(),
                to: turned,
                to_stride: columns.width,
            });
        }
    }

    /// Adds the sums of the same channels over different images, in order, and writes them filter by
    /// filter.
    fn finish<S: Simd>(
        &self,
        simd: S,
        columns: &[Columns],
        same: &[(Piece, Buffer)],
        scratch: &mut Scratch,
        output: &Output,
    ) {
        let shape = self.shape;
        let piece = &same[0].0;
        let rows = piece.channels.len() * shape.taps();
        let mut start = 0;
        for columns in columns {
            let len = rows * columns.width;
            let total = scratch.sums.take(len);
            total.copy_from_slice(&same[0].1.get(start + len)[start..]);
            for (_, sums) in &same[1..] {
                let sums = &sums.get(start + len)[start..];
                total.iter_mut().zip(sums).for_each(|(t, s)| *t += s);
            }
            start += len;
            let turned = scratch.turned.take(columns.count * rows);
            simd.vectorize(Transpose {
                rows,
                columns: columns.count,
                from: total,
                from_stride: columns.width,
                to: turned,
                to_stride: rows,
            });
            let first = piece.group * shape.group_filters() + columns.first;
            for (o, of_filter) in turned.chunks_exact(rows).enumerate() {
                let place = (first + o) * shape.depth() + piece.channels.start * shape.taps();
                // SAFETY: no other piece has these channels of this group.
                unsafe { output.write(place, of_filter) };
            }
        }
    }
}
