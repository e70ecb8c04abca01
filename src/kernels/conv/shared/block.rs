//! Blocks of output pixels, the pieces of work of a pass, and the taps that their pixels read.

use std::ops::Range;

use crate::kernels::conv::shape::ConvShape;
use crate::padding::{Axis, HALO};

/// Steps per sweep: a panel of this many rows stays in the second-level cache, as do the strips.
pub const DEPTH: usize = 256;

/// A pass is cut into this many pieces where it can be, to keep the threads evenly busy.
pub const PIECES_AT_LEAST: usize = 8;

/// Some rows of one image, or all rows of some images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub images: Range<usize>,
    pub rows: Range<usize>,
}

impl Block {
    /// The block, some images at a time.
    pub fn by_images(&self, count: usize) -> impl Iterator<Item = Block> {
        let rows = self.rows.clone();
        pieces(self.images.clone(), count).map(move |images| Block {
            images,
            rows: rows.clone(),
        })
    }
}

/// Cuts `images` into blocks of about `target` output pixels.
pub fn blocks(shape: &ConvShape, images: Range<usize>, target: usize) -> Vec<Block> {
    let [height, width] = shape.output;
    let per_block = target / (height * width).max(1);
    if per_block > 0 {
        return pieces(images, per_block)
            .map(|images| Block {
                images,
                rows: 0..height,
            })
            .collect();
    }
    let rows = (target / width.max(1)).clamp(1, height.max(1));
    images
        .flat_map(|n| {
            pieces(0..height, rows).map(move |rows| Block {
                images: n..n + 1,
                rows,
            })
        })
        .collect()
}

/// Cuts a range into equal pieces of at most `size`; an empty range has none.
pub fn pieces(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let count = range.len().div_ceil(size.max(1)).max(1);
    let even = range.len().div_ceil(count).max(1);
    (range.start..range.end)
        .step_by(even)
        .map(move |first| first..(first + even).min(range.end))
}

/// An output pixel of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixel {
    /// Counted from the block's first image.
    pub image: usize,
    /// Counted from the block's first row.
    pub row: usize,
    pub column: usize,
    /// Of the pixel in its block.
    pub index: usize,
}

/// Output pixels that read the same taps.
#[derive(Debug, PartialEq, Eq)]
pub struct Patch {
    /// Tap elements, row-major.
    pub taps: Vec<usize>,
    pub pixels: Vec<Pixel>,
}

/// Blocks that differ only in where they lie share a geometry.
pub struct Blocks {
    /// Each with the index of its geometry.
    pub blocks: Vec<(Block, usize)>,
    pub geometries: Vec<Vec<Patch>>,
}

/// Whether the padded pixels of the halo contribute to a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halos {
    /// They must be read.
    Count,
    /// They add nothing and may be left out.
    AddNothing,
}

impl Blocks {
    /// Finds the geometries of `blocks`, leaving out halos where that saves tiles of `tile` pixels.
    pub fn new(
        shape: &ConvShape,
        axes: &[Axis; 2],
        halos: Halos,
        tile: usize,
        blocks: Vec<Block>,
    ) -> Blocks {
        let mut known: Vec<(usize, [Vec<Lines>; 2])> = Vec::new();
        let mut numbered = Vec::with_capacity(blocks.len());
        for block in blocks {
            let lines = [
                lines(shape, axes, 0, block.rows.clone(), halos),
                lines(shape, axes, 1, 0..shape.output[1], halos),
            ];
            let key = (block.images.len(), lines);
            let geometry = known.iter().position(|k| *k == key).unwrap_or_else(|| {
                known.push(key);
                known.len() - 1
            });
            numbered.push((block, geometry));
        }
        let geometry = |(images, lines): &(usize, [Vec<Lines>; 2])| {
            let patches = patches(shape, *images, lines);
            let pixels = patches.iter().map(|p| p.pixels.len()).sum::<usize>();
            let cost = |p: &Patch| p.pixels.len().div_ceil(tile) * p.taps.len();
            let split: usize = patches.iter().map(cost).sum();
            // Less than a sixteenth is not worth the trouble.
            if split * 16 < pixels.div_ceil(tile) * shape.taps() * 15 {
                patches
            } else {
                vec![whole(shape, patches)]
            }
        };
        Blocks {
            geometries: known.iter().map(geometry).collect(),
            blocks: numbered,
        }
    }

    /// The most images and rows in a block.
    pub fn largest(&self) -> [usize; 2] {
        largest(self.blocks.iter().map(|(block, _)| block))
    }
}

/// The most images and rows in one of the blocks.
pub fn largest<'a>(blocks: impl Iterator<Item = &'a Block>) -> [usize; 2] {
    blocks.fold([0, 0], |[images, rows], block| {
        [images.max(block.images.len()), rows.max(block.rows.len())]
    })
}

/// One patch of all pixels in order, reading all taps.
fn whole(shape: &ConvShape, patches: Vec<Patch>) -> Patch {
    let mut pixels: Vec<Pixel> = patches.into_iter().flat_map(|p| p.pixels).collect();
    pixels.sort_unstable_by_key(|pixel| pixel.index);
    Patch {
        taps: (0..shape.taps()).collect(),
        pixels,
    }
}

/// The products of groups of rows and groups of columns.
fn patches(shape: &ConvShape, images: usize, [rows, columns]: &[Vec<Lines>; 2]) -> Vec<Patch> {
    let across = shape.window.kernel[1];
    let width = shape.output[1];
    let height: usize = rows.iter().map(|r| r.outputs.len()).sum();
    let mut patches = Vec::new();
    for r in rows {
        for c in columns {
            let taps = r.taps.iter();
            let taps = taps.flat_map(|y| c.taps.iter().map(move |x| y * across + x));
            let mut pixels = Vec::with_capacity(images * r.outputs.len() * c.outputs.len());
            for image in 0..images {
                for &row in &r.outputs {
                    pixels.extend(c.outputs.iter().map(|&column| Pixel {
                        image,
                        row,
                        column,
                        index: (image * height + row) * width + column,
                    }));
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

/// Outputs along an axis that read the same taps, counted from the first of the block.
#[derive(PartialEq, Eq)]
struct Lines {
    taps: Vec<usize>,
    outputs: Vec<usize>,
}

fn lines(
    shape: &ConvShape,
    axes: &[Axis; 2],
    axis: usize,
    outputs: Range<usize>,
    halos: Halos,
) -> Vec<Lines> {
    let window = &shape.window;
    let read = |o: usize, k: usize| {
        let offset = o * window.stride[axis] + k * window.dilation[axis];
        halos == Halos::Count || axes[axis].source[offset] != HALO
    };
    let mut lines: Vec<Lines> = Vec::new();
    let first = outputs.start;
    for o in outputs {
        let taps: Vec<usize> = (0..window.kernel[axis]).filter(|&k| read(o, k)).collect();
        match lines.iter_mut().find(|l| l.taps == taps) {
            Some(line) => line.outputs.push(o - first),
            None => lines.push(Lines {
                taps,
                outputs: vec![o - first],
            }),
        }
    }
    lines
}
