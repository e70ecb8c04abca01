//! The three passes with what they read; by filters or by pixels they can be computed.

use std::ops::Range;

use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::{ConvShape, Epilogue, InputGrad, Sums, WeightGrad};
use crate::kernels::simd::finish::{MAX_WIDTH, Norms};
use crate::kernels::simd::{Routine, Simd};
use crate::padding::{Axis, Frame};

use super::groups;
use super::packed::Packed;
use super::planar;
use super::shallow;
use super::strip::Source;
use super::winograd;

/// y = x ∗ weight, and what the filters make of it.
#[derive(Clone, Copy)]
pub(super) struct Forward<'a> {
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

    /// The bias of some filters, filled up to the widest panel.
    pub fn start(&self, filters: Range<usize>) -> [f32; MAX_WIDTH] {
        let mut start = [0.0; MAX_WIDTH];
        if let Some(bias) = self.epilogue.bias {
            // The sum with zero makes a negative zero positive, so that a product of zero added to
            // it leaves the same bits as one left out.
            let bias = bias[filters].iter().map(|b| b + 0.0);
            start.iter_mut().zip(bias).for_each(|(s, b)| *s = b);
        }
        start
    }

    /// The normalisation of some filters.
    pub fn norms(&self, filters: Range<usize>) -> Option<Norms> {
        self.epilogue.norm.map(|norm| Norms::new(&norm[filters]))
    }
}

/// How a pass forward is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Rows,
    Phases,
    Maps,
    Groups,
    Pixels,
    Places,
    Filters,
}

impl Way {
    /// The fastest for a shape.
    pub fn of<S: Simd>(simd: S, shape: &ConvShape) -> Way {
        if planar::suits_rows(shape) {
            Way::Rows
        } else if planar::suits_phases(shape) {
            Way::Phases
        } else if planar::suits_maps(simd, shape) {
            Way::Maps
        } else if groups::suits(shape) {
            Way::Groups
        } else if planar::suits_forward(shape) {
            Way::Pixels
        } else if shallow::suits_forward(simd, shape) {
            Way::Places
        } else {
            Way::Filters
        }
    }
}

impl Routine for Forward<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        match Way::of(simd, self.shape) {
            Way::Rows => self.by_rows(simd),
            Way::Phases => self.by_phases(simd),
            Way::Maps => match self.border.halo {
                Halo::Constant(halo) => self.by_maps(simd, halo),
                Halo::Ring(..) => self.by_groups(simd),
            },
            Way::Groups => self.by_groups(simd),
            Way::Pixels => self.by_pixels(simd),
            Way::Places => self.by_places(simd),
            Way::Filters => self.by_filters(simd),
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
    type Output = WeightGrad<f32>;

    fn run<S: Simd>(self, simd: S) -> WeightGrad<f32> {
        let alone = |weight| WeightGrad { weight, bias: None };
        if groups::suits(self.shape) {
            alone(self.by_groups(simd))
        } else if planar::suits_grad_weight(self.shape) {
            alone(self.by_pixels(simd))
        } else if winograd::suits_grad_weight(self.shape) {
            self.by_tiles(simd)
        } else if shallow::suits_grad_weight(simd, self.shape) {
            self.by_terms(simd)
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
    pub sums: Sums,
}

impl Routine for GradInput<'_> {
    type Output = InputGrad<f32>;

    fn run<S: Simd>(self, simd: S) -> InputGrad<f32> {
        if planar::suits_rows(self.shape) && self.is_turned_depthwise() {
            self.as_depthwise(|forward| forward.by_rows(simd))
        } else if planar::suits_maps(simd, self.shape) && self.is_turned_depthwise() {
            self.as_depthwise(|forward| forward.by_maps(simd, 0.0))
        } else if groups::suits(self.shape) {
            self.by_groups(simd)
        } else if planar::suits_grad_input(self.shape) {
            self.by_pixels(simd)
        } else if self.sums == Sums::Tiled && winograd::suits_grad_input(self.shape, self.axes) {
            self.by_tiles(simd)
        } else {
            self.by_channels(simd)
        }
    }
}
