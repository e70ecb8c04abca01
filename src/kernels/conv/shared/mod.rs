//! What the algorithms of a convolution share: blocks of work, strips of padded input, memory of threads.
//!
//! Begin with `block`, the pieces that a pass is cut into, and `strip`, which reads the input.

pub mod block;
pub mod fold;
pub mod memory;
pub mod plane;
pub mod strip;
