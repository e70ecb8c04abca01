//! The input gradient as a forward pass over the output gradients, where it is one.

use crate::kernels::border::{Border, Halo};
use crate::kernels::conv::epilogue::Epilogue;
use crate::kernels::conv::passes::{Forward, GradInput};
use crate::kernels::conv::shape::{ConvShape, InputGrad};
use crate::kernels::conv::shared::fold::Fold;
use crate::kernels::simd::Simd;
use crate::kernels::simd::transpose::Transpose;
use crate::padding::Axis;

impl GradInput<'_> {
    /// Whether every map has one output channel without a stride, and nothing of the border is wanted, which no
    /// tap leaves.
    pub fn is_turned_depthwise(&self) -> bool {
        let window = &self.shape.window;
        let within = |a: usize| {
            let axis: &Axis = &self.axes[a];
            let after = axis.padded() - axis.before - axis.n;
            axis.before.max(after) < window.span(a)
        };
        let one_by_one = self.shape.group_out_channels() == 1 && window.stride == [1, 1];
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
        let turned = ConvShape {
            input: shape.output,
            output: shape.input,
            ..*shape
        };
        self.turned(&turned, &axes, &weight, pass)
    }

    /// The gradient of a 1×1 kernel is a pass forward from output channels to channels.
    pub fn as_matrix_product<S: Simd>(&self, simd: S) -> InputGrad<f32> {
        let (out_channels, channels) =
            (self.shape.group_out_channels(), self.shape.group_channels());
        let mut weight = vec![0.0; self.weight.len()];
        let of_group = (out_channels * channels).max(1);
        let groups = weight
            .chunks_exact_mut(of_group)
            .zip(self.weight.chunks_exact(of_group));
        for (to, from) in groups {
            simd.vectorize(Transpose {
                rows: out_channels,
                columns: channels,
                from,
                from_stride: channels,
                to: to.into(),
                to_stride: out_channels,
            });
        }
        let turned = ConvShape {
            channels: self.shape.out_channels,
            out_channels: self.shape.channels,
            ..*self.shape
        };
        self.turned(&turned, self.axes, &weight, |forward| {
            forward.pixel_major(simd)
        })
    }

    /// A pass forward over the output gradients, zeros around them.
    fn turned(
        &self,
        shape: &ConvShape,
        axes: &[Axis; 2],
        weight: &[f32],
        pass: impl FnOnce(&Forward) -> Vec<f32>,
    ) -> InputGrad<f32> {
        let forward = Forward {
            shape,
            border: &Border {
                axes,
                halo: Halo::Constant(0.0),
            },
            x: self.y_grad,
            weight,
            packed: None,
            epilogue: Epilogue::bias(None),
        };
        InputGrad {
            x: pass(&forward),
            ring: Vec::new(),
        }
    }
}
