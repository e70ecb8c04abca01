//! Few filters or channels, as in grouped and depthwise convolution, and 1×1 kernels: vectors run along
//! the pixels.
//!
//! A map lies at its padded width, output pixels at the corner of their window, so that a tap is one
//! offset for all pixels; what is computed between the windows is thrown away, and output gradients
//! have zeros there. A stride splits the padded map into *phases*, the pixels that lie a stride apart:
//! in a phase, neighbouring windows are neighbours again.

mod forward;
mod grad_input;
mod grad_weight;
mod rows;

use std::ops::Range;

use super::block::Block;
use super::memory::{Buffer, apart};
use super::strip::{Source, copy_inside, fill_border};
use crate::kernels::conv::ConvShape;
use crate::kernels::simd::Simd;
use crate::kernels::simd::run::ROUND;

/// Filters or channels of a group that would leave vectors along them half empty.
const FEW: usize = 12;

/// Whether a pass forward is faster along the pixels.
pub(super) fn suits_forward(shape: &ConvShape) -> bool {
    shape.group_filters() < FEW || is_matrix_product(shape)
}

/// Whether the gradient of the input is faster along the pixels.
pub(super) fn suits_grad_input(shape: &ConvShape) -> bool {
    shape.group_channels() < FEW || is_matrix_product(shape)
}

/// Whether the gradient of the weight is faster along the pixels.
pub(super) fn suits_grad_weight(shape: &ConvShape) -> bool {
    const FEW: usize = 4;
    shape.groups > 1 && shape.group_filters() <= FEW && shape.group_channels() <= FEW
}

/// Whether every output pixel reads the one input pixel in its place.
fn is_matrix_product(shape: &ConvShape) -> bool {
    shape.taps() == 1 && shape.window.stride == [1, 1] && shape.input == shape.output
}

pub(super) use rows::suits as suits_rows;

/// Where the padded channels of a block of output pixels lie.
struct Plane {
    stride: [usize; 2],
    /// Padded pixels per row.
    padded: usize,
    /// Pixels per row of a phase.
    width: usize,
    /// Pixels per phase.
    phase: usize,
    /// Numbers per image.
    image: usize,
    /// From one channel to the next.
    channel: usize,
    /// Offset of every tap from the place of an output pixel, its phase included.
    taps: Vec<usize>,
}

impl Plane {
    /// The layout for blocks of at most so many images and output rows, of a padded width.
    fn new(shape: &ConvShape, [images, rows]: [usize; 2], padded: usize) -> Plane {
        let window = &shape.window;
        let [down, across] = window.stride;
        let width = padded.div_ceil(across);
        let height = (rows.saturating_sub(1) * down + window.span(0)).div_ceil(down);
        let phase = height * width;
        let image = phase * down * across;
        let tap = |tap: usize| {
            let y = tap / window.kernel[1] * window.dilation[0];
            let x = tap % window.kernel[1] * window.dilation[1];
            let of_phase = (y % down * across + x % across) * phase;
            of_phase + y / down * width + x / across
        };
        Plane {
            stride: window.stride,
            padded,
            width,
            phase,
            image,
            // With what rounding up reads beyond.
            channel: apart(images * image + 2 * ROUND),
            taps: (0..shape.taps()).map(tap).collect(),
        }
    }

    /// Positions from the first window of a block's image to its last.
    fn windows(&self, shape: &ConvShape, rows: usize) -> usize {
        match rows {
            0 => 0,
            _ => (rows - 1) * self.width + shape.output[1],
        }
    }

    /// Fills a strip with `channels` of the input; `padded` is room for a padded map where there is a
    /// stride.
    fn fill<S: Simd>(
        &self,
        simd: S,
        source: Source,
        block: &Block,
        channels: Range<usize>,
        [strip, padded]: [&mut Buffer; 2],
    ) {
        let [down, across] = self.stride;
        let first = block.rows.start * down;
        let span = source.shape.window.span(0);
        let rows = first..first + block.rows.len().saturating_sub(1) * down + span;
        let strip = strip.take(channels.len() * self.channel);
        for (channel, strip) in channels.zip(strip.chunks_mut(self.channel)) {
            if self.stride == [1, 1] {
                let maps = source.maps(channel, &block.images);
                copy_inside(simd, &maps, &rows, strip, self.image);
            }
            let images = strip.chunks_mut(self.image.max(1));
            for (n, strip) in block.images.clone().zip(images) {
                let map = n * source.shape.channels + channel;
                let (pixels, border) = (source.map(map), source.border.map(map));
                if self.stride == [1, 1] {
                    fill_border(pixels, &border, rows.clone(), strip);
                    continue;
                }
                let padded = padded.take(rows.len() * self.padded);
                copy_inside(simd, &source.maps(channel, &(n..n + 1)), &rows, padded, 0);
                fill_border(pixels, &border, rows.clone(), padded);
                for (row, from) in padded.chunks_exact(self.padded.max(1)).enumerate() {
                    let first = row % down * across * self.phase + row / down * self.width;
                    for x in 0..across.min(self.padded) {
                        let to = &mut strip[first + x * self.phase..][..self.width];
                        let from = from[x..].iter().step_by(across);
                        to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
                    }
                }
            }
        }
    }
}
