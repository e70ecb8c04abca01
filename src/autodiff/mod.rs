//! Reverse-mode automatic differentiation: a tape of operations, played back from its end.
//!
//! A [`Var`] is a tensor that may be on a [`Tape`]. Operations on variables of which at least one is
//! on a tape record how to go back; the others just compute. [`Var::backward`] plays the tape back
//! and frees each operation's memory as it passes it.
//!
//! ```
//! use padgrad::autodiff::Tape;
//! use padgrad::tensor::Tensor;
//!
//! let tape = Tape::new();
//! let leaf = |value: f64| tape.leaf(Tensor::scalar(value));
//! let [a, b, c] = [2.0, -3.0, 10.0].map(leaf);
//! let y = &a * &b + c.relu() * 0.5 - (&a - 1.0) / &b;
//! let gradients = y.backward();
//! let of = |v| gradients.get(v).map(Tensor::item);
//! assert_eq!(of(&a), Some(-3.0 + 1.0 / 3.0)); // b - 1/b
//! assert_eq!(of(&b), Some(2.0 + 1.0 / 9.0)); // a + (a - 1)/b²
//! assert_eq!(of(&c), Some(0.5)); // where c > 0
//! ```
//!
//! Every operation is a function in [`ops`] and, where it has one input that it works on, a method:
//! `x.conv2d(&w, Some(&b), &options).relu().mean(&[2, 3])`.

mod arithmetic;
mod border;
mod broadcast;
pub mod ops;
mod tape;
mod var;

pub use tape::{Backward, Gradients, Tape, Var};
