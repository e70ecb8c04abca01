//! What the operations y = f(a, b), element by element with broadcasting, share: both inputs and their slopes.

use crate::autodiff::{Backward, Var, broadcast};
use crate::kernels::Scalar;
use crate::tensor::Tensor;

/// f(a, b), whose derivatives are `slopes(a, b)`.
#[track_caller]
pub(super) fn zip<T: Scalar>(
    name: &'static str,
    [a, b]: [&Var<T>; 2],
    f: impl Fn(T, T) -> T + Sync + Send,
    slopes: [fn(T, T) -> T; 2],
) -> Var<T> {
    let value = broadcast::zip(name, a.value(), b.value(), f);
    Var::record(value, &[a, b], || Pair {
        name,
        inputs: [a, b].map(|v| v.value().clone()),
        slopes,
    })
}

struct Pair<T> {
    name: &'static str,
    inputs: [Tensor<T>; 2],
    slopes: [fn(T, T) -> T; 2],
}

impl<T: Scalar> Backward<T> for Pair<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn backward(self: Box<Self>, grad: Tensor<T>, needs: &[bool]) -> Vec<Option<Tensor<T>>> {
        let [a, b] = &self.inputs;
        let of = |i: usize| {
            let slope = broadcast::zip(self.name, a, b, self.slopes[i]);
            let share = broadcast::zip(self.name, &grad, &slope, |g, s| g * s);
            broadcast::sum_to(&share, self.inputs[i].shape())
        };
        [0, 1].map(|i| needs[i].then(|| of(i))).into()
    }
}
