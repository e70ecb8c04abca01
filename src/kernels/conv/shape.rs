//! The sizes of a convolution, and what its passes give back.

use crate::kernels::im2col::Windows;
use crate::padding::Window;

/// The sizes of a convolution: x [N, C, H, W], weight [O, C/groups, Kh, Kw], y [N, O, Ho, Wo].
#[derive(Clone, Copy, Debug)]
pub struct ConvShape {
    /// N.
    pub batch: usize,
    /// C.
    pub channels: usize,
    /// O.
    pub out_channels: usize,
    /// Groups into which C and O are split.
    pub groups: usize,
    /// Kernel size, stride and dilation.
    pub window: Window,
    /// H and W.
    pub input: [usize; 2],
    /// Ho and Wo.
    pub output: [usize; 2],
}

impl ConvShape {
    /// The windows and the output pixels that they belong to.
    pub fn windows(&self) -> Windows {
        Windows {
            window: self.window,
            output: self.output,
        }
    }

    /// Kh·Kw.
    pub fn taps(&self) -> usize {
        self.windows().taps()
    }

    /// H·W.
    pub fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Ho·Wo.
    pub fn output_pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Elements of one image of the input.
    pub fn image(&self) -> usize {
        self.channels * self.input_pixels()
    }

    /// Elements of one image of the output.
    pub fn output_image(&self) -> usize {
        self.out_channels * self.output_pixels()
    }

    /// Input channels of a group.
    pub fn group_channels(&self) -> usize {
        self.channels / self.groups
    }

    /// Output channels of a group.
    pub fn group_out_channels(&self) -> usize {
        self.out_channels / self.groups
    }

    /// Products per output pixel.
    pub fn depth(&self) -> usize {
        self.group_channels() * self.taps()
    }

    /// Whether every output pixel reads the one input pixel at its own position.
    pub fn is_matrix_product(&self) -> bool {
        self.taps() == 1 && self.window.stride == [1, 1] && self.input == self.output
    }

    /// Elements of the weight.
    pub fn weights(&self) -> usize {
        self.out_channels * self.depth()
    }
}

/// How the gradient of the input is summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sums {
    /// A pixel's gradient is a sum over the outputs that read it and nothing else: where no gradient
    /// reaches it, it is exactly 0.
    #[default]
    Exact,
    /// By tiles of pixels where that is faster, as in training: within rounding of the exact sums, but
    /// a pixel that no gradient reaches may be off 0 by a rounding error of its neighbours'.
    Tiled,
}

/// The gradient of the input, and that of the ring where one is asked for.
pub struct InputGrad<T> {
    /// Of x, in its layout.
    pub x: Vec<T>,
    /// Empty where no `ring` was asked for.
    pub ring: Vec<T>,
}

/// The gradients of the weight and of the bias.
pub struct WeightGrad<T> {
    /// Of the weight, in its layout.
    pub weight: Vec<T>,
    /// `None` where it was not asked for.
    pub bias: Option<Vec<T>>,
}
