//! The gradient of the weight in pieces: channels of a group, summed over some blocks of pixels.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::packing::Columns;
use crate::kernels::conv::passes::GradWeight;
use crate::kernels::conv::shared::block::{PIECES_AT_LEAST, pieces};
use crate::kernels::conv::shared::memory::{Buffer, Output, Scratch, collect, with_scratch};
use crate::kernels::simd::Simd;
use crate::kernels::simd::transpose::Transpose;

/// Channels of a group, and the blocks of pixels over which a piece of work sums.
pub struct Piece {
    pub group: usize,
    pub channels: Range<usize>,
    pub blocks: Range<usize>,
}

/// Channels per piece: enough for transposing ∂y once per piece to cost little.
const CHANNELS: usize = 64;

/// Output pixels per block.
pub const PIXELS: usize = 512;

impl GradWeight<'_> {
    /// The pass in pieces of the `blocks` blocks, over which `sum` sums.
    pub fn in_pieces<S: Simd>(
        &self,
        simd: S,
        columns: &[Columns],
        blocks: usize,
        sum: impl Fn(&Piece, &mut Scratch) -> Buffer + Sync,
    ) -> Vec<f32> {
        let (pieces, summands) = self.pieces(blocks);
        let sums: Vec<(Piece, Buffer)> = pieces
            .into_par_iter()
            .map(|piece| {
                let sums = with_scratch(|scratch| sum(&piece, scratch));
                (piece, sums)
            })
            .collect();
        let write = |output: Output| {
            sums.par_chunks(summands).for_each(|same| {
                with_scratch(|scratch| self.write(simd, columns, same, scratch, &output));
            });
        };
        // SAFETY: the channels of the pieces cover every group, and each writes all of its output channels.
        let weight = unsafe { collect(self.shape.weights(), write) };
        sums.into_iter().for_each(|(_, sums)| sums.give_back());
        weight
    }

    /// The pieces, and how many that follow one another belong to the same channels: enough of them,
    /// but no more partial sums than needed.
    fn pieces(&self, blocks: usize) -> (Vec<Piece>, usize) {
        let shape = self.shape;
        let of_channels = shape.group_channels().div_ceil(CHANNELS) * shape.groups;
        let wanted = PIECES_AT_LEAST.div_ceil(of_channels.max(1));
        let ranges: Vec<Range<usize>> = match blocks {
            0 => std::iter::once(0..0).collect(),
            _ => pieces(0..blocks, blocks.div_ceil(wanted)).collect(),
        };
        let mut all = Vec::new();
        for group in 0..shape.groups {
            for channels in pieces(0..shape.group_channels(), CHANNELS) {
                all.extend(ranges.iter().map(|blocks| Piece {
                    group,
                    channels: channels.clone(),
                    blocks: blocks.clone(),
                }));
            }
        }
        (all, ranges.len())
    }

    /// Adds the sums of the same channels over different pixels, in order, and writes them output channel by
    /// output channel.
    fn write<S: Simd>(
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
            let first = piece.group * shape.group_out_channels() + columns.first;
            let offset = first * shape.depth() + piece.channels.start * shape.taps();
            simd.vectorize(Transpose {
                rows,
                columns: columns.count,
                from: total,
                from_stride: columns.width,
                // SAFETY: no other piece has these channels of this group.
                to: unsafe { output.at(offset) },
                to_stride: shape.depth(),
            });
        }
    }
}
