//! Weights packed in panels: rows of a few vectors, in the order in which a sweep reads them, for one pass or
//! for as long as the weights stay.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::shape::ConvShape;
use crate::kernels::conv::shared::memory::Buffer;
use crate::kernels::simd::transpose::Transpose;
use crate::kernels::simd::{Routine, Simd};

/// Neighbouring output channels or channels that share a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    pub first: usize,
    pub count: usize,
    /// Vectors per row, the last one filled up with zeros.
    pub vectors: usize,
    /// Elements per row.
    pub width: usize,
}

impl Columns {
    /// The output channels of a group that these columns are.
    pub fn of_group(&self, shape: &ConvShape, group: usize) -> Range<usize> {
        let first = group * shape.group_out_channels() + self.first;
        first..first + self.count
    }

    /// Rows `depth`, of (channel, tap), of a panel of output channels.
    pub fn pack_out_channels<S: Simd>(
        &self,
        simd: S,
        shape: &ConvShape,
        weight: &[f32],
        group: usize,
        depth: Range<usize>,
        panel: &mut [f32],
    ) {
        if self.count < self.width {
            panel.fill(0.0);
        }
        let first = self.of_group(shape, group).start;
        simd.vectorize(Transpose {
            rows: self.count,
            columns: depth.len(),
            from: &weight[first * shape.depth() + depth.start..],
            from_stride: shape.depth(),
            to: panel.into(),
            to_stride: self.width,
        });
    }

    /// Some columns in one panel.
    pub fn new<S: Simd>(columns: Range<usize>) -> Columns {
        let vectors = columns.len().div_ceil(S::LANES);
        Columns {
            first: columns.start,
            count: columns.len(),
            vectors,
            width: vectors * S::LANES,
        }
    }

    /// Cuts `count` columns into panels of nearly equal width.
    pub fn split<S: Simd>(count: usize) -> Vec<Columns> {
        let vectors = count.div_ceil(S::LANES);
        let panels = vectors.div_ceil(S::VECTORS).max(1);
        let first = |panel: usize| (panel * vectors / panels * S::LANES).min(count);
        let columns = |panel: usize| Columns::new::<S>(first(panel)..first(panel + 1));
        (0..panels).map(columns).collect()
    }
}

/// The panels of all groups.
pub struct Panels {
    pub columns: Vec<Columns>,
    group: usize,
    depth: usize,
    data: Buffer,
    lifetime: Lifetime,
}

/// How long panels are of use, and with it whose memory they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// For one pass, in memory that later passes use again.
    Pass,
    /// For as long as the weights stay what they are.
    Weights,
}

impl Panels {
    /// A panel of every group's columns, each filled by `fill(group, columns, panel)`.
    fn build<S: Simd>(
        groups: usize,
        count: usize,
        depth: usize,
        lifetime: Lifetime,
        fill: impl Fn(usize, &Columns, &mut [f32]) + Sync,
    ) -> Panels {
        let columns = Columns::split::<S>(count);
        let group = columns.iter().map(|c| c.width).sum::<usize>() * depth;
        let mut data = match lifetime {
            Lifetime::Pass => Buffer::borrow(),
            Lifetime::Weights => Buffer::default(),
        };
        let mut rest = data.take(groups * group);
        let mut parts = Vec::new();
        for g in 0..groups {
            for c in &columns {
                let (panel, after) = rest.split_at_mut(c.width * depth);
                parts.push((g, c, panel));
                rest = after;
            }
        }
        parts.into_par_iter().for_each(|(g, c, panel)| {
            fill(g, c, panel);
        });
        Panels {
            group,
            depth,
            data,
            columns,
            lifetime,
        }
    }

    /// Rows (channel, tap) of output channels, for the forward pass.
    pub fn of_out_channels<S: Simd>(
        simd: S,
        shape: &ConvShape,
        weight: &[f32],
        lifetime: Lifetime,
    ) -> Panels {
        let (out_channels, depth) = (shape.group_out_channels(), shape.depth());
        let fill = |group: usize, columns: &Columns, panel: &mut [f32]| {
            columns.pack_out_channels(simd, shape, weight, group, 0..depth, panel);
        };
        Panels::build::<S>(shape.groups, out_channels, depth, lifetime, fill)
    }

    /// Rows (tap, output channel) of channels, for the gradient of the input.
    pub fn of_channels<S: Simd>(simd: S, shape: &ConvShape, weight: &[f32]) -> Panels {
        let (out_channels, taps, depth) = (shape.group_out_channels(), shape.taps(), shape.depth());
        let channels = shape.group_channels();
        Panels::build::<S>(
            shape.groups,
            channels,
            taps * out_channels,
            Lifetime::Pass,
            |group, columns, panel| {
                if columns.count < columns.width {
                    panel.fill(0.0);
                }
                for o in 0..out_channels {
                    let of_out_channel = &weight[(group * out_channels + o) * depth..][..depth];
                    simd.vectorize(Transpose {
                        rows: columns.count,
                        columns: taps,
                        from: &of_out_channel[columns.first * taps..],
                        from_stride: taps,
                        to: (&mut panel[o * columns.width..]).into(),
                        to_stride: out_channels * columns.width,
                    });
                }
            },
        )
    }

    /// The rows from `first` of a panel.
    pub fn rows(&self, group: usize, panel: usize, first: usize) -> &[f32] {
        let before: usize = self.columns[..panel].iter().map(|c| c.width).sum();
        let columns = &self.columns[panel];
        let all = &self.data.get((group + 1) * self.group)[group * self.group..];
        &all[before * self.depth..][..columns.width * self.depth][first * columns.width..]
    }
}

impl Drop for Panels {
    fn drop(&mut self) {
        if self.lifetime == Lifetime::Pass {
            std::mem::take(&mut self.data).give_back();
        }
    }
}

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

    /// Packs the weights of a convolution.
    pub fn new<S: Simd>(simd: S, shape: &ConvShape, weight: &[f32]) -> Packed {
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
