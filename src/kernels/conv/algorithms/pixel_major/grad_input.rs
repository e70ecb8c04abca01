//! The gradient of the input along the pixels: phase by phase of the padded map, from the output pixels
//! that a tap lies before.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::conv::passes::GradInput;
use crate::kernels::conv::pieces::factors::Factors;
use crate::kernels::conv::shape::InputGrad;
use crate::kernels::conv::shared::block::pieces;
use crate::kernels::conv::shared::fold::Fold;
use crate::kernels::conv::shared::memory::{Output, Scratch, with_scratch};
use crate::kernels::conv::shared::plane::Plane;
use crate::kernels::simd::Simd;
use crate::kernels::simd::copy::CopyRows;
use crate::kernels::simd::epilogue::TileEpilogue;
use crate::kernels::simd::map_sums::{MapSums, ROUND};

/// What the pieces have in common.
struct Plan {
    plane: Plane,
    /// The taps of every phase.
    phases: Vec<Vec<usize>>,
    /// The output channels of a group, some at a time.
    parts: Vec<Range<usize>>,
    /// For every group, part and phase.
    factors: Vec<Factors>,
    /// Positions of a phase, rounded up.
    positions: usize,
    /// The furthest that a tap lies behind an output pixel: zeros before the first.
    reach: usize,
    /// From one output channel to the next.
    out_channel: usize,
}

/// Elements of a strip, such that it stays in the second-level cache.
const STRIP: usize = 128 << 10;

impl GradInput<'_> {
    /// The pass with vectors along the pixels.
    pub fn pixel_major<S: Simd>(&self, simd: S) -> InputGrad<f32> {
        let shape = self.shape;
        let plan = self.plan_pixel_major();
        let all = |to: [&Output; 2]| {
            let all = (0..shape.batch * shape.groups).into_par_iter();
            all.for_each(|i| {
                let at = [i / shape.groups, i % shape.groups];
                with_scratch(|s| self.image_pixel_major(simd, &plan, at, s, to));
            });
        };
        // SAFETY: every map is written, and the whole of its ring.
        unsafe { self.collect(all) }
    }

    fn plan_pixel_major(&self) -> Plan {
        let (shape, [rows, across]) = (self.shape, self.axes);
        let plane = Plane::new(shape, [1, shape.output[0]], across);
        let [down, _] = plane.stride;
        let positions = (rows.padded().div_ceil(down) * plane.width).next_multiple_of(ROUND);
        let of_phase = |phase: usize| {
            let taps = 0..shape.taps();
            let inside = |&tap: &usize| plane.taps[tap] / plane.phase.max(1) == phase;
            taps.filter(inside).collect()
        };
        let phases: Vec<Vec<usize>> = (0..plane.stride[0] * plane.stride[1])
            .map(of_phase)
            .collect();
        let reach = plane
            .taps
            .iter()
            .map(|tap| tap % plane.phase.max(1))
            .max()
            .unwrap_or(0);
        let out_channel = ((reach + positions).div_ceil(ROUND) | 1) * ROUND;
        let at_once = (STRIP / out_channel).max(1);
        let parts: Vec<Range<usize>> = pieces(0..shape.group_out_channels(), at_once).collect();
        let mut factors = Vec::new();
        for group in 0..shape.groups {
            for part in &parts {
                factors.extend(phases.iter().map(|taps| self.factors(group, part, taps)));
            }
        }
        Plan {
            plane,
            phases,
            parts,
            factors,
            positions,
            reach,
            out_channel,
        }
    }

    /// Sums of channels, terms (output channel, tap).
    fn factors(&self, group: usize, out_channels: &Range<usize>, taps: &[usize]) -> Factors {
        let shape = self.shape;
        let first = group * shape.group_out_channels() + out_channels.start;
        let weight = |c: usize, term: usize| {
            let (o, tap) = (first + term / taps.len(), taps[term % taps.len()]);
            self.weight[o * shape.depth() + c * shape.taps() + tap]
        };
        Factors::new(
            shape.group_channels(),
            out_channels.len() * taps.len(),
            weight,
        )
    }

    fn image_pixel_major<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        [n, group]: [usize; 2],
        scratch: &mut Scratch,
        [x, ring]: [&Output; 2],
    ) {
        let channels = self.shape.group_channels();
        let of_channel = plan.phases.len() * plan.positions;
        let Scratch {
            strip,
            sums,
            transposed,
        } = scratch;
        let sums = sums.take(channels * of_channel);
        for (i, part) in plan.parts.iter().enumerate() {
            let strip = strip.take(part.len() * plan.out_channel);
            self.spread(simd, plan, [n, group], part, strip);
            let first = (group * plan.parts.len() + i) * plan.phases.len();
            let factors = &plan.factors[first..][..plan.phases.len()];
            let sums = sums.chunks_exact_mut(channels * plan.positions);
            for ((taps, factors), sums) in plan.phases.iter().zip(factors).zip(sums) {
                let offset = |o: usize, tap: usize| {
                    (o * plan.out_channel + plan.reach - plan.plane.taps[tap] % plan.plane.phase)
                        as u32
                };
                let of_out_channel = |o| taps.iter().map(move |&tap| offset(o, tap));
                let offsets: Vec<u32> = (0..part.len()).flat_map(of_out_channel).collect();
                for (maps, factors) in &factors.blocks {
                    simd.vectorize(MapSums {
                        source: strip,
                        offsets: &offsets,
                        factors,
                        start: (i == 0).then_some(&[0.0; ROUND]),
                        maps: maps.len(),
                        len: plan.positions,
                        out: (&mut sums[maps.start * plan.positions..]).into(),
                        map: plan.positions,
                        epilogue: TileEpilogue::default(),
                    });
                }
            }
        }
        let fold = Fold::new(self.axes, self.ring);
        let [rows, across] = self.axes;
        for c in 0..channels {
            let padded = match plan.phases.len() {
                1 => &mut sums[c * plan.positions..][..plan.positions],
                _ => {
                    let padded = transposed.take(rows.padded() * across.padded());
                    self.join(plan, sums, c, padded);
                    padded
                }
            };
            let map = n * self.shape.channels + group * channels + c;
            // SAFETY: no other piece has this map.
            unsafe { fold.image([1, 1], padded, map, ring) };
            simd.vectorize(CopyRows {
                rows: rows.n,
                len: across.n,
                from: &padded[rows.before * across.padded() + across.before..],
                from_stride: across.padded(),
                // SAFETY: no other piece has this map.
                to: unsafe { x.at(map * rows.n * across.n) },
                to_stride: across.n,
            });
        }
    }

    /// The output gradients of some output channels, zeros between the windows, before and after.
    fn spread<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        [n, group]: [usize; 2],
        out_channels: &Range<usize>,
        strip: &mut [f32],
    ) {
        let shape = self.shape;
        let [rows, columns] = shape.output;
        strip.fill(0.0);
        for (o, strip) in out_channels
            .clone()
            .zip(strip.chunks_exact_mut(plan.out_channel))
        {
            let map = n * shape.out_channels + group * shape.group_out_channels() + o;
            simd.vectorize(CopyRows {
                rows,
                len: columns,
                from: &self.y_grad[map * shape.output_pixels()..],
                from_stride: columns,
                to: (&mut strip[plan.reach..]).into(),
                to_stride: plan.plane.width,
            });
        }
    }

    /// The padded map of a channel from its phases.
    fn join(&self, plan: &Plan, sums: &[f32], channel: usize, padded: &mut [f32]) {
        let [down, across] = plan.plane.stride;
        let of_phase = self.shape.group_channels() * plan.positions;
        for (y, row) in padded.chunks_exact_mut(self.axes[1].padded()).enumerate() {
            for phase in 0..across {
                let index = y % down * across + phase;
                let from = index * of_phase + channel * plan.positions;
                let from = &sums[from + y / down * plan.plane.width..][..plan.plane.width];
                let to = row.iter_mut().skip(phase).step_by(across);
                to.zip(from).for_each(|(to, &from)| *to = from);
            }
        }
    }
}
