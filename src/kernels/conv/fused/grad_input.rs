//! The gradient of the input: rows are output pixels, steps are filters, panels hold channels; every
//! tap adds to the padded pixels that it reads, and the border is folded back at the end.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use super::block::{Block, Taps, blocks, pieces};
use super::memory::{Output, Scratch, collect, with_scratch};
use super::panels::{Columns, Panels};
use super::strip::Layout;
use super::{DEPTH, PIECES_AT_LEAST};
use crate::kernels::conv::{ConvShape, InputGrad};
use crate::kernels::simd::sweep::{Row, Start, Step, Steps, Sweep};
use crate::kernels::simd::transpose::Transpose;
use crate::kernels::simd::{Routine, Simd};
use crate::padding::{Axis, Frame, HALO};

/// ∂x from ∂y.
pub(super) struct GradInput<'a> {
    pub shape: &'a ConvShape,
    pub axes: &'a [Axis; 2],
    pub ring: Option<Frame>,
    pub weight: &'a [f32],
    pub y_grad: &'a [f32],
}

/// Whole images and a range of panels of channels.
struct Piece {
    images: Range<usize>,
    group: usize,
    panels: Range<usize>,
}

/// Output pixels per block.
const PIXELS: usize = 256;

impl Routine for GradInput<'_> {
    type Output = InputGrad<f32>;

    fn run<S: Simd>(self, simd: S) -> InputGrad<f32> {
        let shape = self.shape;
        let panels = Panels::of_channels::<S>(shape, self.weight);
        // What flows to a halo without a ring is dropped.
        let taps = match self.ring {
            None => Taps::worth_reading(shape, self.axes),
            Some(_) => Taps::All,
        };
        let pieces = self.pieces(&panels);
        let maps = shape.batch * shape.channels;
        let mut ring = Vec::new();
        let both = |x: Output| {
            let fill_ring = |ring: Output| {
                pieces.par_iter().for_each(|piece| {
                    with_scratch(|s| self.piece(simd, &panels, taps, piece, s, &x, &ring));
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
}

impl GradInput<'_> {
    fn pieces(&self, panels: &Panels) -> Vec<Piece> {
        let shape = self.shape;
        let pixels = shape.output_pixels().max(1);
        let images = (PIXELS / pixels)
            .min(shape.batch.div_ceil(PIECES_AT_LEAST))
            .max(1);
        let images: Vec<Range<usize>> = match shape.batch {
            0 => Vec::new(),
            batch => pieces(0..batch, images).collect(),
        };
        let shares = PIECES_AT_LEAST.div_ceil((images.len() * shape.groups).max(1));
        let at_once = panels.columns.len().div_ceil(shares);
        let mut all = Vec::new();
        for images in &images {
            for group in 0..shape.groups {
                let parts = pieces(0..panels.columns.len(), at_once);
                all.extend(parts.map(|panels| Piece {
                    images: images.clone(),
                    group,
                    panels,
                }));
            }
        }
        all
    }

    fn padded(&self) -> [usize; 2] {
        [self.axes[0].padded(), self.axes[1].padded()]
    }

    #[allow(clippy::too_many_arguments)]
    fn piece<S: Simd>(
        &self,
        simd: S,
        panels: &Panels,
        taps: Taps,
        piece: &Piece,
        scratch: &mut Scratch,
        x: &Output,
        ring: &Output,
    ) {
        let [height, width] = self.padded();
        for panel in piece.panels.clone() {
            let columns = &panels.columns[panel];
            let len = piece.images.len() * height * width * columns.width;
            scratch.sums.take(len).fill(0.0);
            for block in blocks(self.shape, piece.images.clone(), PIXELS) {
                self.block(simd, panels, taps, piece, panel, &block, scratch);
            }
            let of_image = height * width * columns.width;
            for n in piece.images.clone() {
                let Scratch { sums, turned, .. } = &mut *scratch;
                let sums = &mut sums.take(len)[(n - piece.images.start) * of_image..][..of_image];
                let first = n * self.shape.channels + piece.group * self.shape.group_channels();
                let map = first + columns.first;
                self.fold(columns, sums, map, ring);
                self.store(simd, columns, sums, map, turned, x);
            }
        }
    }

    /// Adds what a block of output pixels passes back to a panel of channels.
    #[allow(clippy::too_many_arguments)]
    fn block<S: Simd>(
        &self,
        simd: S,
        panels: &Panels,
        taps: Taps,
        piece: &Piece,
        panel: usize,
        block: &Block,
        scratch: &mut Scratch,
    ) {
        let shape = self.shape;
        let [height, width] = self.padded();
        let columns = &panels.columns[panel];
        let pixels = block.pixels(shape);
        // An odd number of cache lines, as in a strip.
        let stride = (pixels.div_ceil(16) | 1) * 16;
        let layout = Layout::new(shape, 1, shape.output[0], width);
        let patches = taps.patches(shape, self.axes, block);
        let row = |pixel: &super::block::Pixel| {
            let in_block = (pixel.image * block.rows.len() + pixel.row) * shape.output[1];
            let image = block.images.start + pixel.image - piece.images.start;
            let start = super::block::Pixel {
                image: 0,
                row: block.rows.start + pixel.row,
                ..*pixel
            };
            let place = image * height * width + layout.pixel(&start);
            Row {
                source: (in_block + pixel.column) as u32,
                out: (place * columns.width) as u32,
            }
        };
        let rows_of = |tap: usize| -> Vec<Row> {
            let with_tap = patches.iter().filter(|patch| patch.taps.contains(&tap));
            with_tap
                .flat_map(|patch| patch.pixels.iter().map(row))
                .collect()
        };
        let rows: Vec<Vec<Row>> = (0..shape.taps()).map(rows_of).collect();
        for filters in pieces(0..shape.group_filters(), DEPTH) {
            let strip = scratch.strip.take(filters.len() * stride);
            self.copy_block(piece.group, filters.clone(), block, stride, strip);
            let step = |o: usize| Step {
                source: (o * stride) as u32,
                panel: o as u32,
            };
            let steps: Steps = (0..filters.len()).map(step).collect();
            for (tap, rows) in rows.iter().enumerate() {
                let first = tap * shape.group_filters() + filters.start;
                simd.vectorize(Sweep {
                    source: strip,
                    rows,
                    steps: &steps,
                    panel: panels.rows(piece.group, panel, first),
                    vectors: columns.vectors,
                    start: Start::Output,
                    out: scratch
                        .sums
                        .take(piece.images.len() * height * width * columns.width),
                    shift: layout.tap(tap) * columns.width,
                });
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
                out.copy_from_slice(&self.y_grad[from..][..pixels]);
            }
        }
    }

    /// Adds the gradient of every padded pixel of an image to the pixel that it read, or writes it to
    /// the ring.
    fn fold(&self, columns: &Columns, sums: &mut [f32], map: usize, ring: &Output) {
        let [rows, across] = self.axes;
        let width = across.padded();
        let place = |row: usize, column: usize| (row * width + column) * columns.width;
        for row in 0..rows.padded() {
            let inside = if rows.inside().contains(&row) {
                across.inside()
            } else {
                0..0
            };
            for column in (0..inside.start).chain(inside.end..width) {
                let from = place(row, column);
                let (y, x) = (rows.source[row], across.source[column]);
                if y != HALO && x != HALO {
                    let to = place(rows.before + y as usize, across.before + x as usize);
                    for c in 0..columns.width {
                        sums[to + c] += sums[from + c];
                    }
                } else if let Some(frame) = self.ring {
                    for c in 0..columns.count {
                        let slot = (map + c) * frame.len() + frame.slot(row, column);
                        // SAFETY: no other piece has this map.
                        unsafe { ring.write(slot, &sums[from + c..][..1]) };
                    }
                }
            }
        }
        if let Some(frame) = self.ring {
            self.clear_unread_slots(columns, map, &frame, ring);
        }
    }

    /// Writes zero to the slots of padded pixels that read the image and thus not the ring.
    fn clear_unread_slots(&self, columns: &Columns, map: usize, frame: &Frame, ring: &Output) {
        let [rows, across] = self.axes;
        for (slot, row, column) in frame.slots() {
            let row = (row + rows.before as isize) as usize;
            let column = (column + across.before as isize) as usize;
            if rows.source[row] != HALO && across.source[column] != HALO {
                for c in 0..columns.count {
                    // SAFETY: no other piece has this map.
                    unsafe { ring.write((map + c) * frame.len() + slot, &[0.0]) };
                }
            }
        }
    }

    /// Writes the pixels of an image, map by map.
    fn store<S: Simd>(
        &self,
        simd: S,
        columns: &Columns,
        sums: &[f32],
        map: usize,
        turned: &mut super::memory::Buffer,
        x: &Output,
    ) {
        let [rows, across] = self.axes;
        let pixels = rows.n * across.n;
        let turned = turned.take(columns.count * pixels);
        for y in 0..rows.n {
            let from = ((rows.before + y) * across.padded() + across.before) * columns.width;
            if pixels == 0 {
                break;
            }
            simd.vectorize(Transpose {
                rows: across.n,
                columns: columns.count,
                from: &sums[from..],
                from_stride: columns.width,
                to: &mut turned[y * across.n..],
                to_stride: pixels,
            });
        }
        // SAFETY: no other piece has these maps.
        unsafe { x.write(map * pixels, turned) };
    }
}
