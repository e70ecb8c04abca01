//! The strip: the padded input of a block of output pixels, some channels at a time.
//!
//! It is filled straight from the input through the border's tables and lives in the cache; no padded
//! copy of a whole input is ever made.

use std::ops::Range;

use super::block::{Block, Pixel};
use crate::kernels::border::{Border, MapBorder};
use crate::kernels::conv::ConvShape;
use crate::kernels::simd::Simd;
use crate::kernels::simd::run::CopyRows;
use crate::padding::HALO;

/// The input of a pass, read through its border.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
}

/// Where the padded pixels of a block lie in a strip: channels of images of padded rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    stride: [usize; 2],
    dilation: [usize; 2],
    across: usize,
    /// Padded pixels per row.
    width: usize,
    /// Padded pixels per image.
    image: usize,
    /// From one channel to the next.
    pub channel: usize,
}

impl Layout {
    /// The layout for blocks of at most so many images and output rows, of a padded width.
    pub fn new(shape: &ConvShape, [images, rows]: [usize; 2], width: usize) -> Layout {
        let image = padded_rows(shape, &(0..rows)).len() * width;
        // An odd number of cache lines, lest all channels fall on the same few sets of the cache.
        let lines = (images * image).div_ceil(16) | 1;
        let window = &shape.window;
        Layout {
            stride: window.stride,
            dilation: window.dilation,
            across: window.kernel[1],
            width,
            image,
            channel: lines * 16,
        }
    }

    /// Where the window of an output pixel starts.
    pub fn pixel(&self, pixel: &Pixel) -> usize {
        pixel.image * self.image
            + pixel.row * self.stride[0] * self.width
            + pixel.column * self.stride[1]
    }

    /// Where a tap lies, from the start of its window.
    pub fn tap(&self, tap: usize) -> usize {
        let (y, x) = (tap / self.across, tap % self.across);
        y * self.dilation[0] * self.width + x * self.dilation[1]
    }

    /// Fills a strip with `channels` of the input.
    pub fn fill<S: Simd>(
        &self,
        simd: S,
        source: Source,
        block: &Block,
        channels: Range<usize>,
        strip: &mut [f32],
    ) {
        let Source { shape, border, x } = source;
        let rows = padded_rows(shape, &block.rows);
        for (channel, strip) in channels.zip(strip.chunks_mut(self.channel)) {
            for (n, strip) in block
                .images
                .clone()
                .zip(strip.chunks_mut(self.image.max(1)))
            {
                let map = n * shape.channels + channel;
                let pixels = &x[map * shape.input_pixels()..][..shape.input_pixels()];
                fill_rows(simd, pixels, &border.map(map), rows.clone(), strip);
            }
        }
    }
}

/// The padded rows that output rows read.
fn padded_rows(shape: &ConvShape, rows: &Range<usize>) -> Range<usize> {
    if rows.is_empty() {
        return 0..0;
    }
    let (stride, span) = (shape.window.stride[0], shape.window.span(0));
    rows.start * stride..(rows.end - 1) * stride + span
}

/// Copies padded rows of a map, one after the other.
pub(super) fn fill_rows<S: Simd>(
    simd: S,
    pixels: &[f32],
    border: &MapBorder<f32>,
    rows: Range<usize>,
    out: &mut [f32],
) {
    let [down, across] = border.axes;
    let (width, columns) = (across.padded(), across.inside());
    let inside = down.inside();
    let copied =
        rows.start.clamp(inside.start, inside.end)..rows.end.clamp(inside.start, inside.end);
    if !copied.is_empty() && across.n > 0 {
        simd.vectorize(CopyRows {
            rows: copied.len(),
            len: across.n,
            from: &pixels[(copied.start - inside.start) * across.n..],
            from_stride: across.n,
            to: (&mut out[(copied.start - rows.start) * width + columns.start..]).into(),
            to_stride: width,
        });
    }
    for (row, out) in rows.zip(out.chunks_exact_mut(width.max(1))) {
        let border_columns = (0..columns.start).chain(columns.end..width);
        match down.source[row] {
            HALO => (0..width).for_each(|column| out[column] = border.halo_value(row, column)),
            y => {
                let source = &pixels[y as usize * across.n..][..across.n];
                for column in border_columns {
                    out[column] = match across.source[column] {
                        HALO => border.halo_value(row, column),
                        x => source[x as usize],
                    };
                }
                if !copied.contains(&row) {
                    out[columns.clone()].copy_from_slice(source);
                }
            }
        }
    }
}

/// Copies a short run, in pieces of which the last two may overlap; a call would cost more.
#[inline]
pub(super) fn copy_run(from: &[f32], to: &mut [f32]) {
    const PIECE: usize = 4;
    const LONG: usize = 64;
    let len = from.len();
    if !(PIECE..=LONG).contains(&len) {
        to.copy_from_slice(from);
        return;
    }
    let to = &mut to[..len];
    for (from, to) in from.chunks_exact(PIECE).zip(to.chunks_exact_mut(PIECE)) {
        to.copy_from_slice(from);
    }
    to[len - PIECE..].copy_from_slice(&from[len - PIECE..]);
}
