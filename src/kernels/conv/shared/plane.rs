//! The padded channels of a block at their padded width, split into phases by the stride.

use std::ops::Range;

use super::block::Block;
use super::memory::{Buffer, apart};
use super::strip::{Source, inside_rows, padded_rows};
use crate::kernels::border::MapBorder;
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::SplitMap;
use crate::kernels::simd::map_sums::ROUND;
use crate::padding::Axis;

/// Where the padded channels of a block of output pixels lie.
pub struct Plane {
    pub stride: [usize; 2],
    /// Pixels per row of a phase.
    pub width: usize,
    /// Elements per phase: some images.
    pub phase: usize,
    /// Pixels of an image in a phase.
    pub image: usize,
    /// From one channel to the next.
    pub channel: usize,
    /// Offset of every tap from an output pixel, its phase included.
    pub taps: Vec<usize>,
    /// Where the first columns of the image lie in a row, one per phase.
    columns: Vec<usize>,
}

impl Plane {
    /// The layout for blocks of at most this many images and output rows, of padded rows like `row`.
    pub fn new(shape: &ConvShape, [images, rows]: [usize; 2], row: &Axis) -> Plane {
        let window = &shape.window;
        let [down, across] = window.stride;
        let width = row.padded().div_ceil(across);
        let height = (rows.saturating_sub(1) * down + window.span(0)).div_ceil(down);
        let image = height * width;
        let phase = images * image;
        let tap = |tap: usize| {
            let y = tap / window.kernel[1] * window.dilation[0];
            let x = tap % window.kernel[1] * window.dilation[1];
            let of_phase = (y % down * across + x % across) * phase;
            of_phase + y / down * width + x / across
        };
        Plane {
            stride: window.stride,
            width,
            phase,
            image,
            // With what rounding up reads beyond.
            channel: apart(phase * down * across + 2 * ROUND),
            taps: (0..shape.taps()).map(tap).collect(),
            columns: (row.before..row.before + across.min(row.n))
                .map(|column| column % across * phase + column / across)
                .collect(),
        }
    }

    /// Positions from the first window of a block's image to its last.
    pub fn windows(&self, shape: &ConvShape, rows: usize) -> usize {
        match rows {
            0 => 0,
            _ => (rows - 1) * self.width + shape.output[1],
        }
    }

    /// Fills a strip with `channels` of the input.
    pub fn fill<S: Simd>(
        &self,
        simd: S,
        source: Source,
        block: &Block,
        channels: Range<usize>,
        strip: &mut Buffer,
    ) {
        let strip = strip.take(channels.len() * self.channel);
        for (channel, strip) in channels.zip(strip.chunks_mut(self.channel)) {
            self.fill_channel(simd, source, false, block, channel, strip);
        }
    }

    /// Fills the strip of a channel, leaving out the border where it is `prepared`.
    pub fn fill_channel<S: Simd>(
        &self,
        simd: S,
        source: Source,
        prepared: bool,
        block: &Block,
        channel: usize,
        strip: &mut [f32],
    ) {
        if self.stride == [1, 1] {
            source.fill(simd, prepared, block, channel, strip, self.image);
            return;
        }
        let rows = padded_rows(source.shape, &block.rows);
        for (i, n) in block.images.clone().enumerate() {
            let strip = &mut strip[i * self.image..];
            let map = n * source.shape.channels + channel;
            let (pixels, border) = (source.map(map), source.border.map(map));
            self.split_inside(simd, pixels, border.axes, &rows, strip);
            if !prepared {
                self.split_border(pixels, &border, &rows, strip);
            }
        }
    }

    /// Where a padded pixel lies, counted from the first row of a block.
    fn offset(&self, row: usize, column: usize) -> usize {
        let [down, across] = self.stride;
        let phase = row % down * across + column % across;
        phase * self.phase + row / down * self.width + column / across
    }

    /// Splits what padded rows of a map hold of the image into phases.
    fn split_inside<S: Simd>(
        &self,
        simd: S,
        pixels: &[f32],
        [down, across]: &[Axis; 2],
        rows: &Range<usize>,
        strip: &mut [f32],
    ) {
        let copied = inside_rows(down, rows);
        if copied.is_empty() || across.n == 0 {
            return;
        }
        let first = copied.start - rows.start;
        let firsts = first..first + self.stride[0].min(copied.len());
        let firsts: Vec<usize> = firsts.map(|row| self.offset(row, 0)).collect();
        simd.vectorize(SplitMap {
            size: [copied.len(), across.n],
            from: &pixels[(copied.start - down.before) * across.n..],
            to: strip,
            rows: &firsts,
            columns: &self.columns,
            stride: self.width,
        });
    }

    /// Fills what padded rows of a map hold of the border.
    fn split_border(
        &self,
        pixels: &[f32],
        border: &MapBorder<f32>,
        rows: &Range<usize>,
        strip: &mut [f32],
    ) {
        let [down, across] = border.axes;
        let copied = inside_rows(down, rows);
        for row in rows.clone() {
            let inside = match copied.contains(&row) {
                true => across.inside(),
                false => 0..0,
            };
            for column in (0..inside.start).chain(inside.end..across.padded()) {
                let offset = self.offset(row - rows.start, column);
                strip[offset] = border.value(pixels, row, column);
            }
        }
    }
}
