//! Few output channels or channels, as in grouped and depthwise convolution, and 1×1 kernels: vectors run along
//! the pixels.
//!
//! A map lies at its padded width, output pixels at the corner of their window, so that a tap is one
//! offset for all pixels; what is computed between the windows is thrown away, and output gradients
//! have zeros there. A stride splits the padded map into *phases*, the pixels that lie a stride apart:
//! in a phase, neighbouring windows are neighbours again.
//!
//! Depthwise convolution has ways of its own, where they are faster than along the groups: `rows` for wide
//! maps, `strided` for those with a stride of two, `whole` for maps that a vector holds; and where no border
//! is folded back, its input gradient is a forward pass, as is that of a 1×1 kernel (`turned`).

mod forward;
mod grad_input;
mod grad_weight;

use crate::kernels::conv::shape::ConvShape;

/// Output channels or channels of a group that would leave vectors along them half empty.
const FEW: usize = 12;

/// Whether a pass forward is faster along the pixels.
pub fn suits_forward(shape: &ConvShape) -> bool {
    shape.group_out_channels() < FEW || is_matrix_product(shape)
}

/// Whether the gradient of the input is faster along the pixels.
pub fn suits_grad_input(shape: &ConvShape) -> bool {
    shape.group_channels() < FEW || is_matrix_product(shape)
}

/// Whether the gradient of the weight is faster along the pixels.
pub fn suits_grad_weight(shape: &ConvShape) -> bool {
    const FEW: usize = 4;
    shape.groups > 1 && shape.group_out_channels() <= FEW && shape.group_channels() <= FEW
}

/// Whether every output pixel reads the one input pixel in its place.
fn is_matrix_product(shape: &ConvShape) -> bool {
    shape.taps() == 1 && shape.window.stride == [1, 1] && shape.input == shape.output
}
