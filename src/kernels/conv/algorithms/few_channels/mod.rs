//! Few channels, such as in the first layer of a network: sums are so short that turning the output, or its
//! gradient, would cost as much.
//!
//! Forward, vectors run along the rows of the image, and what is summed is already in the order of the
//! output. In the gradient of the weight they run along the terms (channel, tap) of a pixel, which lie in the
//! cache, and ∂y is read once, where it is.

mod forward;
mod grad_weight;
pub use forward::suits as suits_forward;
pub use grad_weight::suits as suits_grad_weight;
