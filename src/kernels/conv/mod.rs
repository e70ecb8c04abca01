//! Convolution of a batch and its gradients.
//!
//! `f32` takes the algorithm that the table in `dispatch` chooses; `f64`, which checks gradients, takes the
//! `reference`, written to be read. In both an output pixel sums its taps in an order that does not
//! depend on where it lies, so equal taps give equal bits, and the number of threads changes nothing.
//! Begin with `shape` and `dispatch`; a new algorithm is a file in `algorithms` and a row of a table.

mod algorithms;
mod dispatch;
mod epilogue;
mod packing;
mod passes;
mod pieces;
mod reference;
mod shape;
mod shared;
#[cfg(test)]
mod tests;

pub use epilogue::Epilogue;
pub use shape::{ConvShape, InputGrad, Sums, WeightGrad};

use rayon::prelude::*;

use super::border::Border;
use super::gemm::Gemm;
use super::reduce;
use crate::padding::{Axis, Frame};
use crate::tensor::Tensor;
use passes::{Forward, GradInput, GradWeight};

/// The passes of a convolution in an element type.
pub trait Convolve: Gemm {
    #[doc(hidden)]
    fn forward(pass: Forward<Self>) -> Vec<Self>;

    #[doc(hidden)]
    fn grad_weight(pass: GradWeight<Self>) -> Vec<Self>;

    #[doc(hidden)]
    fn grad_input(pass: GradInput<Self>) -> InputGrad<Self>;
}

macro_rules! convolve {
    ($t:ty, $path:ident) => {
        impl Convolve for $t {
            fn forward(pass: Forward<$t>) -> Vec<$t> {
                $path::forward(pass)
            }

            fn grad_weight(pass: GradWeight<$t>) -> Vec<$t> {
                $path::grad_weight(pass)
            }

            fn grad_input(pass: GradInput<$t>) -> InputGrad<$t> {
                $path::grad_input(pass)
            }
        }
    };
}

convolve!(f32, dispatch);
convolve!(f64, reference);

/// y = x ∗ weight, and what the epilogue makes of it in the same pass.
///
/// # Panics
/// If a slice is not of the size that the shape says.
#[track_caller]
pub fn forward<T: Convolve>(
    shape: &ConvShape,
    border: &Border<T>,
    x: &[T],
    weight: &[T],
    epilogue: Epilogue<T>,
) -> Vec<T> {
    check_forward(shape, x, weight, &epilogue);
    T::forward(Forward {
        shape,
        border,
        x,
        weight,
        kept: None,
        epilogue,
    })
}

/// [`forward`] for weights that stay: what it makes of them is kept with them for the next pass.
///
/// # Panics
/// As [`forward`].
#[track_caller]
pub fn forward_again<T: Convolve>(
    shape: &ConvShape,
    border: &Border<T>,
    x: &[T],
    weight: &Tensor<T>,
    epilogue: Epilogue<T>,
) -> Vec<T> {
    check_forward(shape, x, weight.data(), &epilogue);
    T::forward(Forward {
        shape,
        border,
        x,
        weight: weight.data(),
        kept: Some(weight),
        epilogue,
    })
}

/// ∂weight from ∂y: Σ over images of ∂y · columnsᵀ; and ∂bias, where it is asked for.
///
/// # Panics
/// If a slice is not of the size that the shape says.
#[track_caller]
pub fn grad_weight<T: Convolve>(
    shape: &ConvShape,
    border: &Border<T>,
    x: &[T],
    y_grad: &[T],
    bias: bool,
) -> WeightGrad<T> {
    check("input", x, shape.batch * shape.image());
    check_output_gradient(shape, y_grad);
    let weight = T::grad_weight(GradWeight {
        shape,
        border,
        x,
        y_grad,
    });
    let bias = bias.then(|| grad_bias(shape, y_grad));
    WeightGrad { weight, bias }
}

/// ∂x from ∂y: the columns' gradient weightᵀ · ∂y, scattered back through `axes`.
///
/// Pass detached axes to drop what flows to padded pixels, and the frame of the `ring` to get its
/// gradient.
///
/// # Panics
/// If a slice is not of the size that the shape says.
#[track_caller]
pub fn grad_input<T: Convolve>(
    shape: &ConvShape,
    axes: &[Axis; 2],
    ring: Option<Frame>,
    weight: &[T],
    y_grad: &[T],
    sums: Sums,
) -> InputGrad<T> {
    check("weight", weight, shape.weights());
    check_output_gradient(shape, y_grad);
    T::grad_input(GradInput {
        shape,
        axes,
        ring,
        weight,
        y_grad,
        sums,
    })
}

/// ∂bias from ∂y: the sum over images and pixels of each output channel, in f64.
pub fn grad_bias<T: Convolve>(shape: &ConvShape, y_grad: &[T]) -> Vec<T> {
    let pixels = shape.output_pixels();
    let of_out_channel = |o: usize| -> T {
        let map = |n: usize| &y_grad[(n * shape.out_channels + o) * pixels..][..pixels];
        T::from_f64((0..shape.batch).map(|n| reduce::total(map(n))).sum())
    };
    let all = (0..shape.out_channels).into_par_iter();
    all.map(of_out_channel).collect()
}

#[track_caller]
fn check_forward<T>(shape: &ConvShape, x: &[T], weight: &[T], epilogue: &Epilogue<T>) {
    check("input", x, shape.batch * shape.image());
    check("weight", weight, shape.weights());
    epilogue
        .bias
        .inspect(|b| check("bias", b, shape.out_channels));
    epilogue
        .norm
        .inspect(|n| check("norm", n, shape.out_channels));
}

#[track_caller]
fn check_output_gradient<T>(shape: &ConvShape, y_grad: &[T]) {
    check(
        "output gradient",
        y_grad,
        shape.batch * shape.output_image(),
    );
}

#[track_caller]
fn check<T>(what: &str, slice: &[T], len: usize) {
    assert!(
        slice.len() == len,
        "convolution: {} elements of {what} where the shape says {len}",
        slice.len()
    );
}
