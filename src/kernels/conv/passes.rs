//! The three passes with what they read.

use std::ops::Range;

use super::epilogue::Epilogue;
use super::shape::{ConvShape, Sums};
use super::shared::strip::Source;
use crate::kernels::border::{Border, Halo};
use crate::kernels::simd::Simd;
use crate::kernels::simd::epilogue::{MAX_WIDTH, Norms};
use crate::padding::{Axis, Frame};
use crate::tensor::Tensor;

/// y = x ∗ weight, and what the epilogue makes of it.
#[derive(Clone, Copy)]
pub struct Forward<'a, T = f32> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, T>,
    pub x: &'a [T],
    pub weight: &'a [T],
    /// The tensor of the weights, where they stay and their packed form may be kept with them.
    pub kept: Option<&'a Tensor<T>>,
    pub epilogue: Epilogue<'a, T>,
}

impl Forward<'_> {
    /// What the strips hold.
    pub fn source(&self) -> Source<'_> {
        Source {
            shape: self.shape,
            border: self.border,
            x: self.x,
        }
    }

    /// What is asked for, of such vectors.
    pub fn problem<S: Simd>(&self) -> Problem<'_> {
        Problem {
            shape: self.shape,
            axes: self.border.axes,
            ring: matches!(self.border.halo, Halo::Ring(..)),
            sums: Sums::Exact,
            lanes: S::LANES,
            square: S::SQUARE,
        }
    }

    /// The bias of some output channels, filled up to the widest panel.
    pub fn start(&self, out_channels: Range<usize>) -> [f32; MAX_WIDTH] {
        let mut start = [0.0; MAX_WIDTH];
        if let Some(bias) = self.epilogue.bias {
            // The sum with zero makes a negative zero positive, so that a product of zero added to
            // it leaves the same bits as one left out.
            let bias = bias[out_channels].iter().map(|b| b + 0.0);
            start.iter_mut().zip(bias).for_each(|(s, b)| *s = b);
        }
        start
    }

    /// The normalisation of some output channels.
    pub fn norms(&self, out_channels: Range<usize>) -> Option<Norms> {
        let norm = self.epilogue.norm?;
        Some(Norms::new(&norm[out_channels]))
    }
}

/// ∂weight from ∂y.
#[derive(Clone, Copy)]
pub struct GradWeight<'a, T = f32> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, T>,
    pub x: &'a [T],
    pub y_grad: &'a [T],
}

impl GradWeight<'_> {
    /// What the strips hold.
    pub fn source(&self) -> Source<'_> {
        Source {
            shape: self.shape,
            border: self.border,
            x: self.x,
        }
    }

    /// What is asked for, of such vectors.
    pub fn problem<S: Simd>(&self) -> Problem<'_> {
        Problem {
            shape: self.shape,
            axes: self.border.axes,
            ring: matches!(self.border.halo, Halo::Ring(..)),
            sums: Sums::Exact,
            lanes: S::LANES,
            square: S::SQUARE,
        }
    }
}

/// ∂x from ∂y, and that of the ring where its frame is given.
#[derive(Clone, Copy)]
pub struct GradInput<'a, T = f32> {
    pub shape: &'a ConvShape,
    pub axes: &'a [Axis; 2],
    pub ring: Option<Frame>,
    pub weight: &'a [T],
    pub y_grad: &'a [T],
    pub sums: Sums,
}

impl GradInput<'_> {
    /// What is asked for, of such vectors.
    pub fn problem<S: Simd>(&self) -> Problem<'_> {
        Problem {
            shape: self.shape,
            axes: self.axes,
            ring: self.ring.is_some(),
            sums: self.sums,
            lanes: S::LANES,
            square: S::SQUARE,
        }
    }
}

/// What an algorithm may be asked for.
#[derive(Clone, Copy)]
pub struct Problem<'a> {
    pub shape: &'a ConvShape,
    pub axes: &'a [Axis; 2],
    /// Whether a ring of values surrounds the image, forward, or has its gradient asked for.
    pub ring: bool,
    pub sums: Sums,
    /// Elements per vector.
    pub lanes: usize,
    /// The side of the square that vectors transpose.
    pub square: usize,
}
