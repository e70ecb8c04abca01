//! The forward pass along the groups.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::algorithms::grouped::padded::{Maps, Padded, Place};
use crate::kernels::conv::algorithms::grouped::{block_target, bundles, turned_weights};
use crate::kernels::conv::passes::Forward;
use crate::kernels::conv::shared::block::{Block, blocks, largest};
use crate::kernels::conv::shared::memory::{Output, Scratch, collect, with_scratch};
use crate::kernels::conv::shared::strip::padded_rows;
use crate::kernels::simd::Simd;
use crate::kernels::simd::finish::Norms;
use crate::kernels::simd::lanes::{LaneSums, Term, Terms};

/// What the pieces have in common.
struct Plan<'a> {
    input: Padded<'a>,
    output: Maps,
    bundles: Vec<Bundle>,
    terms: Terms,
    /// Numbers of the strip from one channel to the next.
    channel: usize,
}

/// Groups that share vectors.
struct Bundle {
    groups: Range<usize>,
    weights: Vec<f32>,
    /// A vector for every output channel of a group.
    start: Vec<f32>,
    /// For every output channel of a group, where there are norms.
    norms: Vec<Norms>,
}

impl Forward<'_> {
    /// The pass with vectors along the groups.
    pub fn grouped<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let blocks = blocks(shape, 0..shape.batch, block_target::<S>(shape));
        let [_, rows] = largest(blocks.iter());
        let plan = self.plan_grouped(simd, rows);
        let work = |y: Output| {
            let all = (0..blocks.len() * plan.bundles.len()).into_par_iter();
            all.for_each(|i| {
                let bundle = &plan.bundles[i % plan.bundles.len()];
                let block = &blocks[i / plan.bundles.len()];
                with_scratch(|s| self.piece_grouped(simd, &plan, block, bundle, s, &y));
            });
        };
        // SAFETY: the pieces are the product of all blocks and groups, and each writes all its output channels
        // at all its pixels.
        unsafe { collect(shape.batch * shape.output_image(), work) }
    }

    /// The plan for blocks of at most so many output rows.
    fn plan_grouped<S: Simd>(&self, simd: S, rows: usize) -> Plan<'_> {
        let shape = self.shape;
        let input = Padded::input(self.source());
        let channel = input.rows::<S>(padded_rows(shape, &(0..rows)).len());
        let term = |k: usize| {
            let (c, tap) = (k / shape.taps(), k % shape.taps());
            Term {
                source: (c * channel + input.tap::<S>(&shape.window, tap)) as u32,
                factor: (k * S::LANES) as u32,
            }
        };
        Plan {
            input,
            output: Maps::output(shape),
            bundles: bundles::<S>(shape)
                .map(|groups| self.bundle(simd, groups))
                .collect(),
            terms: (0..shape.depth()).map(term).collect(),
            channel,
        }
    }

    fn bundle<S: Simd>(&self, simd: S, groups: Range<usize>) -> Bundle {
        let per_group = self.shape.group_out_channels();
        let out_channels = |o: usize| groups.clone().map(move |group| group * per_group + o);
        let mut start = vec![0.0; per_group * S::LANES];
        if let Some(bias) = self.epilogue.bias {
            for (o, start) in start.chunks_exact_mut(S::LANES).enumerate() {
                // The sum with zero makes a negative zero positive, as in every other pass forward.
                let bias = out_channels(o).map(|out_channel| bias[out_channel] + 0.0);
                start.iter_mut().zip(bias).for_each(|(s, b)| *s = b);
            }
        }
        let norms = self.epilogue.norm.map_or(Vec::new(), |norm| {
            let of_out_channel = |o| {
                out_channels(o)
                    .map(|out_channel| norm[out_channel])
                    .collect::<Vec<_>>()
            };
            (0..per_group)
                .map(|o| Norms::new(&of_out_channel(o)))
                .collect()
        });
        Bundle {
            weights: turned_weights(simd, self.shape, self.weight, &groups),
            start,
            norms,
            groups,
        }
    }

    fn piece_grouped<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        block: &Block,
        bundle: &Bundle,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let shape = self.shape;
        let [down, across] = shape.window.stride;
        let size = [block.rows.len(), shape.output[1]];
        let map = size[0] * size[1] * S::LANES;
        let strip = scratch.strip.take(shape.group_channels() * plan.channel);
        let sums = scratch.sums.take(shape.group_out_channels() * map);
        let rows = padded_rows(shape, &block.rows);
        for image in block.images.clone() {
            let image_at = Place::new(image, &bundle.groups);
            let prepared = image > block.images.start && plan.input.border.uniform().is_some();
            for (c, strip) in strip.chunks_mut(plan.channel.max(1)).enumerate() {
                let turned = &mut scratch.turned;
                let (input, at) = (&plan.input, image_at.member(c));
                input.fill(simd, &at, rows.clone(), prepared, strip, turned);
            }
            simd.vectorize(LaneSums {
                maps: shape.group_out_channels(),
                size,
                terms: &plan.terms,
                source: strip,
                source_steps: [plan.input.rows::<S>(down), across * S::LANES],
                factors: &bundle.weights,
                factor_step: shape.depth() * S::LANES,
                start: &bundle.start,
                norms: &bundle.norms,
                relu: self.epilogue.relu,
                out: sums,
                out_steps: [map, size[1] * S::LANES, S::LANES],
            });
            for (o, sums) in sums.chunks_exact(map.max(1)).enumerate() {
                let at = image_at.member(o);
                let to = plan.output.start(&at) + block.rows.start * size[1];
                // SAFETY: no other piece has these output channels at these pixels.
                let to = unsafe { y.at(to) };
                plan.output.turn_back(simd, &at, sums, to);
            }
        }
    }
}
