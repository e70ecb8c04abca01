//! Layers that read other pixels than a window's: interpolation, transposed convolution, repetition, cuts.

use super::context::Context;
use super::feature::Feature;
use super::misfit::misfit;
use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::kernels::interpolation::{Filter, Interpolation};
use crate::padding::Sides;

/// The largest margin that is looked for.
const MOST: usize = 1 << 16;

/// Which pixels of one axis an output reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampling {
    /// Output o reads ⌊o/f⌋.
    Repeat(usize),
    /// Output o of a transposed convolution reads every i with 0 ≤ o + before - i·stride < span.
    Transposed {
        /// Pixels under the kernel.
        span: usize,
        /// Output pixels per input pixel.
        stride: usize,
        /// Pixels cut off before the first.
        before: usize,
        /// How many pixels the output has beside (n - 1)·stride + span - before.
        beyond: isize,
    },
    /// The pixels around a position.
    Interpolated(Interpolation),
}

impl Sampling {
    /// Outputs for `n` inputs; `None` where nothing is left.
    fn outputs(&self, n: usize) -> Option<usize> {
        let count = match *self {
            Sampling::Repeat(factor) => n.checked_mul(factor)?,
            Sampling::Transposed {
                span,
                stride,
                before,
                beyond,
            } => {
                let full = n.checked_sub(1)?.checked_mul(stride)?.checked_add(span)?;
                full.checked_sub(before)?.checked_add_signed(beyond)?
            }
            Sampling::Interpolated(axis) => axis.outputs,
        };
        Some(count).filter(|&count| count > 0)
    }

    /// The first and the last input that output `o` reads, on an axis without ends.
    pub(super) fn reads(&self, o: isize) -> [isize; 2] {
        match *self {
            Sampling::Repeat(factor) => [o.div_euclid(factor as isize); 2],
            Sampling::Transposed {
                span,
                stride,
                before,
                ..
            } => {
                let (at, stride) = (o + before as isize, stride as isize);
                let last = at.div_euclid(stride);
                // The first i with o + before - i·stride < span.
                let first = (at - span as isize).div_euclid(stride) + 1;
                [first, last]
            }
            Sampling::Interpolated(axis) => {
                let taps = axis.taps(o);
                let at = taps.iter().map(|&(i, _)| i);
                let none = axis.position(o) as isize;
                [at.clone().min().unwrap_or(none), at.max().unwrap_or(none)]
            }
        }
    }

    /// Inputs per output.
    pub(super) fn step(&self) -> f64 {
        match *self {
            Sampling::Repeat(factor) => 1.0 / factor as f64,
            Sampling::Transposed { stride, .. } => 1.0 / stride as f64,
            Sampling::Interpolated(axis) => axis.ratio(),
        }
    }

    /// Pixels under the kernel of a transposed convolution, or the most that another output reads.
    pub(super) fn span(&self) -> usize {
        let Sampling::Interpolated(axis) = *self else {
            return match *self {
                Sampling::Transposed { span, .. } => span,
                _ => 1,
            };
        };
        let taps = match axis.filter {
            Filter::Nearest(_) => return 1,
            Filter::Linear => 2.0,
            Filter::Cubic(_) => 4.0,
        };
        let stretch = if axis.antialias { axis.ratio() } else { 1.0 };
        (taps * stretch.max(1.0)).ceil() as usize
    }

    /// How many pixels before and behind the `n` of an input outputs would read if there were any.
    pub(super) fn beyond(&self, n: usize) -> [usize; 2] {
        let outputs = self.outputs(n).unwrap_or(1);
        let [[first, before], [behind, last]] = [0, outputs - 1].map(|o| self.reads(o as isize));
        // Under a stride wider than the kernel an output may read none: the first then lies behind the last.
        let beyond = [-first.min(before), behind.max(last) - n as isize + 1];
        beyond.map(|pixels| pixels.max(0) as usize)
    }

    /// Inputs needed before and behind `n` of them, for `margin` outputs before and behind the output's own.
    fn needed(&self, n: usize, margin: [usize; 2]) -> [usize; 2] {
        let outputs = self.outputs(n).unwrap_or(0);
        let [first, _] = self.reads(-(margin[0] as isize));
        let [_, last] = self.reads((outputs + margin[1]) as isize - 1);
        let behind = last - n as isize + 1;
        let mut needed = [first.saturating_neg(), behind].map(|needed| needed.max(0) as usize);
        if let Sampling::Transposed { stride, before, .. } = *self {
            // Before the first pixel's window there is nothing to compute, even where no pixel is read.
            needed[0] = needed[0].max(margin[0].saturating_sub(before).div_ceil(stride));
        }
        needed
    }

    /// Outputs that can be had before and behind the own ones from `have` inputs before and behind `n`.
    fn margin(&self, n: usize, have: [usize; 2]) -> Option<[usize; 2]> {
        let enough = |side: usize, margin: usize| {
            let mut both = [0; 2];
            both[side] = margin;
            self.needed(n, both)[side] <= have[side]
        };
        Some([
            largest(|margin| enough(0, margin))?,
            largest(|margin| enough(1, margin))?,
        ])
    }

    /// How far behind and before o·step the reads of output o begin and end.
    pub(super) fn spread(&self, n: usize) -> [f64; 2] {
        let mut spread = [f64::NEG_INFINITY; 2];
        for o in 0..self.outputs(n).unwrap_or(1) as isize {
            let [first, last] = self.reads(o).map(|i| i as f64);
            let at = o as f64 * self.step();
            spread = [spread[0].max(at - first), spread[1].max(last - at)];
        }
        spread
    }
}

/// The largest number up to [`MOST`] for which `holds`, which holds up to some number alone.
fn largest(holds: impl Fn(usize) -> bool) -> Option<usize> {
    if !holds(0) {
        return None;
    }
    let (mut low, mut high) = (0, 1);
    while high < MOST && holds(high) {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match holds(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    Some(low)
}

/// A way to read per axis (rows, columns).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampled(pub [Sampling; 2]);

/// What a pass computes of such a layer's output.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    /// The margin around the output's grid.
    pub margin: Sides,
    /// The output's grid.
    pub size: [usize; 2],
}

impl Sampled {
    /// The output's grid.
    ///
    /// # Errors
    /// Where nothing is left; the message names the layer `path`.
    pub fn output_size(&self, path: &str, size: [usize; 2]) -> Result<[usize; 2]> {
        match [0, 1].map(|axis| self.0[axis].outputs(size[axis])) {
            [Some(h), Some(w)] => Ok([h, w]),
            _ => Err(misfit(
                path,
                format!("nothing is left of a map of {}×{}", size[0], size[1]),
                "use larger images",
            )),
        }
    }

    /// The margin needed around the input grid for `output` around the output's.
    pub(super) fn needed_margin(&self, size: [usize; 2], output: Sides) -> Sides {
        each(|axis| {
            let margin = [output.before(axis), output.after(axis)];
            self.0[axis].needed(size[axis], margin)
        })
    }

    /// The margin of the output for one of `have` around an input grid of `size`; `None` if it is too small.
    pub(super) fn output_margin(&self, size: [usize; 2], have: Sides) -> Option<Sides> {
        let margin =
            |axis: usize| self.0[axis].margin(size[axis], [have.before(axis), have.after(axis)]);
        let (rows, columns) = (margin(0)?, margin(1)?);
        Some(each(|axis| [rows, columns][axis]))
    }

    /// What a pass computes from the feature `x`: the grid, and with true surroundings as much more as they allow.
    ///
    /// # Errors
    /// Where the surroundings are too narrow.
    pub fn reached<T: Scalar>(&self, x: &Feature<T>, cx: &Context<'_, T>) -> Result<Reached> {
        let size = self.output_size(cx.path(), x.size)?;
        if !cx.has_surroundings() {
            let margin = Sides::default();
            return Ok(Reached { margin, size });
        }
        match self.output_margin(x.size, x.margin) {
            Some(margin) => Ok(Reached { margin, size }),
            None => {
                let need = self.needed_margin(x.size, Sides::default());
                Err(too_small(cx.path(), need, x.margin))
            }
        }
    }
}

/// The sides of both axes.
pub(super) fn each(of_axis: impl Fn(usize) -> [usize; 2]) -> Sides {
    let [[top, bottom], [left, right]] = [0, 1].map(of_axis);
    Sides {
        top,
        left,
        bottom,
        right,
    }
}

/// The error of a layer whose surroundings are too narrow.
pub(super) fn too_small(path: &str, need: Sides, have: Sides) -> Error {
    let text = |s: Sides| format!("{},{},{},{}", s.top, s.left, s.bottom, s.right);
    Error::invalid(
        format!("margin of the surroundings at layer {path}"),
        format!(
            "it needs {} pixels (top,left,bottom,right) and has {}",
            text(need),
            text(have)
        ),
        "give the input image a wider margin; a layer of your own must name its window in Layer::geometry",
    )
}
