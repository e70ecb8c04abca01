//! Groups of few channels and filters, such as depthwise convolution: vectors run along the pixels.
//!
//! A map is laid out at its padded width, output pixels at the corner of their window, so that a tap is
//! one offset for all pixels. What is computed between the windows is thrown away, and output
//! gradients have zeros there.
#![allow(unsafe_code)]

use rayon::prelude::*;

use super::block::{Block, pieces};
use super::fold::Fold;
use super::memory::{Output, Scratch, collect, with_scratch};
use super::strip::Layout;
use crate::kernels::border::Border;
use crate::kernels::conv::{ConvShape, InputGrad};
use crate::kernels::simd::run::{Combine, Dots, STEP};
use crate::kernels::simd::{Routine, Simd};
use crate::padding::{Axis, Frame};

/// Whether vectors along the pixels are better filled than vectors along filters or channels.
pub(super) fn suits(shape: &ConvShape) -> bool {
    const FEW: usize = 4;
    shape.groups > 1 && shape.group_filters() <= FEW && shape.group_channels() <= FEW
}

/// The sizes of one image of a group.
struct Plane<'a> {
    shape: &'a ConvShape,
    layout: Layout,
    /// Offsets of the taps.
    taps: Vec<usize>,
    /// Padded pixels per row.
    width: usize,
    /// Positions from the first window to the last, rounded up to whole steps.
    windows: usize,
    /// Numbers per channel of a strip: all that windows reach, and what rounding up reads beyond.
    channel: usize,
}

impl<'a> Plane<'a> {
    fn new(shape: &'a ConvShape, width: usize) -> Plane<'a> {
        let layout = Layout::new(shape, [1, shape.output[0]], width);
        let taps: Vec<usize> = (0..shape.taps()).map(|tap| layout.tap(tap)).collect();
        let [stride, _] = shape.window.stride;
        let windows =
            (shape.output[0].saturating_sub(1) * stride * width + width).div_ceil(STEP) * STEP;
        let reach = taps.last().copied().unwrap_or(0);
        Plane {
            shape,
            width,
            windows,
            channel: (windows + reach).max(layout.channel),
            layout,
            taps,
        }
    }

    /// The padded channels of a group, each followed by room to read beyond.
    fn fill(&self, border: &Border<f32>, x: &[f32], n: usize, group: usize, strip: &mut [f32]) {
        let per_group = self.shape.group_channels();
        let block = Block {
            images: n..n + 1,
            rows: 0..self.shape.output[0],
        };
        for (c, strip) in strip.chunks_mut(self.channel).enumerate() {
            let channel = group * per_group + c;
            let (used, beyond) = strip.split_at_mut(self.layout.channel);
            self.layout
                .fill(self.shape, border, x, &block, channel..channel + 1, used);
            beyond.fill(0.0);
        }
    }

    /// The gradient of a map at the corners of its windows, zeros elsewhere.
    fn spread(&self, y_grad: &[f32], spread: &mut [f32]) {
        spread.fill(0.0);
        let [down, across] = self.shape.window.stride;
        for (y, row) in y_grad.chunks_exact(self.shape.output[1]).enumerate() {
            let to = spread[y * down * self.width..].iter_mut().step_by(across);
            to.zip(row).for_each(|(to, &from)| *to = from);
        }
    }

    fn y_map(&self, n: usize, group: usize, o: usize) -> usize {
        n * self.shape.filters + group * self.shape.group_filters() + o
    }

    /// The weights from a channel to a filter of a group.
    fn weights<'w>(&self, weight: &'w [f32], group: usize, o: usize, c: usize) -> &'w [f32] {
        let taps = self.taps.len();
        let filter = group * self.shape.group_filters() + o;
        &weight[(filter * self.shape.group_channels() + c) * taps..][..taps]
    }

    fn images_and_groups(&self) -> impl ParallelIterator<Item = (usize, usize)> {
        let groups = self.shape.groups;
        let all = (0..self.shape.batch * groups).into_par_iter();
        all.map(move |i| (i / groups, i % groups))
    }
}

/// The forward pass.
pub(super) struct Forward<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
    pub weight: &'a [f32],
    pub bias: Option<&'a [f32]>,
}

impl Routine for Forward<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let plane = Plane::new(self.shape, self.border.axes[1].padded());
        let len = self.shape.batch * self.shape.output_image();
        let work = |y: Output| {
            plane.images_and_groups().for_each(|(n, group)| {
                with_scratch(|scratch| self.group(simd, &plane, n, group, scratch, &y));
            });
        };
        // SAFETY: every map of every image is written.
        unsafe { collect(len, work) }
    }
}

impl Forward<'_> {
    fn group<S: Simd>(
        &self,
        simd: S,
        plane: &Plane,
        n: usize,
        group: usize,
        scratch: &mut Scratch,
        y: &Output,
    ) {
        let shape = self.shape;
        let strip = scratch.strip.take(shape.group_channels() * plane.channel);
        plane.fill(self.border, self.x, n, group, strip);
        let sums = scratch.sums.take(plane.windows);
        let map = scratch.turned.take(shape.output_pixels());
        let [down, across] = shape.window.stride;
        for o in 0..shape.group_filters() {
            let mut terms = Vec::with_capacity(shape.depth());
            for c in 0..shape.group_channels() {
                let offsets = plane.taps.iter().map(|tap| c * plane.channel + tap);
                let weights = plane.weights(self.weight, group, o, c);
                terms.extend(offsets.zip(weights.iter().copied()));
            }
            let filter = group * shape.group_filters() + o;
            simd.vectorize(Combine {
                source: strip,
                terms: &terms,
                start: self.bias.map_or(0.0, |bias| bias[filter] + 0.0),
                out: sums,
            });
            for (row, out) in map.chunks_exact_mut(shape.output[1]).enumerate() {
                let sums = &sums[row * down * plane.width..];
                match across {
                    1 => out.copy_from_slice(&sums[..out.len()]),
                    _ => {
                        let picked = sums.iter().step_by(across);
                        out.iter_mut().zip(picked).for_each(|(out, &v)| *out = v);
                    }
                }
            }
            // SAFETY: no other piece has this map.
            unsafe { y.write(plane.y_map(n, group, o) * shape.output_pixels(), map) };
        }
    }
}

/// The gradient of the weight.
pub(super) struct GradWeight<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
    pub y_grad: &'a [f32],
}

/// Images whose gradients are summed on one thread before the sums are added in order.
const IMAGES_PER_PIECE: usize = 8;

impl Routine for GradWeight<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let plane = Plane::new(shape, self.border.axes[1].padded());
        let of_group = shape.group_filters() * shape.depth();
        let mut weight_grad = vec![0.0; shape.weights()];
        for images in pieces(0..shape.batch, IMAGES_PER_PIECE) {
            let groups = weight_grad.par_chunks_mut(of_group.max(1)).enumerate();
            groups.for_each(|(group, grad)| {
                with_scratch(|scratch| {
                    for n in images.clone() {
                        self.group(simd, &plane, n, group, scratch, grad);
                    }
                });
            });
        }
        weight_grad
    }
}

impl GradWeight<'_> {
    fn group<S: Simd>(
        &self,
        simd: S,
        plane: &Plane,
        n: usize,
        group: usize,
        scratch: &mut Scratch,
        grad: &mut [f32],
    ) {
        let shape = self.shape;
        let strip = scratch.strip.take(shape.group_channels() * plane.channel);
        plane.fill(self.border, self.x, n, group, strip);
        let spread = scratch.sums.take(plane.windows);
        for (o, grad) in grad.chunks_exact_mut(shape.depth()).enumerate() {
            let first = plane.y_map(n, group, o) * shape.output_pixels();
            plane.spread(&self.y_grad[first..][..shape.output_pixels()], spread);
            let channels = strip.chunks_exact(plane.channel);
            for (strip, sums) in channels.zip(grad.chunks_exact_mut(plane.taps.len())) {
                simd.vectorize(Dots {
                    a: spread,
                    b: strip,
                    offsets: &plane.taps,
                    sums,
                });
            }
        }
    }
}

/// The gradient of the input.
pub(super) struct GradInput<'a> {
    pub shape: &'a ConvShape,
    pub axes: &'a [Axis; 2],
    pub ring: Option<Frame>,
    pub weight: &'a [f32],
    pub y_grad: &'a [f32],
}

impl Routine for GradInput<'_> {
    type Output = InputGrad<f32>;

    fn run<S: Simd>(self, simd: S) -> InputGrad<f32> {
        let shape = self.shape;
        let plane = Plane::new(shape, self.axes[1].padded());
        let maps = shape.batch * shape.channels;
        let mut ring = Vec::new();
        let both = |x: Output| {
            let fill_ring = |ring: Output| {
                plane.images_and_groups().for_each(|(n, group)| {
                    with_scratch(|s| self.group(simd, &plane, n, group, s, [&x, &ring]));
                });
            };
            let ring_len = self.ring.map_or(0, |frame| frame.len());
            // SAFETY: the whole ring of every map is written.
            ring = unsafe { collect(maps * ring_len, fill_ring) };
        };
        // SAFETY: every map is written.
        let x = unsafe { collect(maps * shape.input_pixels(), both) };
        InputGrad { x, ring }
    }
}

impl GradInput<'_> {
    fn group<S: Simd>(
        &self,
        simd: S,
        plane: &Plane,
        n: usize,
        group: usize,
        scratch: &mut Scratch,
        [x, ring]: [&Output; 2],
    ) {
        let shape = self.shape;
        let [rows, across] = self.axes;
        let padded = (rows.padded() * across.padded()).div_ceil(STEP) * STEP;
        let reach = plane.taps.last().copied().unwrap_or(0);
        // Zeros before the first window for taps that reach back beyond it, and after the last.
        let filter = reach + padded.max(plane.windows);
        let spread = scratch.strip.take(shape.group_filters() * filter);
        for (o, spread) in spread.chunks_exact_mut(filter).enumerate() {
            let first = plane.y_map(n, group, o) * shape.output_pixels();
            spread[..reach].fill(0.0);
            plane.spread(
                &self.y_grad[first..][..shape.output_pixels()],
                &mut spread[reach..],
            );
        }
        let sums = scratch.sums.take(padded);
        let fold = Fold {
            axes: self.axes,
            ring: self.ring,
        };
        for c in 0..shape.group_channels() {
            let mut terms = Vec::with_capacity(shape.group_filters() * plane.taps.len());
            for o in 0..shape.group_filters() {
                let offsets = plane.taps.iter().map(|tap| o * filter + reach - tap);
                let weights = plane.weights(self.weight, group, o, c);
                terms.extend(offsets.zip(weights.iter().copied()));
            }
            simd.vectorize(Combine {
                source: spread,
                terms: &terms,
                start: 0.0,
                out: sums,
            });
            let map = n * shape.channels + group * shape.group_channels() + c;
            fold.image([1, 1], sums, map, ring);
            for y in 0..rows.n {
                let from = (rows.before + y) * across.padded() + across.before;
                // SAFETY: no other piece has this map.
                unsafe { x.write((map * rows.n + y) * across.n, &sums[from..][..across.n]) };
            }
        }
    }
}
