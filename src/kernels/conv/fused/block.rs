//! Blocks of output pixels, the pieces of work of a pass, and the taps that their pixels read.

use std::ops::Range;

use crate::kernels::conv::ConvShape;
use crate::padding::{Axis, HALO};

/// Some rows of one image, or all rows of some images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub images: Range<usize>,
    pub rows: Range<usize>,
}

impl Block {
    /// Output pixels in the block.
    pub fn pixels(&self, shape: &ConvShape) -> usize {
        self.images.len() * self.rows.len() * shape.output[1]
    }
}

/// Cuts `images` into blocks of about `target` output pixels.
pub(super) fn blocks(shape: &ConvShape, images: Range<usize>, target: usize) -> Vec<Block> {
    let [height, width] = shape.output;
    let per_block = (target / shape.output_pixels().max(1)).max(1);
    if per_block > 1 || height * width <= target {
        return pieces(images, per_block)
            .map(|images| Block {
                images,
                rows: 0..height,
            })
            .collect();
    }
    let rows = (target / width.max(1)).clamp(1, height);
    images
        .flat_map(|n| {
            pieces(0..height, rows).map(move |rows| Block {
                images: n..n + 1,
                rows,
            })
        })
        .collect()
}

/// Cuts a range into equal pieces of at most `size`.
pub(super) fn pieces(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let count = range.len().div_ceil(size.max(1)).max(1);
    let even = range.len().div_ceil(count).max(1);
    (range.start..range.end)
        .step_by(even)
        .map(move |first| first..(first + even).min(range.end))
}

/// An output pixel of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixel {
    /// Counted from the block's first image.
    pub image: usize,
    /// Counted from the block's first row.
    pub row: usize,
    pub column: usize,
}

/// Output pixels that read the same taps.
pub(super) struct Patch {
    /// Tap numbers, row-major.
    pub taps: Vec<usize>,
    pub pixels: Vec<Pixel>,
}

/// Which taps of the padded pixels take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taps {
    All,
    /// Not those that lie in the halo.
    WithSource,
}

/// Leaving out less than this share of the products is not worth cutting a block into patches.
const WORTHWHILE: f64 = 0.06;

impl Taps {
    /// Leaves out the halo where that saves enough.
    ///
    /// Only for passes to which the halo contributes nothing.
    pub fn worth_reading(shape: &ConvShape, axes: &[Axis; 2]) -> Taps {
        let share = |axis: usize| {
            let lines = lines(shape, axes, axis, 0..shape.output[axis], Taps::WithSource);
            let read: usize = lines.iter().map(|l| l.taps.len() * l.outputs.len()).sum();
            read as f64 / (shape.output[axis] * shape.window.kernel[axis]).max(1) as f64
        };
        match share(0) * share(1) < 1.0 - WORTHWHILE {
            true => Taps::WithSource,
            false => Taps::All,
        }
    }

    /// Cuts a block into patches.
    pub fn patches(self, shape: &ConvShape, axes: &[Axis; 2], block: &Block) -> Vec<Patch> {
        let rows = lines(shape, axes, 0, block.rows.clone(), self);
        let columns = lines(shape, axes, 1, 0..shape.output[1], self);
        let mut patches = Vec::new();
        for r in &rows {
            for c in &columns {
                let across = shape.window.kernel[1];
                let taps = r
                    .taps
                    .iter()
                    .flat_map(|y| c.taps.iter().map(move |x| y * across + x));
                let mut pixels = Vec::with_capacity(block.pixels(shape));
                for image in 0..block.images.len() {
                    for &row in &r.outputs {
                        let row = row - block.rows.start;
                        pixels.extend(c.outputs.iter().map(|&column| Pixel { image, row, column }));
                    }
                }
                patches.push(Patch {
                    taps: taps.collect(),
                    pixels,
                });
            }
        }
        patches
    }
}

/// Outputs along an axis that read the same taps.
struct Lines {
    taps: Vec<usize>,
    outputs: Vec<usize>,
}

fn lines(
    shape: &ConvShape,
    axes: &[Axis; 2],
    axis: usize,
    outputs: Range<usize>,
    taps: Taps,
) -> Vec<Lines> {
    let window = &shape.window;
    let read = |o: usize, k: usize| {
        let place = o * window.stride[axis] + k * window.dilation[axis];
        taps == Taps::All || axes[axis].source[place] != HALO
    };
    let mut lines: Vec<Lines> = Vec::new();
    for o in outputs {
        let taps: Vec<usize> = (0..window.kernel[axis]).filter(|&k| read(o, k)).collect();
        match lines.iter_mut().find(|l| l.taps == taps) {
            Some(line) => line.outputs.push(o),
            None => lines.push(Lines {
                taps,
                outputs: vec![o],
            }),
        }
    }
    lines
}
