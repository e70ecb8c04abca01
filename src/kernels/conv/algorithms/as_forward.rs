//! The input gradient of a depthwise convolution as a forward pass over the output gradients, where it is one.

use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::epilogue::Epilogue;
use crate::kernels::conv::passes::{Forward, GradInput, Problem};
use crate::kernels::conv::shape::{ConvShape, InputGrad};
use crate::padding::Axis;

/// Whether every map has one output channel without a stride, nothing of the border is wanted, which no tap
/// leaves, and the pass forward is one that `forward` accepts.
pub fn accepts(problem: &Problem, forward: fn(&Problem) -> bool) -> bool {
    let (shape, window) = (problem.shape, &problem.shape.window);
    let within = |a: usize| {
        let axis: &Axis = &problem.axes[a];
        let after = axis.padded() - axis.before - axis.n;
        axis.before.max(after) < window.span(a)
    };
    let depthwise = shape.group_out_channels() == 1 && shape.group_channels() == 1;
    let dropped = !problem.ring && problem.axes.iter().all(Axis::border_is_halo);
    let flipped = flipped(shape);
    let forward = forward(&Problem {
        shape: &flipped,
        ..*problem
    });
    depthwise && window.stride == [1, 1] && within(0) && within(1) && dropped && forward
}

/// The shape of the depthwise pass from the output's gradients to the input's.
fn flipped(shape: &ConvShape) -> ConvShape {
    ConvShape {
        input: shape.output,
        output: shape.input,
        ..*shape
    }
}

impl GradInput<'_> {
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
        let forward = Forward {
            shape: &flipped(shape),
            border: &Border {
                axes: &axes,
                halo: Halo::Constant(0.0),
            },
            x: self.y_grad,
            weight: &weight,
            kept: None,
            epilogue: Epilogue::bias(None),
        };
        InputGrad {
            x: pass(&forward),
            ring: Vec::new(),
        }
    }
}
