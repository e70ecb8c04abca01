//! The algorithms of a convolution in `f32`: a folder or a file each, chosen by the table in `dispatch`.
//!
//! A sum of the forward pass is one chain of multiply-adds in the order of channels and taps, by whichever
//! algorithm it is computed: equal taps give equal bits. Begin with `implicit_gemm`, which takes any shape.

pub mod as_forward;
pub mod depthwise;
pub mod depthwise_channels;
pub mod depthwise_rows;
pub mod depthwise_small;
pub mod few_channels;
pub mod implicit_gemm;
pub mod pixel_major;
pub mod winograd;
