//! A case of an operation: inputs and a function of them, in both number types.

use crate::autodiff::Var;
use crate::autodiff::gradcheck::{Options, Report, gradcheck, gradcheck_frozen};
use crate::padding::{Padding, Scheme, schemes};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A function of variables in one number type.
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

    /// Checks the gradient of the case.
    pub fn gradcheck(&self, options: &Options) -> Report {
        match &self.frozen {
            None => gradcheck(&self.f64, &self.inputs, options),
            Some(frozen) => gradcheck_frozen(&self.f64, frozen, &self.inputs, options),
        }
    }
}

/// Builds a [`Case`] from a name, the input tensors, and an expression generic over the number type.
macro_rules! case {
    ($name:expr, $inputs:expr, |$v:ident| $body:expr) => {
        $crate::autodiff::ops::Case {
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

/// Every scheme of the registry with each of its sample arguments, and its detached variant.
pub(crate) fn sample_paddings() -> impl Iterator<Item = Padding> {
    let written = |scheme: &Scheme, argument: &Option<&str>| match argument {
        Some(argument) => padding(&format!("{}:{argument}", scheme.name)),
        None => padding(scheme.name),
    };
    let samples = move |s: &'static Scheme| s.samples.iter().map(move |a| written(s, a));
    let plain = schemes().iter().flat_map(samples);
    plain.flat_map(|p| {
        if p.detach().stops_gradient() {
            vec![p, p.detach()]
        } else {
            vec![p]
        }
    })
}
