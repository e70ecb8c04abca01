//! The three passes with what they read; by filters or by pixels they can be computed.

use crate::kernels::border::Border;
use crate::kernels::conv::{ConvShape, InputGrad};
use crate::kernels::simd::{Routine, Simd};
use crate::padding::{Axis, Frame};

use super::planar;
use super::strip::Source;

/// y = x ∗ weight (+ bias).
#[derive(Clone, Copy)]
pub(super) struct Forward<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
    pub weight: &'a [f32],
    pub bias: Option<&'a [f32]>,
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
}

impl Routine for Forward<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        if planar::suits_forward(self.shape) {
            self.by_pixels(simd)
        } else {
            self.by_filters(simd)
        }
    }
}

/// ∂weight from ∂y.
#[derive(Clone, Copy)]
pub(super) struct GradWeight<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
    pub y_grad: &'a [f32],
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
}

impl Routine for GradWeight<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        if planar::suits_grad_weight(self.shape) {
            self.by_pixels(simd)
        } else {
            self.by_filters(simd)
        }
    }
}

/// ∂x from ∂y, and that of the ring where its frame is given.
#[derive(Clone, Copy)]
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
        if planar::suits_grad_input(self.shape) {
            self.by_pixels(simd)
        } else {
            self.by_channels(simd)
        }
    }
}
