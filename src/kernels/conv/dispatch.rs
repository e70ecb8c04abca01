//! Which algorithm computes a pass of a convolution: a table per pass, read from the top. The first algorithm
//! that accepts a problem and is preferred for it computes the pass.
//!
//! What an algorithm *accepts* is said in its own file and is a matter of being right; where it is *preferred*
//! is said here and is a matter of speed, set by the row of `benches/peers/works.csv` named beside it.

use super::algorithms::*;
use super::passes::{Forward, GradInput, GradWeight, Problem};
use super::shape::{ConvShape, InputGrad};
use crate::kernels::simd::{Isa, Routine, Simd};

/// The algorithms, each the name of its file or folder in `algorithms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Depthwise,
    DepthwiseChannels,
    DepthwiseRows,
    DepthwiseSmall,
    FewChannels,
    ImplicitGemm,
    PixelMajor,
    Winograd,
}

/// An algorithm in a table.
pub struct Row {
    pub algorithm: Algorithm,
    /// Whether it gives the right result.
    pub accepts: fn(&Problem) -> bool,
    /// Whether it is faster than those below it.
    pub prefers: fn(&ConvShape, usize) -> bool,
    #[cfg_attr(not(test), allow(dead_code))]
    /// The row of the benches' table that set the cut-off.
    pub bench: &'static str,
}

use Algorithm::*;

/// The forward pass.
#[rustfmt::skip]
pub const FORWARD: &[Row] = &[
    Row { algorithm: DepthwiseRows, accepts: depthwise_rows::accepts, prefers: wide_rows,
        bench: "conv3x3 depthwise 64 32x32 b64 forward" },
    Row { algorithm: DepthwiseSmall, accepts: depthwise_small::accepts, prefers: fills_a_vector,
        bench: "conv3x3 depthwise 512 4x4 b64 forward" },
    Row { algorithm: DepthwiseChannels, accepts: depthwise_channels::accepts, prefers: narrow_rows,
        bench: "conv3x3 depthwise 960 7x7 b16 forward" },
    Row { algorithm: Depthwise, accepts: depthwise::accepts, prefers: is_depthwise,
        bench: "conv3x3 s2 depthwise 64 32x32 b64 forward" },
    Row { algorithm: PixelMajor, accepts: any, prefers: few_out_channels_or_terms,
        bench: "conv3x3 3-64 32x32 b64 forward" },
    Row { algorithm: ImplicitGemm, accepts: any, prefers: always,
        bench: "conv3x3 64 32x32 b64 forward" },
];

/// The gradient of the input.
#[rustfmt::skip]
pub const GRAD_INPUT: &[Row] = &[
    Row { algorithm: DepthwiseRows, accepts: |p| as_forward::accepts(p, depthwise_rows::accepts), prefers: wide_rows,
        bench: "conv3x3 depthwise 64 32x32 b64 forward+backward" },
    Row { algorithm: DepthwiseSmall, accepts: |p| as_forward::accepts(p, depthwise_small::accepts), prefers: fills_a_vector,
        bench: "conv3x3 depthwise 512 4x4 b64 forward+backward" },
    Row { algorithm: DepthwiseChannels, accepts: depthwise_channels::accepts, prefers: strided_or_half_rows,
        bench: "conv3x3 s2 depthwise 64 32x32 b64 forward+backward" },
    Row { algorithm: Depthwise, accepts: |p| as_forward::accepts(p, depthwise::accepts), prefers: is_depthwise,
        bench: "conv5x5 depthwise 64 14x14 b16 forward+backward" },
    Row { algorithm: PixelMajor, accepts: any, prefers: |s, _| s.group_channels() < FEW,
        bench: "conv3x3 3-64 32x32 b64 forward+backward" },
    Row { algorithm: Winograd, accepts: winograd::accepts_grad_input, prefers: |s, _| many_full_tiles(s, s.input),
        bench: "conv3x3 64 32x32 b64 forward+backward" },
    Row { algorithm: ImplicitGemm, accepts: any, prefers: always,
        bench: "conv5x5 32 32x32 b64 forward+backward" },
];

/// The gradient of the weight.
#[rustfmt::skip]
pub const GRAD_WEIGHT: &[Row] = &[
    Row { algorithm: DepthwiseChannels, accepts: depthwise_channels::accepts, prefers: strided_or_short_rows,
        bench: "conv3x3 depthwise 512 4x4 b64 forward+backward" },
    Row { algorithm: PixelMajor, accepts: any, prefers: few_maps_in_groups,
        bench: "conv3x3 depthwise 96 56x56 b1 forward+backward" },
    Row { algorithm: Winograd, accepts: winograd::accepts, prefers: |s, _| many_full_tiles(s, s.output),
        bench: "conv3x3 64 32x32 b64 forward+backward" },
    Row { algorithm: FewChannels, accepts: few_channels::accepts, prefers: few_terms_in_full_vectors,
        bench: "conv3x3 3-64 32x32 b64 forward+backward without input" },
    Row { algorithm: ImplicitGemm, accepts: any, prefers: always,
        bench: "conv5x5 32 32x32 b64 forward+backward" },
];

/// The first algorithm of a table that accepts a problem and is preferred for it.
pub fn choose(table: &[Row], problem: &Problem) -> Algorithm {
    let suits = |row: &&Row| (row.accepts)(problem) && (row.prefers)(problem.shape, problem.lanes);
    let row = table.iter().find(suits);
    row.expect("the last row accepts any problem").algorithm
}

fn always(_: &ConvShape, _: usize) -> bool {
    true
}

fn any(_: &Problem) -> bool {
    true
}

/// As few channels of a group would leave vectors along them half empty.
const FEW: usize = 12;

fn is_depthwise(shape: &ConvShape, _: usize) -> bool {
    shape.groups > 1 && shape.group_channels() == 1
}

/// Rows that fill vectors but for an eighth, read and written; with more taps what is read and written no longer
/// matters.
fn wide_rows(shape: &ConvShape, _: usize) -> bool {
    let fills = |columns: usize| columns * 8 >= columns.next_multiple_of(16) * 7;
    let suits = |columns: usize| columns >= 32 && fills(columns);
    is_depthwise(shape, 0) && suits(shape.output[1]) && suits(shape.input[1]) && shape.taps() <= 9
}

/// Enough channels for vectors along them, in rows that do not fill one.
fn narrow_rows(shape: &ConvShape, lanes: usize) -> bool {
    many_maps(shape, lanes) && shape.output[1] < lanes
}

/// A stride, which leaves most of the padded map without a gradient, or rows of half a vector at most.
fn strided_or_half_rows(shape: &ConvShape, lanes: usize) -> bool {
    let strided = shape.window.stride != [1, 1];
    many_maps(shape, lanes) && (strided || shape.output[1] * 2 <= lanes)
}

/// A stride, or rows so short that sums across the lanes weigh.
fn strided_or_short_rows(shape: &ConvShape, lanes: usize) -> bool {
    let strided = shape.window.stride != [1, 1];
    many_maps(shape, lanes) && (strided || shape.output[1] <= 2 * lanes)
}

/// Depthwise with as many channels as fill half a vector.
fn many_maps(shape: &ConvShape, lanes: usize) -> bool {
    is_depthwise(shape, lanes) && shape.channels * 2 >= lanes
}

/// Maps that fill a quarter of a vector at least.
fn fills_a_vector(shape: &ConvShape, lanes: usize) -> bool {
    let fills = |pixels: usize| pixels * 4 >= lanes;
    is_depthwise(shape, 0) && fills(shape.input_pixels()) && fills(shape.output_pixels())
}

/// As in depthwise convolution: sums of pixels alone, for few pairs of maps.
fn few_maps_in_groups(shape: &ConvShape, _: usize) -> bool {
    shape.groups > 1 && shape.group_out_channels() <= 4 && shape.group_channels() <= 4
}

/// Output channels that would leave vectors along them half empty, and sums so short that transposing the output would
/// cost as much: of 1×1 kernels on large maps, whose output pixels are one run, or in rows of several vectors that they
/// fill but for a fifth.
fn few_out_channels_or_terms(shape: &ConvShape, lanes: usize) -> bool {
    let across = shape.output[1];
    let full_rows = across > lanes && across.next_multiple_of(lanes) * 8 <= across * 10;
    let short_sums = match shape.is_matrix_product() {
        true => shape.depth() <= 64 && shape.output_pixels() >= 1024,
        false => shape.depth() <= 160 && full_rows,
    };
    shape.group_out_channels() < FEW || short_sums
}

/// Terms that fill vectors but for a quarter; with more of them, laying them out takes as long as transposing ∂y.
fn few_terms_in_full_vectors(shape: &ConvShape, lanes: usize) -> bool {
    let terms = shape.depth();
    shape.groups == 1
        && terms <= 96
        && terms.next_multiple_of(lanes) * 3 <= terms * 4
        && shape.output[1] >= lanes
}

/// Enough channels and tiles, of which at most half hangs over the edge.
fn many_full_tiles(shape: &ConvShape, map: [usize; 2]) -> bool {
    let tiles = map[0].div_ceil(4) * map[1].div_ceil(4);
    shape.group_channels().min(shape.group_out_channels()) >= 16
        && shape.batch * tiles >= 32
        && tiles * 16 <= 2 * map[0] * map[1]
}

/// y = x ∗ weight, and what the epilogue makes of it.
pub fn forward(pass: Forward) -> Vec<f32> {
    Isa::dispatch(pass)
}

/// ∂weight from ∂y.
pub fn grad_weight(pass: GradWeight) -> Vec<f32> {
    Isa::dispatch(pass)
}

/// ∂x from ∂y.
pub fn grad_input(pass: GradInput) -> InputGrad<f32> {
    Isa::dispatch(pass)
}

impl Forward<'_> {
    /// The pass by one of the algorithms in [`FORWARD`] that accept it.
    pub fn by<S: Simd>(&self, simd: S, algorithm: Algorithm) -> Vec<f32> {
        match algorithm {
            DepthwiseRows => self.depthwise_rows(simd),
            Depthwise => self.depthwise(simd),
            DepthwiseSmall => self.depthwise_small(simd),
            DepthwiseChannels => self.depthwise_channels(simd),
            PixelMajor => self.pixel_major(simd),
            ImplicitGemm => self.implicit_gemm(simd),
            other => unreachable!("{other:?} has no forward pass"),
        }
    }
}

impl Routine for Forward<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        self.by(simd, choose(FORWARD, &self.problem::<S>()))
    }
}

impl GradWeight<'_> {
    /// The pass by one of the algorithms in [`GRAD_WEIGHT`] that accept it.
    pub fn by<S: Simd>(&self, simd: S, algorithm: Algorithm) -> Vec<f32> {
        match algorithm {
            DepthwiseChannels => self.depthwise_channels(simd),
            PixelMajor => self.pixel_major(simd),
            Winograd => self.winograd(simd),
            FewChannels => self.few_channels(simd),
            ImplicitGemm => self.implicit_gemm(simd),
            other => unreachable!("{other:?} has no gradient of the weight"),
        }
    }
}

impl Routine for GradWeight<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        self.by(simd, choose(GRAD_WEIGHT, &self.problem::<S>()))
    }
}

impl GradInput<'_> {
    /// The pass by one of the algorithms in [`GRAD_INPUT`] that accept it.
    pub fn by<S: Simd>(&self, simd: S, algorithm: Algorithm) -> InputGrad<f32> {
        match algorithm {
            DepthwiseRows => self.as_depthwise(|forward| forward.depthwise_rows(simd)),
            DepthwiseSmall => self.as_depthwise(|forward| forward.depthwise_small(simd)),
            Depthwise => self.as_depthwise(|forward| forward.depthwise(simd)),
            DepthwiseChannels => self.depthwise_channels(simd),
            PixelMajor => self.pixel_major(simd),
            Winograd => self.winograd(simd),
            ImplicitGemm => self.implicit_gemm(simd),
            other => unreachable!("{other:?} has no gradient of the input"),
        }
    }
}

impl Routine for GradInput<'_> {
    type Output = InputGrad<f32>;

    fn run<S: Simd>(self, simd: S) -> InputGrad<f32> {
        self.by(simd, choose(GRAD_INPUT, &self.problem::<S>()))
    }
}
