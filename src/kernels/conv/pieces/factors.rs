//! Weights in the order in which vectors of pixels meet them: the output channels of a block, term by term; and the
//! passes that share them out.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::passes::Forward;
use crate::kernels::conv::shared::block::PIECES_AT_LEAST;
use crate::kernels::conv::shared::block::{Block, pieces};
use crate::kernels::conv::shared::memory::{Output, Scratch, collect, with_scratch};
use crate::kernels::simd::map_sums::MAPS;

/// The weights of a group.
pub struct Factors {
    /// Neighbouring maps that share what they read, with their weights.
    pub blocks: Vec<(Range<usize>, Vec<f32>)>,
}

impl Factors {
    /// For `maps` sums of `terms`, the weight of a map in a term given by `weight(map, term)`.
    pub fn new(maps: usize, terms: usize, weight: impl Fn(usize, usize) -> f32) -> Factors {
        let block = |maps: Range<usize>| {
            let of_term = |term| maps.clone().map(move |map| (map, term));
            let factors = (0..terms).flat_map(of_term);
            let factors = factors.map(|(map, term)| weight(map, term)).collect();
            (maps, factors)
        };
        Factors {
            blocks: pieces(0..maps, MAPS).map(block).collect(),
        }
    }
}

/// A block of pixels, and the blocks of output channels to compute there.
pub struct Piece {
    pub block: Block,
    pub group: usize,
    pub out_channels: Range<usize>,
}

impl Forward<'_> {
    /// The weights of every group.
    pub fn factors(&self) -> Vec<Factors> {
        let (out_channels, depth) = (self.shape.group_out_channels(), self.shape.depth());
        let of_group = |group: usize| {
            let first = group * out_channels;
            let weight = |o: usize, term: usize| self.weight[(first + o) * depth + term];
            Factors::new(out_channels, depth, weight)
        };
        let groups = (0..self.shape.groups).into_par_iter();
        groups.map(of_group).collect()
    }

    /// The output, of which `work` writes all output channels of a piece at all its pixels.
    ///
    /// # Safety
    /// `work` must do so, and write nothing else.
    pub unsafe fn in_pieces(
        &self,
        factors: &[Factors],
        blocks: &[Block],
        work: impl Fn(&Piece, &mut Scratch, &Output) + Sync,
    ) -> Vec<f32> {
        let pieces = self.pieces_of(factors, blocks);
        let all = |y: Output| {
            pieces.par_iter().for_each(|piece| {
                with_scratch(|scratch| work(piece, scratch, &y));
            });
        };
        // SAFETY: the pieces are the product of all blocks, groups and output channels; the caller promises the
        // rest.
        unsafe { collect(self.shape.batch * self.shape.output_image(), all) }
    }

    /// The output of a depthwise convolution, of which `work` writes all output channels of some channels at all
    /// pixels of a block, `at_once` channels at a time.
    ///
    /// # Safety
    /// `work` must do so, and write nothing else.
    pub unsafe fn in_channels(
        &self,
        blocks: &[Block],
        at_once: usize,
        work: impl Fn(&Block, Range<usize>, &mut Scratch, &Output) + Sync,
    ) -> Vec<f32> {
        let channels: Vec<Range<usize>> = pieces(0..self.shape.channels, at_once).collect();
        let all = |y: Output| {
            let all = (0..blocks.len() * channels.len()).into_par_iter();
            all.for_each(|i| {
                let block = &blocks[i / channels.len()];
                let channels = channels[i % channels.len()].clone();
                with_scratch(|scratch| work(block, channels, scratch, &y));
            });
        };
        // SAFETY: the pieces are the product of all blocks and channels; the caller promises the rest.
        unsafe { collect(self.shape.batch * self.shape.output_image(), all) }
    }

    /// All output channels at all blocks, in enough pieces to keep the threads busy.
    fn pieces_of(&self, factors: &[Factors], blocks: &[Block]) -> Vec<Piece> {
        let shares = PIECES_AT_LEAST.div_ceil((blocks.len() * factors.len()).max(1));
        let mut all = Vec::new();
        for block in blocks {
            for (group, factors) in factors.iter().enumerate() {
                let out_channels = factors.blocks.len();
                let of_piece = |out_channels| Piece {
                    block: block.clone(),
                    group,
                    out_channels,
                };
                all.extend(pieces(0..out_channels, out_channels.div_ceil(shares)).map(of_piece));
            }
        }
        all
    }
}
