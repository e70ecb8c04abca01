//! What the operations y = f(x), element by element, share: one saved tensor and a slope.

use crate::autodiff::{Backward, Var};
use crate::kernels::{Scalar, elementwise};
use crate::tensor::Tensor;

/// f(x), whose derivative is `slope(x)`.
pub(super) fn from_input<T: Scalar>(
    name: &'static str,
    x: &Var<T>,
    f: impl Fn(T) -> T + Sync + Send,
    slope: impl Fn(T) -> T + Sync + Send + 'static,
) -> Var<T> {
    Var::record(apply(x, f), &[x], || Pointwise {
        name,
        saved: x.value().clone(),
        slope,
    })
}

/// y = f(x), whose derivative is `slope(y)`.
pub(super) fn from_output<T: Scalar>(
    name: &'static str,
    x: &Var<T>,
    f: impl Fn(T) -> T + Sync + Send,
    slope: impl Fn(T) -> T + Sync + Send + 'static,
) -> Var<T> {
    let value = apply(x, f);
    Var::record(value.clone(), &[x], || Pointwise {
        name,
        saved: value,
        slope,
    })
}

/// a·x + b, which has nothing to save but a.
pub(super) fn affine<T: Scalar>(
    name: &'static str,
    x: &Var<T>,
    slope: T,
    f: impl Fn(T) -> T + Sync + Send,
) -> Var<T> {
    Var::record(apply(x, f), &[x], || Affine { name, slope })
}

fn apply<T: Scalar>(x: &Var<T>, f: impl Fn(T) -> T + Sync + Send) -> Tensor<T> {
    Tensor::from_vec(elementwise::map(x.value().data(), f), x.shape())
}

struct Pointwise<T, F> {
    name: &'static str,
    saved: Tensor<T>,
    slope: F,
}

impl<T: Scalar, F: Fn(T) -> T + Sync + Send> Backward<T> for Pointwise<T, F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn backward(self: Box<Self>, mut grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let slope = &self.slope;
        elementwise::zip_assign(grad.data_mut(), self.saved.data(), |g, v| *g *= slope(v));
        vec![Some(grad)]
    }
}

struct Affine<T> {
    name: &'static str,
    slope: T,
}

impl<T: Scalar> Backward<T> for Affine<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, _needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let scaled = elementwise::map(grad.data(), |g| g * self.slope);
        vec![Some(Tensor::from_vec(scaled, grad.shape()))]
    }
}
