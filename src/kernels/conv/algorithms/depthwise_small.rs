//! Depthwise convolution of maps so small that a vector holds a whole one: a tap picks its lanes.
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use crate::kernels::border::Halo;
use crate::kernels::conv::passes::{Forward, Problem};
use crate::kernels::conv::shared::block::PIECES_AT_LEAST;
use crate::kernels::conv::shared::block::pieces;
use crate::kernels::conv::shared::memory::{Output, collect};
use crate::kernels::simd::whole::WholeSums;
use crate::kernels::simd::{MOST_LANES, Simd};

/// Elements of the maps of a piece.
const PIECE: usize = 32 << 10;

/// Whether every map has output channels of its own and fits into a vector, with one value around it.
pub fn accepts(problem: &Problem) -> bool {
    let shape = problem.shape;
    let fits = |pixels: usize| pixels <= problem.lanes;
    let depthwise = shape.group_channels() == 1;
    depthwise && !problem.ring && fits(shape.input_pixels()) && fits(shape.output_pixels())
}

impl Forward<'_> {
    /// The pass of a depthwise convolution, map by map.
    pub fn depthwise_small<S: Simd>(&self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let Halo::Constant(halo) = self.border.halo else {
            unreachable!("a ring is not accepted")
        };
        let taps = 0..shape.taps();
        let indices: Vec<_> = taps.map(|tap| self.indices::<S>(tap)).collect();
        let of_image = shape.channels * shape.input_pixels() + shape.output_image();
        let at_most = (PIECE / of_image.max(1)).clamp(1, shape.batch.div_ceil(PIECES_AT_LEAST));
        let images: Vec<Range<usize>> = pieces(0..shape.batch, at_most).collect();
        let work = |y: Output| {
            images.par_iter().for_each(|images| {
                let of_input = shape.channels * shape.input_pixels();
                simd.vectorize(WholeSums {
                    images: images.len(),
                    channels: shape.channels,
                    multiplier: shape.group_out_channels(),
                    pixels: [shape.input_pixels(), shape.output_pixels()],
                    source: &self.x[images.start * of_input..images.end * of_input],
                    indices: &indices,
                    halo,
                    factors: self.weight,
                    start: self.epilogue.bias,
                    norms: self.epilogue.norm,
                    relu: self.epilogue.relu,
                    // SAFETY: no other piece has these images.
                    out: unsafe { y.at(images.start * shape.output_image()) },
                });
            });
        };
        // SAFETY: every piece writes all maps of its images.
        unsafe { collect(shape.batch * shape.output_image(), work) }
    }

    /// Where every output pixel finds a tap in the vector of its map, beyond it where that is the halo.
    fn indices<S: Simd>(&self, tap: usize) -> [u32; MOST_LANES] {
        let (shape, window) = (self.shape, &self.shape.window);
        let tap = [tap / window.kernel[1], tap % window.kernel[1]];
        let mut indices = [S::LANES as u32; MOST_LANES];
        for (pixel, index) in indices.iter_mut().enumerate().take(shape.output_pixels()) {
            let pixel = [pixel / shape.output[1], pixel % shape.output[1]];
            let [row, column] =
                [0, 1].map(|a| pixel[a] * window.stride[a] + tap[a] * window.dilation[a]);
            if let Some(source) = self.border.map(0).source(row, column) {
                *index = source as u32;
            }
        }
        indices
    }
}
