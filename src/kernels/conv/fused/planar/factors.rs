//! Weights in the order in which a run of pixels meets them: the maps of a block, term by term.

use std::ops::Range;

use super::super::block::pieces;
use crate::kernels::simd::run::MAPS;

/// The weights of a group.
pub(super) struct Factors {
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
