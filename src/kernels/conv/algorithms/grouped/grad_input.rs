//! The gradient of the input along the groups: phase by phase of the padded map, from the output pixels
//! whose windows hold it.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::algorithms::grouped::padded::{Maps, Padded, Place};
use crate::kernels::conv::algorithms::grouped::{FEW_MAPS, block_target, bundles, turned_weights};
use crate::kernels::conv::passes::GradInput;
use crate::kernels::conv::shape::{ConvShape, InputGrad};
use crate::kernels::conv::shared::block::{Block, blocks};
use crate::kernels::conv::shared::fold::Fold;
use crate::kernels::conv::shared::memory::{Buffer, Output, Scratch, collect, with_scratch};
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyRows;
use crate::kernels::simd::lanes::{LaneSums, Term, Terms};
use crate::kernels::simd::run::ROUND;
use crate::padding::Axis;

/// What the pieces have in common.
struct Plan<'a> {
    /// The output gradients among as many zeros as the taps reach.
    output: Padded<'a>,
    input: Maps,
    fold: Fold<'a>,
    /// The padded pixels to compute, rows and columns.
    region: [Range<usize>; 2],
    /// Some rows of the region each.
    blocks: Vec<Block>,
    /// Groups with their weights.
    bundles: Vec<(Range<usize>, Vec<f32>)>,
    /// How far the taps reach, in output pixels.
    reach: [usize; 2],
    /// Numbers of the strip from one output channel to the next.
    out_channel: usize,
    phases: Vec<Phase>,
}

/// The padded pixels that lie a stride apart, which the same taps hold.
struct Phase {
    /// Of the first row and column.
    at: [usize; 2],
    terms: Terms,
}

impl GradInput<'_> {
    /// The pass with vectors along the groups.
    pub fn grouped<S: Simd>(&self, simd: S) -> InputGrad<f32> {
        let shape = self.shape;
        let window = &shape.window;
        let reach = [0, 1].map(|a| (window.span(a) - 1) / window.stride[a]);
        let axes = [0, 1].map(|a| {
            let positions = self.axes[a].padded().div_ceil(window.stride[a]);
            let after = positions.saturating_sub(shape.output[a]);
            Axis::new(shape.output[a], reach[a], after, |_, _| None)
        });
        let border = Border {
            axes: &axes,
            halo: Halo::Constant(0.0),
        };
        let plan = self.plan_grouped(simd, reach, &border);
        let maps = shape.batch * shape.channels;
        let mut ring = Vec::new();
        let both = |x: Output| {
            let fill_ring = |ring: Output| {
                let all = (0..plan.blocks.len() * plan.bundles.len()).into_par_iter();
                all.for_each(|i| {
                    let bundle = &plan.bundles[i % plan.bundles.len()];
                    let block = &plan.blocks[i / plan.bundles.len()];
                    let to = [&x, &ring];
                    with_scratch(|s| self.piece_grouped(simd, &plan, block, bundle, s, to));
                });
            };
            let ring_len = self.ring.map_or(0, |frame| frame.len());
            // SAFETY: the whole ring of every map is written.
            ring = unsafe { collect(maps * ring_len, fill_ring) };
        };
        // SAFETY: the pieces are the product of all blocks and groups, and each writes all its pixels.
        let x = unsafe { collect(maps * shape.input_pixels(), both) };
        InputGrad { x, ring }
    }

    fn plan_grouped<'a, S: Simd>(
        &'a self,
        simd: S,
        reach: [usize; 2],
        border: &'a Border<'a, f32>,
    ) -> Plan<'a> {
        let shape = self.shape;
        let fold = Fold::new(self.axes, self.ring);
        let whole = |axis: &Axis| 0..axis.padded();
        let (region, least) = match fold.drops_all() {
            true => (self.axes.each_ref().map(Axis::inside), 1),
            // What is folded back must be there as a whole.
            false => (self.axes.each_ref().map(whole), usize::MAX),
        };
        let of_region = ConvShape {
            output: region.each_ref().map(Range::len),
            ..*shape
        };
        let least = least.min(of_region.output_pixels());
        let target = block_target::<S>(shape).max(least);
        let blocks = blocks(&of_region, 0..shape.batch, target);
        let output = Padded {
            maps: Maps::output(shape),
            values: self.y_grad,
            border,
        };
        let rows = |block: &Block| output_rows(shape, reach[0], &padded_rows(&region, block)).len();
        let out_channel = output.rows::<S>(blocks.iter().map(rows).max().unwrap_or(0));
        let bundle = |groups| {
            let weights = turned_weights(simd, shape, self.weight, &groups);
            (groups, weights)
        };
        let [down, across] = shape.window.stride;
        let phases = (0..down * across).map(|phase| [phase / across, phase % across]);
        Plan {
            phases: phases
                .map(|at| Phase {
                    at,
                    terms: self.terms::<S>(&output, reach, out_channel, at),
                })
                .collect(),
            bundles: bundles::<S>(shape).map(bundle).collect(),
            input: Maps::input(shape),
            output,
            fold,
            region,
            blocks,
            reach,
            out_channel,
        }
    }

    /// The taps of a phase, by output channels.
    fn terms<S: Simd>(
        &self,
        output: &Padded,
        reach: [usize; 2],
        out_channel: usize,
        phase: [usize; 2],
    ) -> Terms {
        let (shape, window) = (self.shape, &self.shape.window);
        let of_out_channel = |o: usize| {
            (0..shape.taps()).filter_map(move |tap| {
                let place = [tap / window.kernel[1], tap % window.kernel[1]];
                let place = [0, 1].map(|a| place[a] * window.dilation[a]);
                let [y, x] = [0, 1].map(|a| reach[a] - place[a] / window.stride[a]);
                let inside = [0, 1].map(|a| place[a] % window.stride[a]) == phase;
                inside.then(|| Term {
                    source: (o * out_channel + output.rows::<S>(y) + x * S::LANES) as u32,
                    factor: ((o * shape.depth() + tap) * S::LANES) as u32,
                })
            })
        };
        (0..shape.group_out_channels())
            .flat_map(of_out_channel)
            .collect()
    }

    fn piece_grouped<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        block: &Block,
        (groups, weights): &(Range<usize>, Vec<f32>),
        scratch: &mut Scratch,
        to: [&Output; 2],
    ) {
        let shape = self.shape;
        let rows = padded_rows(&plan.region, block);
        let of_output = output_rows(shape, plan.reach[0], &rows);
        let map = rows.len() * plan.region[1].len() * S::LANES;
        let Scratch {
            strip,
            sums,
            turned,
        } = scratch;
        let strip = strip.take(shape.group_out_channels() * plan.out_channel);
        let sums = sums.take(shape.group_channels() * map);
        for image in block.images.clone() {
            let at = Place::new(image, groups);
            let prepared = image > block.images.start;
            for (o, strip) in strip.chunks_mut(plan.out_channel.max(1)).enumerate() {
                let (output, at, rows) = (&plan.output, at.member(o), of_output.clone());
                output.fill(simd, &at, rows, prepared, strip, turned);
            }
            for phase in &plan.phases {
                self.phase(simd, plan, phase, &rows, weights, [strip, sums]);
            }
            for (c, sums) in sums.chunks_exact_mut(map.max(1)).enumerate() {
                let at = at.member(c);
                self.write_grouped(simd, plan, &at, &rows, (sums, turned), to);
            }
        }
    }

    /// The sums of a phase among padded rows `rows`.
    fn phase<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        phase: &Phase,
        rows: &Range<usize>,
        weights: &[f32],
        [strip, sums]: [&mut [f32]; 2],
    ) {
        let shape = self.shape;
        let (columns, stride) = (&plan.region[1], shape.window.stride);
        let width = columns.len();
        let [y, x] = [0, 1].map(|a| {
            let within = [rows, columns][a];
            let first =
                within.start + (phase.at[a] + stride[a] - within.start % stride[a]) % stride[a];
            first..within.end.max(first)
        });
        let above = y.start / stride[0] - rows.start / stride[0];
        let from = plan.output.rows::<S>(above) + x.start / stride[1] * S::LANES;
        let to = ((y.start - rows.start) * width + x.start - columns.start) * S::LANES;
        if y.is_empty() || x.is_empty() {
            return;
        }
        let zeros = [0.0; FEW_MAPS * ROUND];
        simd.vectorize(LaneSums {
            maps: shape.group_channels(),
            size: [y.len().div_ceil(stride[0]), x.len().div_ceil(stride[1])],
            terms: &phase.terms,
            source: &strip[from..],
            source_steps: [plan.output.rows::<S>(1), S::LANES],
            factors: weights,
            factor_step: shape.taps() * S::LANES,
            start: &zeros,
            norms: &[],
            relu: false,
            out: &mut sums[to..],
            out_steps: [
                rows.len() * width * S::LANES,
                stride[0] * width * S::LANES,
                stride[1] * S::LANES,
            ],
        });
    }

    /// Folds the border of a finished map back, and turns the rest.
    fn write_grouped<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        at: &Place,
        rows: &Range<usize>,
        (sums, turned): (&mut [f32], &mut Buffer),
        [x, ring]: [&Output; 2],
    ) {
        let [down, across] = self.axes;
        let start = plan.input.start(at) + rows.start.saturating_sub(down.before) * across.n;
        // SAFETY: no other piece has these rows of these maps.
        let to = unsafe { x.at(start) };
        if plan.fold.drops_all() {
            plan.input.turn_back(simd, at, sums, to);
            return;
        }
        let maps = [plan.input.first(at), plan.input.step()];
        let lanes = [at.groups.len(), S::LANES];
        plan.fold.image(lanes, sums, maps, ring);
        let inside = turned.take(down.n * across.n * S::LANES);
        simd.vectorize(CopyRows {
            rows: down.n,
            len: across.n * S::LANES,
            from: &sums[(down.before * across.padded() + across.before) * S::LANES..],
            from_stride: across.padded() * S::LANES,
            to: (&mut *inside).into(),
            to_stride: across.n * S::LANES,
        });
        plan.input.turn_back(simd, at, inside, to);
    }
}

/// The rows of a block, counted from the first padded one.
fn padded_rows(region: &[Range<usize>; 2], block: &Block) -> Range<usize> {
    region[0].start + block.rows.start..region[0].start + block.rows.end
}

/// The rows of output gradients, zeros before them included, that padded rows read.
fn output_rows(shape: &ConvShape, reach: usize, rows: &Range<usize>) -> Range<usize> {
    let stride = shape.window.stride[0];
    rows.start / stride..(rows.end.max(1) - 1) / stride + reach + 1
}
