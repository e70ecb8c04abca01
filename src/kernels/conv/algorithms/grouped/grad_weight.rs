//! The gradient of the weight along the groups: a tap's is the product of two maps, pixel by pixel.

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::algorithms::grouped::padded::{Maps, Padded, Place};
use crate::kernels::conv::algorithms::grouped::{block_target, bundles};
use crate::kernels::conv::passes::GradWeight;
use crate::kernels::conv::shared::block::PIECES_AT_LEAST;
use crate::kernels::conv::shared::block::{Block, blocks, pieces};
use crate::kernels::conv::shared::memory::{Scratch, with_scratch};
use crate::kernels::conv::shared::strip::padded_rows;
use crate::kernels::simd::Simd;
use crate::kernels::simd::lanes::LaneDots;
use crate::kernels::simd::transpose::Transpose;

/// What the pieces have in common.
struct Plan<'a> {
    input: Padded<'a>,
    output: Maps,
    /// Output pixels per block.
    target: usize,
    /// Where the taps lie in the strip of a channel.
    taps: Vec<u32>,
}

/// Output rows of an image, and whether the border of its strip is ready.
struct Part<'a> {
    at: Place<'a>,
    rows: Range<usize>,
    prepared: bool,
}

impl GradWeight<'_> {
    /// The pass with vectors along the groups.
    pub fn grouped<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let input = Padded::input(self.source());
        let tap = |tap| input.tap::<S>(&shape.window, tap) as u32;
        let plan = Plan {
            input,
            output: Maps::output(shape),
            target: block_target::<S>(shape),
            taps: (0..shape.taps()).map(tap).collect(),
        };
        let bundles: Vec<Range<usize>> = bundles::<S>(shape).collect();
        // The shape alone decides which images are summed first.
        let shares = PIECES_AT_LEAST.div_ceil(bundles.len().max(1));
        let shares: Vec<Range<usize>> =
            pieces(0..shape.batch, shape.batch.div_ceil(shares)).collect();
        let piece = |i: usize| {
            let (groups, images) = (&bundles[i / shares.len()], &shares[i % shares.len()]);
            with_scratch(|s| self.share_grouped(simd, &plan, groups, images.clone(), s))
        };
        let pieces = (0..bundles.len() * shares.len()).into_par_iter();
        let sums: Vec<Vec<f32>> = pieces.map(piece).collect();
        let mut weight_grad = vec![0.0; shape.weights()];
        for (groups, sums) in bundles.iter().zip(sums.chunks_exact(shares.len().max(1))) {
            self.join_grouped(simd, groups, sums, &mut weight_grad);
        }
        weight_grad
    }

    /// Adds up the shares of some groups and turns them back.
    fn join_grouped<S: Simd>(
        &self,
        simd: S,
        groups: &Range<usize>,
        shares: &[Vec<f32>],
        weight_grad: &mut [f32],
    ) {
        let of_group = self.shape.group_out_channels() * self.shape.depth();
        let mut sum = vec![0.0; of_group * S::LANES];
        for share in shares {
            sum.iter_mut().zip(share).for_each(|(sum, s)| *sum += s);
        }
        simd.vectorize(Transpose {
            rows: of_group,
            columns: groups.len(),
            from: &sum,
            from_stride: S::LANES,
            to: (&mut weight_grad[groups.start * of_group..]).into(),
            to_stride: of_group,
        });
    }

    /// The gradient from some images, a vector for every weight of a group.
    fn share_grouped<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        groups: &Range<usize>,
        images: Range<usize>,
        scratch: &mut Scratch,
    ) -> Vec<f32> {
        let shape = self.shape;
        let mut sums = vec![0.0; shape.group_out_channels() * shape.depth() * S::LANES];
        for Block { images, rows } in blocks(shape, images, plan.target) {
            for image in images.clone() {
                let part = Part {
                    at: Place::new(image, groups),
                    rows: rows.clone(),
                    prepared: image > images.start && plan.input.border.uniform().is_some(),
                };
                self.add_grouped(simd, plan, &part, scratch, &mut sums);
            }
        }
        sums
    }

    /// Adds what some rows of an image contribute.
    fn add_grouped<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        part: &Part,
        scratch: &mut Scratch,
        sums: &mut [f32],
    ) {
        let shape = self.shape;
        let Scratch {
            strip,
            sums: y_grad,
            turned,
        } = scratch;
        let rows = padded_rows(shape, &part.rows);
        let channel = plan.input.rows::<S>(rows.len());
        let strip = strip.take(shape.group_channels() * channel);
        for (c, strip) in strip.chunks_mut(channel.max(1)).enumerate() {
            let (input, at) = (&plan.input, part.at.member(c));
            input.fill(simd, &at, rows.clone(), part.prepared, strip, turned);
        }
        let columns = shape.output[1];
        let pixels = part.rows.start * columns..part.rows.end * columns;
        let y_grad = y_grad.take(pixels.len() * S::LANES);
        let [down, across] = shape.window.stride;
        for (o, sums) in sums.chunks_exact_mut(shape.depth() * S::LANES).enumerate() {
            let at = part.at.member(o);
            plan.output
                .turn(simd, self.y_grad, &at, pixels.clone(), y_grad);
            let channels = strip.chunks_exact(channel);
            for (strip, sums) in channels.zip(sums.chunks_exact_mut(shape.taps() * S::LANES)) {
                simd.vectorize(LaneDots {
                    size: [part.rows.len(), columns],
                    a: y_grad,
                    b: strip,
                    b_steps: [plan.input.rows::<S>(down), across * S::LANES],
                    offsets: &plan.taps,
                    sums,
                });
            }
        }
    }
}
