//! Reverse-mode automatic differentiation: a tape of operations, played back from its end.
//!
//! A [`Var`] is a tensor that may be on a [`Tape`]. Operations on variables of which at least one is
//! on a tape record how to go back; the others just compute. [`Var::backward`] plays the tape back
//! and frees each operation's memory as it passes it.
//!
//! ```
//! use padgrad::autodiff::{Tape, ops};
//! use padgrad::tensor::Tensor;
//! let tape = Tape::new();
//! let x = tape.leaf(Tensor::from_vec(vec![1.0f64, -2.0, 3.0], &[3]));
//! let y = ops::sum(&ops::mul(&x, &x), &[0]); // y = Σ x²
//! let gradients = y.backward();
//! assert_eq!(gradients.get(&x).unwrap().data(), [2.0, -4.0, 6.0]); // dy/dx = 2x
//! ```

mod border;
mod broadcast;
pub mod ops;
mod tape;

pub use tape::{Backward, Gradients, Tape, Var};
