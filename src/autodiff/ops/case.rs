//! A case of an operation: inputs and a function of them, in both element types.

use super::{add, mul, pad2d};
use crate::autodiff::Var;
use crate::padding::Padding;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A function of variables in one element type.
pub type CaseFn<T> = Box<dyn Fn(&[Var<T>]) -> Var<T> + Send + Sync>;

/// One trial of an operation.
pub struct Case {
    /// What is special about it, for example `3x3 stride 2 reflect@1`.
    pub name: String,
    /// The inputs that are differentiated.
    pub inputs: Vec<Tensor<f64>>,
    /// The function in f64, for gradients.
    pub f64: CaseFn<f64>,
    /// The same function in f32, to be compared with f64.
    pub f32: CaseFn<f32>,
    /// Where gradients stop on purpose: the function with the stopped values frozen, whose slopes the
    /// gradient must be.
    pub frozen: Option<CaseFn<f64>>,
    /// The inputs in which it is affine while the others stay as they are.
    pub linear_in: Vec<usize>,
}

impl Case {
    /// Says in which inputs the function is affine, so that the adjoint identity is checked too.
    pub(crate) fn linear_in(self, inputs: &[usize]) -> Case {
        Case {
            linear_in: inputs.to_vec(),
            ..self
        }
    }

    /// The function whose slopes the gradient must be, where gradients stop on purpose.
    pub(crate) fn frozen(
        self,
        f: impl Fn(&[Var<f64>]) -> Var<f64> + Send + Sync + 'static,
    ) -> Case {
        Case {
            frozen: Some(Box::new(f)),
            ..self
        }
    }
}

/// Builds a [`Case`] from a name, the input tensors, and an expression generic over the element type.
macro_rules! case {
    ($name:expr, $inputs:expr, |$v:ident| $body:expr) => {
        $crate::autodiff::ops::case::Case {
            name: $name.to_string(),
            inputs: $inputs.into_iter().collect(),
            f64: Box::new(move |$v: &[$crate::autodiff::Var<f64>]| $body),
            f32: Box::new(move |$v: &[$crate::autodiff::Var<f32>]| $body),
            frozen: None,
            linear_in: Vec::new(),
        }
    };
}
pub(crate) use case;

/// A tensor of distinct values spread over about [-1.5, 1.5], in an order fixed by `label`.
///
/// Neighbouring values differ by at least 1/n and none is within 1/(2n) of zero, so that no maximum is
/// tied and no kink at zero is met.
pub(crate) fn spread(label: &str, shape: &[usize]) -> Tensor<f64> {
    use rand::seq::SliceRandom;
    let n = crate::tensor::shape::numel(shape);
    let mut values: Vec<f64> = (0..n)
        .map(|i| 3.0 * (i as f64 + 0.5) / n as f64 - 1.5)
        .collect();
    for value in &mut values {
        if value.abs() < 1e-9 {
            *value = 0.5 / n as f64;
        }
    }
    values.shuffle(&mut Seed(0).child(label).rng());
    Tensor::from_vec(values, shape)
}

/// A padding for a case.
pub(crate) fn padding(text: &str) -> Padding {
    Padding::parse(text).unwrap_or_else(|error| unreachable!("a case has a wrong padding: {error}"))
}

/// The inputs of a padded operation in which it is linear: all of them, but not the image where its
/// padding takes a deviation or stops gradients.
pub(crate) fn linear_in(padding: Padding, inputs: &'static [usize]) -> &'static [usize] {
    let image_is_not = padding.name() == "randn" || padding.stops_gradient();
    if image_is_not { &inputs[1..] } else { inputs }
}

/// Padding with the padded values held at what they are for `x`: what a stopped gradient is the
/// gradient of.
pub(crate) fn frozen_border(
    x: &Tensor<f64>,
    padding: Padding,
) -> impl Fn(&Var<f64>) -> Var<f64> + Send + Sync + use<> {
    let zeros = Padding::zeros(padding.reach());
    let padded =
        |x: &Tensor<f64>, padding: Padding| pad2d(&Var::constant(x.clone()), padding).into_value();
    let inside = padded(&x.map(|_| 1.0), zeros);
    let outside = Var::constant(inside.map(|v| 1.0 - v)).into_value();
    let ring = mul(&padded(x, padding).into(), &outside.into()).into_value();
    move |x| add(&pad2d(x, zeros), &ring.clone().into())
}
