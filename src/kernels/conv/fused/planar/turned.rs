//! The input gradient of a depthwise convolution as a forward pass.

use super::super::fold::Fold;
use super::super::passes::{Forward, GradInput};
use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::{ConvShape, Epilogue, InputGrad};
use crate::padding::Axis;

impl GradInput<'_> {
    /// Whether every map has one filter without a stride, and nothing of the border is wanted, which no
    /// tap leaves.
    pub fn is_turned_depthwise(&self) -> bool {
        let window = &self.shape.window;
        let within = |a: usize| {
            let axis: &Axis = &self.axes[a];
            let after = axis.padded() - axis.before - axis.n;
            axis.before.max(after) < window.span(a)
        };
        let one_by_one = self.shape.group_filters() == 1 && window.stride == [1, 1];
        one_by_one && within(0) && within(1) && Fold::new(self.axes, self.ring).drops_all()
    }

    /// The pass of a depthwise convolution as one forward, over the output gradients among zeros, with
    /// the kernels upside down.
    pub fn as_depthwise(&self, pass: impl FnOnce(&Forward) -> Vec<f32>) -> InputGrad<f32> {
        let shape = self.shape;
        let axes = [0, 1].map(|a| {
            let axis = &self.axes[a];
            let reach = shape.window.span(a) - 1;
            let after = axis.padded() - axis.before - axis.n;
            let (before, after) = (reach - axis.before, reach - after);
            Axis::new(shape.output[a], before, after, |_, _| None)
        });
        let upside_down = |kernel: &[f32]| kernel.iter().rev().copied().collect::<Vec<_>>();
        let kernels = self.weight.chunks_exact(shape.taps());
        let weight: Vec<f32> = kernels.flat_map(upside_down).collect();
        let turned = Forward {
            shape: &ConvShape {
                input: shape.output,
                output: shape.input,
                ..*shape
            },
            border: &Border {
                axes: &axes,
                halo: Halo::Constant(0.0),
            },
            x: self.y_grad,
            weight: &weight,
            packed: None,
            epilogue: Epilogue::bias(None),
        };
        InputGrad {
            x: pass(&turned),
            ring: Vec::new(),
        }
    }
}
