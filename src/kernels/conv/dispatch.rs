//! Which algorithm computes a pass.

use super::Epilogue;
use super::algorithms::{
    depthwise_rows, depthwise_small, depthwise_strided, few_channels, grouped, pixel_major,
    winograd,
};
use super::packed::{Pack, Packed};
use super::passes::{Forward, GradInput, GradWeight};
use super::shape::{ConvShape, InputGrad, Sums, WeightGrad};
use crate::kernels::border::{Border, Halo};
use crate::kernels::simd::{Isa, Routine, Simd};
use crate::padding::{Axis, Frame};
use crate::tensor::Tensor;

pub fn forward(
    shape: &ConvShape,
    border: &Border<f32>,
    x: &[f32],
    weight: &[f32],
    packed: Option<&Packed>,
    epilogue: Epilogue<f32>,
) -> Vec<f32> {
    Isa::dispatch(Forward {
        shape,
        border,
        x,
        weight,
        packed,
        epilogue,
    })
}

/// The weights for many passes forward, where that is of use.
pub fn pack<'a>(shape: &ConvShape, weight: &'a Tensor<f32>) -> Option<&'a Packed> {
    let pack = |weight: &[f32]| Isa::dispatch(Pack { shape, weight });
    let is_of_use = Isa::dispatch(ReadsPanels(shape));
    is_of_use.then(|| weight.derived(pack)).flatten()
}

pub fn grad_weight(
    shape: &ConvShape,
    border: &Border<f32>,
    x: &[f32],
    y_grad: &[f32],
) -> WeightGrad<f32> {
    Isa::dispatch(GradWeight {
        shape,
        border,
        x,
        y_grad,
    })
}

pub fn grad_input(
    shape: &ConvShape,
    axes: &[Axis; 2],
    ring: Option<Frame>,
    weight: &[f32],
    y_grad: &[f32],
    sums: Sums,
) -> InputGrad<f32> {
    Isa::dispatch(GradInput {
        shape,
        axes,
        ring,
        weight,
        y_grad,
        sums,
    })
}

/// How a pass forward is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Rows,
    Phases,
    Maps,
    Groups,
    Pixels,
    Places,
    ImplicitGemm,
}

impl Way {
    /// The fastest for a shape.
    pub fn of<S: Simd>(simd: S, shape: &ConvShape) -> Way {
        if depthwise_rows::suits(shape) {
            Way::Rows
        } else if depthwise_strided::suits(shape) {
            Way::Phases
        } else if depthwise_small::suits(simd, shape) {
            Way::Maps
        } else if grouped::suits(shape) {
            Way::Groups
        } else if pixel_major::suits_forward(shape) {
            Way::Pixels
        } else if few_channels::suits_forward(simd, shape) {
            Way::Places
        } else {
            Way::ImplicitGemm
        }
    }
}

impl Routine for Forward<'_> {
    type Output = Vec<f32>;

    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        match Way::of(simd, self.shape) {
            Way::Rows => self.depthwise_rows(simd),
            Way::Phases => self.depthwise_strided(simd),
            Way::Maps => match self.border.halo {
                Halo::Constant(halo) => self.depthwise_small(simd, halo),
                Halo::Ring(..) => self.grouped(simd),
            },
            Way::Groups => self.grouped(simd),
            Way::Pixels => self.pixel_major(simd),
            Way::Places => self.few_channels(simd),
            Way::ImplicitGemm => self.implicit_gemm(simd),
        }
    }
}

impl Routine for GradWeight<'_> {
    type Output = WeightGrad<f32>;

    fn run<S: Simd>(self, simd: S) -> WeightGrad<f32> {
        let alone = |weight| WeightGrad { weight, bias: None };
        if grouped::suits(self.shape) {
            alone(self.grouped(simd))
        } else if pixel_major::suits_grad_weight(self.shape) {
            alone(self.pixel_major(simd))
        } else if winograd::suits_grad_weight(self.shape) {
            self.winograd(simd)
        } else if few_channels::suits_grad_weight(simd, self.shape) {
            self.few_channels(simd)
        } else {
            self.implicit_gemm(simd)
        }
    }
}

impl Routine for GradInput<'_> {
    type Output = InputGrad<f32>;

    fn run<S: Simd>(self, simd: S) -> InputGrad<f32> {
        if depthwise_rows::suits(self.shape) && self.is_turned_depthwise() {
            self.as_depthwise(|forward| forward.depthwise_rows(simd))
        } else if depthwise_small::suits(simd, self.shape) && self.is_turned_depthwise() {
            self.as_depthwise(|forward| forward.depthwise_small(simd, 0.0))
        } else if grouped::suits(self.shape) {
            self.grouped(simd)
        } else if pixel_major::suits_grad_input(self.shape) {
            self.pixel_major(simd)
        } else if self.sums == Sums::Tiled && winograd::suits_grad_input(self.shape, self.axes) {
            self.winograd(simd)
        } else {
            self.implicit_gemm(simd)
        }
    }
}

/// Whether a pass would read panels at all.
pub struct ReadsPanels<'a>(pub &'a ConvShape);

impl Routine for ReadsPanels<'_> {
    type Output = bool;

    fn run<S: Simd>(self, simd: S) -> bool {
        Way::of(simd, self.0) == Way::ImplicitGemm
    }
}
