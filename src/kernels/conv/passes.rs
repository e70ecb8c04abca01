//! The three passes with what they read.

use std::ops::Range;

use crate::kernels::border::Border;
use crate::kernels::conv::epilogue::Epilogue;
use crate::kernels::conv::shape::{ConvShape, Sums};
use crate::kernels::simd::finish::{MAX_WIDTH, Norms};
use crate::padding::{Axis, Frame};

use crate::kernels::conv::packed::Packed;
use crate::kernels::conv::shared::strip::Source;

/// y = x ∗ weight, and what the output channels make of it.
#[derive(Clone, Copy)]
pub struct Forward<'a> {
    pub shape: &'a ConvShape,
    pub border: &'a Border<'a, f32>,
    pub x: &'a [f32],
    pub weight: &'a [f32],
    pub packed: Option<&'a Packed>,
    pub epilogue: Epilogue<'a, f32>,
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
        self.epilogue
            .norm
            .map(|norm| Norms::new(&norm[out_channels]))
    }
}

/// ∂weight from ∂y.
#[derive(Clone, Copy)]
pub struct GradWeight<'a> {
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

/// ∂x from ∂y, and that of the ring where its frame is given.
#[derive(Clone, Copy)]
pub struct GradInput<'a> {
    pub shape: &'a ConvShape,
    pub axes: &'a [Axis; 2],
    pub ring: Option<Frame>,
    pub weight: &'a [f32],
    pub y_grad: &'a [f32],
    pub sums: Sums,
}
