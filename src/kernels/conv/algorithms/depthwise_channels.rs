//! Depthwise convolution along the channels: maps are transposed on their way in and out, so that a pixel is a vector,
//! and neither a stride nor the width of a row leaves lanes idle.
//!
//! A table says which pixel or element of the halo every tap reads; all three passes follow it, forward by
//! gathering, back by scattering.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::border::Halo;
use crate::kernels::conv::passes::{Forward, GradInput, GradWeight, Problem};
use crate::kernels::conv::shape::{ConvShape, InputGrad};
use crate::kernels::conv::shared::block::{PIECES_AT_LEAST, pieces};
use crate::kernels::conv::shared::memory::{Output, Scratch, collect, with_scratch};
use crate::kernels::simd::Simd;
use crate::kernels::simd::lanes::{LaneDots, LaneScatter, LaneSums, Reads};
use crate::kernels::simd::transpose::{Target, Transpose};
use crate::padding::{Axis, Frame, HALO};

/// Vectors of a piece of work, such that starting it costs little.
const PIECE: usize = 1 << 10;

/// Images whose gradients are summed on one thread before the sums are added in order.
const IMAGES_PER_SUM: usize = 8;

/// Whether every map has an output channel of its own.
pub fn accepts(problem: &Problem) -> bool {
    let shape = problem.shape;
    shape.group_channels() == 1 && shape.group_out_channels() == 1
}

/// What the pieces have in common: the vectors of a map's pixels, then those of its halo, and who reads which.
struct Plan {
    reads: Reads,
    pixels: usize,
    /// Elements of the ring; 1 for a halo of one value.
    halo: usize,
}

impl Plan {
    fn new(shape: &ConvShape, [rows, columns]: &[Axis; 2], ring: Option<Frame>) -> Plan {
        let pixels = shape.input_pixels();
        let window = &shape.window;
        let vector = |row: usize, column: usize| match (rows.source[row], columns.source[column]) {
            (HALO, _) | (_, HALO) => pixels + ring.map_or(0, |frame| frame.slot(row, column)),
            (y, x) => y as usize * columns.n + x as usize,
        };
        let mut reads = Vec::with_capacity(shape.output_pixels() * shape.taps());
        for pixel in 0..shape.output_pixels() {
            let first = [pixel / shape.output[1], pixel % shape.output[1]];
            let [y, x] = [0, 1].map(|a| first[a] * window.stride[a]);
            for tap in 0..shape.taps() {
                let tap = [tap / window.kernel[1], tap % window.kernel[1]];
                let [down, across] = [0, 1].map(|a| tap[a] * window.dilation[a]);
                reads.push(vector(y + down, x + across) as u32);
            }
        }
        Plan {
            reads: Reads::new(shape.taps(), reads),
            pixels,
            halo: ring.map_or(1, |frame| frame.len()),
        }
    }

    /// Elements of the vectors of a map and of its halo.
    fn len<S: Simd>(&self) -> usize {
        (self.pixels + self.halo) * S::LANES
    }
}

/// Images and channels of a piece of work.
fn shares<S: Simd>(shape: &ConvShape, images: usize) -> Vec<[Range<usize>; 2]> {
    let images: Vec<Range<usize>> = pieces(0..shape.batch, images).collect();
    let channels = |images: &Range<usize>| {
        let images = images.clone();
        pieces(0..shape.channels, S::LANES).map(move |channels| [images.clone(), channels])
    };
    images.iter().flat_map(channels).collect()
}

/// So many images make a piece.
fn images_at_once(shape: &ConvShape) -> usize {
    let vectors = shape.input_pixels() + shape.output_pixels();
    (PIECE / vectors.max(1)).clamp(1, shape.batch.div_ceil(PIECES_AT_LEAST).max(1))
}

/// Transposes `len` elements of the maps of some channels, which lie one after the other, to a vector each.
fn to_vectors<S: Simd>(simd: S, maps: Range<usize>, len: usize, values: &[f32], to: &mut [f32]) {
    simd.vectorize(Transpose {
        rows: maps.len(),
        columns: len,
        from: &values[maps.start * len..],
        from_stride: len,
        to: to.into(),
        to_stride: S::LANES,
    });
}

/// Transposes vectors back to maps of `len` elements.
fn to_maps<S: Simd>(simd: S, maps: usize, len: usize, vectors: &[f32], to: Target) {
    simd.vectorize(Transpose {
        rows: len,
        columns: maps,
        from: vectors,
        from_stride: S::LANES,
        to,
        to_stride: len,
    });
}

/// The weights of some channels, a vector per tap.
fn kernels<S: Simd>(simd: S, channels: Range<usize>, taps: usize, weight: &[f32]) -> Vec<f32> {
    let mut vectors = vec![0.0; taps * S::LANES];
    to_vectors(simd, channels, taps, weight, &mut vectors);
    vectors
}

/// The maps of some channels of an image.
fn maps(shape: &ConvShape, image: usize, channels: &Range<usize>) -> Range<usize> {
    image * shape.channels + channels.start..image * shape.channels + channels.end
}

/// Fills the vectors of the pixels and of the halo.
fn fill<S: Simd>(
    simd: S,
    plan: &Plan,
    (x, halo): (&[f32], &Halo<f32>),
    maps: Range<usize>,
    to: &mut [f32],
) {
    let (pixels, around) = to.split_at_mut(plan.pixels * S::LANES);
    to_vectors(simd, maps.clone(), plan.pixels, x, pixels);
    match halo {
        Halo::Constant(value) => around.fill(*value),
        Halo::Ring(values, _) => to_vectors(simd, maps, plan.halo, values, around),
    }
}

fn frame(halo: &Halo<f32>) -> Option<Frame> {
    match halo {
        Halo::Constant(_) => None,
        Halo::Ring(_, frame) => Some(*frame),
    }
}

impl Forward<'_> {
    /// The pass of a depthwise convolution with vectors along the channels.
    pub fn depthwise_channels<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let plan = Plan::new(shape, self.border.axes, frame(&self.border.halo));
        let shares = shares::<S>(shape, images_at_once(shape));
        let work = |y: Output| {
            shares.par_iter().for_each(|share| {
                with_scratch(|scratch| self.some_channels(simd, &plan, share, scratch, &y));
            });
        };
        // SAFETY: the shares are all channels of all images, and each is written whole.
        unsafe { collect(shape.batch * shape.output_image(), work) }
    }

    fn some_channels<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        [images, channels]: &[Range<usize>; 2],
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let (shape, pixels) = (self.shape, self.shape.output_pixels());
        let source = scratch.strip.take(plan.len::<S>());
        let out = scratch.sums.take(pixels * S::LANES);
        let factors = kernels(simd, channels.clone(), shape.taps(), self.weight);
        let (start, norms) = (self.start(channels.clone()), self.norms(channels.clone()));
        for image in images.clone() {
            let maps = maps(shape, image, channels);
            let input = (self.x, &self.border.halo);
            fill(simd, plan, input, maps.clone(), source);
            simd.vectorize(LaneSums {
                reads: &plan.reads,
                source,
                factors: &factors,
                start: &start,
                norms: norms.as_ref(),
                relu: self.epilogue.relu,
                out,
            });
            // SAFETY: no other share has these maps.
            let to = unsafe { y.at(maps.start * pixels) };
            to_maps(simd, maps.len(), pixels, out, to);
        }
    }
}

impl GradWeight<'_> {
    /// The pass of a depthwise convolution with vectors along the channels.
    pub fn depthwise_channels<S: Simd>(&self, simd: S) -> Vec<f32> {
        let (shape, taps) = (self.shape, self.shape.taps());
        let plan = Plan::new(shape, self.border.axes, frame(&self.border.halo));
        let shares = shares::<S>(shape, IMAGES_PER_SUM);
        let sums = shares.par_iter().map(|share| {
            let mut sums = vec![0.0; taps * S::LANES];
            with_scratch(|scratch| self.some_channels(simd, &plan, share, scratch, &mut sums));
            let mut grad = vec![0.0; taps * share[1].len()];
            to_maps(simd, share[1].len(), taps, &sums, (&mut *grad).into());
            grad
        });
        let sums: Vec<Vec<f32>> = sums.collect();
        let mut weight = vec![0.0; shape.weights()];
        for ([_, channels], sums) in shares.iter().zip(sums) {
            let grad = &mut weight[channels.start * taps..channels.end * taps];
            grad.iter_mut()
                .zip(sums)
                .for_each(|(grad, sum)| *grad += sum);
        }
        weight
    }

    /// Adds what some images contribute.
    fn some_channels<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        [images, channels]: &[Range<usize>; 2],
        scratch: &mut Scratch,
        sums: &mut [f32],
    ) {
        let pixels = self.shape.output_pixels();
        let source = scratch.strip.take(plan.len::<S>());
        let y_grad = scratch.sums.take(pixels * S::LANES);
        for image in images.clone() {
            let maps = maps(self.shape, image, channels);
            let input = (self.x, &self.border.halo);
            fill(simd, plan, input, maps.clone(), source);
            to_vectors(simd, maps, pixels, self.y_grad, y_grad);
            simd.vectorize(LaneDots {
                reads: &plan.reads,
                source,
                a: y_grad,
                sums,
            });
        }
    }
}

impl GradInput<'_> {
    /// The pass of a depthwise convolution with vectors along the channels.
    pub fn depthwise_channels<S: Simd>(&self, simd: S) -> InputGrad<f32> {
        let shape = self.shape;
        let plan = Plan::new(shape, self.axes, self.ring);
        let shares = shares::<S>(shape, images_at_once(shape));
        let work = |to: [&Output; 2]| {
            shares.par_iter().for_each(|share| {
                with_scratch(|scratch| self.some_channels(simd, &plan, share, scratch, to));
            });
        };
        // SAFETY: every map is written, and the whole of its ring.
        unsafe { self.collect(work) }
    }

    fn some_channels<S: Simd>(
        &self,
        simd: S,
        plan: &Plan,
        [images, channels]: &[Range<usize>; 2],
        scratch: &mut Scratch,
        [x, ring]: [&Output; 2],
    ) {
        let (shape, pixels) = (self.shape, self.shape.output_pixels());
        let sums = scratch.strip.take(plan.len::<S>());
        let y_grad = scratch.sums.take(pixels * S::LANES);
        let factors = kernels(simd, channels.clone(), shape.taps(), self.weight);
        for image in images.clone() {
            let maps = maps(shape, image, channels);
            to_vectors(simd, maps.clone(), pixels, self.y_grad, y_grad);
            sums.fill(0.0);
            simd.vectorize(LaneScatter {
                reads: &plan.reads,
                a: y_grad,
                factors: &factors,
                sums,
            });
            let (inside, around) = sums.split_at(plan.pixels * S::LANES);
            // SAFETY: no other share has these maps.
            let to = unsafe { x.at(maps.start * plan.pixels) };
            to_maps(simd, maps.len(), plan.pixels, inside, to);
            if self.ring.is_some() {
                // SAFETY: as above.
                let to = unsafe { ring.at(maps.start * plan.halo) };
                to_maps(simd, maps.len(), plan.halo, around, to);
            }
        }
    }
}
