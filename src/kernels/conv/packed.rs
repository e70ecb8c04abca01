//! Weights made ready once for many forward passes.

use rayon::prelude::*;

use crate::kernels::conv::panels::{Columns, Lifetime, Panels};
use crate::kernels::conv::shape::ConvShape;
use crate::kernels::simd::{Routine, Simd};

/// The panels of output channels, and what else a pass must know of the weights.
pub struct Packed {
    panels: Panels,
    groups: usize,
    depth: usize,
    are_finite: bool,
}

impl Packed {
    /// The panels, where they were made for such a convolution and these instructions.
    pub fn panels_for(&self, shape: &ConvShape, columns: &[Columns]) -> Option<&Panels> {
        let same = [self.groups, self.depth] == [shape.groups, shape.depth()];
        (same && self.panels.columns == columns).then_some(&self.panels)
    }

    /// Whether all weights are.
    pub fn are_finite(&self) -> bool {
        self.are_finite
    }
}

/// Packs the weights of a convolution.
pub struct Pack<'a> {
    pub shape: &'a ConvShape,
    pub weight: &'a [f32],
}

impl Routine for Pack<'_> {
    type Output = Packed;

    fn run<S: Simd>(self, simd: S) -> Packed {
        let Pack { shape, weight } = self;
        Packed {
            panels: Panels::of_out_channels(simd, shape, weight, Lifetime::Weights),
            groups: shape.groups,
            depth: shape.depth(),
            are_finite: are_finite(simd, weight),
        }
    }
}

/// Whether all values are.
pub fn are_finite<S: Simd>(simd: S, values: &[f32]) -> bool {
    let pieces = values.par_chunks(1 << 14);
    pieces.all(|piece| simd.vectorize(AreFinite(piece)))
}

/// Whether all values are, without a branch per value.
struct AreFinite<'a>(&'a [f32]);

impl Routine for AreFinite<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> bool {
        self.0.iter().fold(true, |all, v| all & v.is_finite())
    }
}
