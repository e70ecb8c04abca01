//! ONNX: networks that other frameworks have exported.
//!
//! [`load`] reads a file and gives a [`Model`](crate::nn::Model) whose nodes carry the file's names, so that every walk
//! of [`crate::nn`] works on it: features, margins, receptive fields, optimal padding. Begin with `walk`, which goes
//! over the graph's nodes; `slot` says how the graph's values are arranged, and each file of `operators` translates
//! some of the operators. Source: <https://onnx.ai/onnx/operators/>.

mod builder;
mod call;
mod constant;
mod decode;
mod entry;
mod generic;
mod graph;
mod imported;
mod judge;
mod load;
mod node;
mod operators;
mod proto;
mod slot;
mod walk;

pub use entry::{Entrance, Layout};
pub use imported::{Exit, Imported, LeftOut, Options};
pub use load::{inputs, load, parse, read_tensor};
