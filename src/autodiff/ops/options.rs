//! How windowed operations walk over their input.

pub use crate::kernels::conv::Sums;
use crate::padding::{Drawn, Padding, Window};

/// How a convolution walks over its input.
#[derive(Clone, Copy, Debug)]
pub struct ConvOptions {
    /// Stride per axis (rows, columns).
    pub stride: [usize; 2],
    /// Dilation per axis.
    pub dilation: [usize; 2],
    /// Groups into which input and output channels are split.
    pub groups: usize,
    /// The border, and for this pass where its random values come from.
    pub padding: Drawn,
    /// How the input's gradient is summed.
    pub input_grad: Sums,
}

impl ConvOptions {
    /// Stride 1, dilation 1, one group, exact sums.
    pub fn new(padding: impl Into<Drawn>) -> ConvOptions {
        ConvOptions {
            stride: [1; 2],
            dilation: [1; 2],
            groups: 1,
            padding: padding.into(),
            input_grad: Sums::Exact,
        }
    }

    /// The same stride along both axes.
    pub fn stride(self, stride: usize) -> ConvOptions {
        ConvOptions {
            stride: [stride; 2],
            ..self
        }
    }

    /// The same dilation along both axes.
    pub fn dilation(self, dilation: usize) -> ConvOptions {
        ConvOptions {
            dilation: [dilation; 2],
            ..self
        }
    }

    /// The number of groups.
    pub fn groups(self, groups: usize) -> ConvOptions {
        ConvOptions { groups, ..self }
    }

    /// How the input's gradient is summed.
    pub fn input_grad(self, input_grad: Sums) -> ConvOptions {
        ConvOptions { input_grad, ..self }
    }
}

/// How a pool walks over its input.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    /// Window size per axis (rows, columns).
    pub kernel: [usize; 2],
    /// Stride per axis.
    pub stride: [usize; 2],
    /// Dilation per axis.
    pub dilation: [usize; 2],
    /// The border, and for this pass where its random values come from.
    pub padding: Drawn,
}

impl PoolOptions {
    /// Square windows side by side (stride = kernel), without padding.
    pub fn new(kernel: usize) -> PoolOptions {
        let square = [kernel; 2];
        PoolOptions {
            kernel: square,
            stride: square,
            dilation: [1; 2],
            padding: Padding::valid().into(),
        }
    }

    /// The same stride along both axes.
    pub fn stride(self, stride: usize) -> PoolOptions {
        PoolOptions {
            stride: [stride; 2],
            ..self
        }
    }

    /// The border.
    pub fn padding(self, padding: impl Into<Drawn>) -> PoolOptions {
        PoolOptions {
            padding: padding.into(),
            ..self
        }
    }

    /// The window as the index maths knows it.
    pub fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
        }
    }
}

impl From<usize> for PoolOptions {
    /// [`PoolOptions::new`].
    fn from(kernel: usize) -> PoolOptions {
        PoolOptions::new(kernel)
    }
}
