//! What recurrent operations share: the gates of all steps at once, and the steps in turn.

use super::{concat, linear, narrow, reshape};
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// All states [N, T, H] of hidden ← `step`(x·weightᵀ + bias at the step, hidden), from the last step on where it runs
/// in reverse.
#[track_caller]
pub(super) fn unrolled<T: Scalar>(
    operation: &str,
    x: &Var<T>,
    [weight, bias]: [&Var<T>; 2],
    mut hidden: Var<T>,
    reverse: bool,
    mut step: impl FnMut(&Var<T>, &Var<T>) -> Var<T>,
) -> Var<T> {
    let &[samples, steps, inputs] = x.shape() else {
        panic!("{operation}: the shape {:?} must be [N, T, I]", x.shape())
    };
    assert!(
        steps > 0,
        "{operation}: there is no step in {:?}",
        x.shape()
    );
    let gates = linear(&reshape(x, &[samples * steps, inputs]), weight, Some(bias));
    let width = gates.shape()[1];
    let gates = reshape(&gates, &[samples, steps, width]);
    let mut states = Vec::with_capacity(steps);
    for i in 0..steps {
        let at = if reverse { steps - 1 - i } else { i };
        let now = reshape(&narrow(&gates, 1, at, 1), &[samples, width]);
        hidden = step(&now, &hidden);
        states.push(reshape(&hidden, &[samples, 1, hidden.shape()[1]]));
    }
    if reverse {
        states.reverse();
    }
    concat(&states.iter().collect::<Vec<_>>(), 1)
}

/// The gates [N, H] that lie one after the other in [N, count·H].
pub(super) fn gates<T: Scalar, const COUNT: usize>(x: &Var<T>) -> [Var<T>; COUNT] {
    let size = x.shape()[1] / COUNT;
    std::array::from_fn(|gate| narrow(x, 1, gate * size, size))
}
