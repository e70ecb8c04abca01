//! The strip: the padded input of a block of output pixels, some channels at a time.
//!
//! It is filled straight from the input through the border's tables and lives in the cache; no padded
//! copy of a whole input is ever made.

use std::ops::Range;

use super::block::{Block, Pixel};
use super::memory::apart;
use crate::kernels::border::{Border, Halo, MapBorder};
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyMaps;
use crate::padding::{Axis, HALO};

/// The input of a pass, read through its border.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
}

impl<'a> Source<'a> {
    /// The pixels of a map; maps are numbered sample · channels + channel.
    pub fn map(&self, map: usize) -> &'a [f32] {
        &self.x[map * self.shape.input_pixels()..][..self.shape.input_pixels()]
    }

    /// Fills a strip with what the output rows of a block read of a channel, an image after every `step`
    /// elements, leaving out the border where it is `prepared`.
    pub fn fill<S: Simd>(
        &self,
        simd: S,
        prepared: bool,
        block: &Block,
        channel: usize,
        strip: &mut [f32],
        step: usize,
    ) {
        let rows = padded_rows(self.shape, &block.rows);
        let maps = self.maps(channel, &block.images);
        copy_inside(simd, &maps, &rows, strip, step);
        if prepared {
            return;
        }
        let images = strip.chunks_mut(step.max(1));
        for (n, strip) in block.images.clone().zip(images) {
            let map = n * self.shape.channels + channel;
            fill_border(self.map(map), &self.border.map(map), rows.clone(), strip);
        }
    }

    /// A channel of some images.
    fn maps(&self, channel: usize, images: &Range<usize>) -> Maps<'a> {
        let pixels = self.shape.input_pixels();
        Maps {
            axes: self.border.axes,
            values: &self.x[(images.start * self.shape.channels + channel) * pixels..],
            count: images.len(),
            step: self.shape.channels * pixels,
        }
    }
}

/// Maps that lie equally far apart.
struct Maps<'a> {
    axes: &'a [Axis; 2],
    /// From the first map on.
    values: &'a [f32],
    count: usize,
    /// From one map to the next.
    step: usize,
}

/// Where the padded pixels of a block lie in a strip: channels of images of padded rows.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    stride: [usize; 2],
    dilation: [usize; 2],
    across: usize,
    /// Padded pixels per row.
    pub width: usize,
    /// Padded pixels per image.
    pub image: usize,
    /// From one channel to the next.
    pub channel: usize,
}

impl Layout {
    /// The layout for blocks of at most this many images and output rows, of a padded width.
    pub fn new(shape: &ConvShape, [images, rows]: [usize; 2], width: usize) -> Layout {
        let image = padded_rows(shape, &(0..rows)).len() * width;
        let window = &shape.window;
        Layout {
            stride: window.stride,
            dilation: window.dilation,
            across: window.kernel[1],
            width,
            image,
            channel: apart(images * image),
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

    /// Where the taps of some channels lie, channel by channel, from the start of their window.
    pub fn terms(&self, channels: usize, taps: usize) -> Vec<u32> {
        let of_channel = |c| (0..taps).map(move |tap| (c * self.channel + self.tap(tap)) as u32);
        (0..channels).flat_map(of_channel).collect()
    }

    /// Fills a strip with `channels` of the input, leaving out the border where it is `prepared`.
    pub fn fill<S: Simd>(
        &self,
        simd: S,
        source: Source,
        prepared: bool,
        block: &Block,
        channels: Range<usize>,
        strip: &mut [f32],
    ) {
        for (channel, strip) in channels.zip(strip.chunks_mut(self.channel)) {
            source.fill(simd, prepared, block, channel, strip, self.image);
        }
    }
}

/// Fills a strip with the border, once for all fills of blocks with the same rows, where the border is the
/// same value everywhere. Returns whether it is.
pub fn prepare(border: &Border<f32>, strip: &mut [f32]) -> bool {
    let uniform = border.uniform();
    uniform.inspect(|&value| strip.fill(value)).is_some()
}

/// The padded rows that output rows read.
pub fn padded_rows(shape: &ConvShape, rows: &Range<usize>) -> Range<usize> {
    if rows.is_empty() {
        return 0..0;
    }
    let (stride, span) = (shape.window.stride[0], shape.window.span(0));
    rows.start * stride..(rows.end - 1) * stride + span
}

/// The rows among padded rows `rows` that lie inside the image.
pub fn inside_rows(down: &Axis, rows: &Range<usize>) -> Range<usize> {
    let inside = down.inside();
    let first = rows.start.clamp(inside.start, inside.end);
    first..rows.end.clamp(first, inside.end)
}

/// Copies what padded rows of maps hold of the image, to one map after every `step` elements.
fn copy_inside<S: Simd>(simd: S, maps: &Maps, rows: &Range<usize>, out: &mut [f32], step: usize) {
    let [down, across] = maps.axes;
    let copied = inside_rows(down, rows);
    if copied.is_empty() || across.n == 0 {
        return;
    }
    simd.vectorize(CopyMaps {
        size: [maps.count, copied.len(), across.n],
        from: &maps.values[(copied.start - down.before) * across.n..],
        from_steps: [maps.step, across.n],
        to: (&mut out[(copied.start - rows.start) * across.padded() + across.before..]).into(),
        to_steps: [step, across.padded()],
    });
}

/// Fills what padded rows of a map hold of the border.
fn fill_border(pixels: &[f32], border: &MapBorder<f32>, rows: Range<usize>, out: &mut [f32]) {
    let [down, across] = border.axes;
    let (width, inside) = (across.padded(), across.inside());
    let copied = inside_rows(down, &rows);
    let [left, right] = [0..inside.start, inside.end..width];
    for (row, out) in rows.zip(out.chunks_exact_mut(width.max(1))) {
        if down.source[row] == HALO {
            match border.halo {
                Halo::Constant(value) => out.fill(value),
                Halo::Ring(..) => {
                    (0..width).for_each(|column| out[column] = border.halo_value(row, column));
                }
            }
            continue;
        }
        let source = &pixels[down.source[row] as usize * across.n..][..across.n];
        for columns in [left.clone(), right.clone()] {
            let first = columns.start;
            let read = &across.source[columns.clone()];
            for (i, (to, &x)) in out[columns].iter_mut().zip(read).enumerate() {
                *to = match x {
                    HALO => border.halo_value(row, first + i),
                    x => source[x as usize],
                };
            }
        }
        if !copied.contains(&row) {
            out[inside.clone()].copy_from_slice(source);
        }
    }
}

/// Copies a short run, in pieces of which the last two may overlap; a call would cost more.
#[inline]
pub fn copy_run(from: &[f32], to: &mut [f32]) {
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
