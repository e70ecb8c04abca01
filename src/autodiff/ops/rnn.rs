#[cfg(feature = "gradcheck")]
use super::case::*;
use super::recurrence::unrolled;
use super::{add, linear, tanh};
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// All states h ← tanh(x·Wᵀ + b + h·Rᵀ) of a plain recurrence over T steps.
///
/// # Shapes
/// x `[N, T, I]`, weight W `[H, I]`, recurrent R `[H, H]`, bias `[H]` and the first h `[N, H]` to `[N, T, H]`.
///
/// # Backward
/// Through all steps.
///
/// # Panics
/// If the shapes are not these, or there is no step.
#[track_caller]
pub fn rnn<T: Scalar>(
    x: &Var<T>,
    [weight, recurrent, bias]: [&Var<T>; 3],
    first: &Var<T>,
    reverse: bool,
) -> Var<T> {
    let step = |x: &Var<T>, h: &Var<T>| tanh(&add(x, &linear(h, recurrent, None)));
    unrolled("rnn", x, [weight, bias], first.clone(), reverse, step)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [false, true]
        .map(|reverse| {
            let inputs = [
                spread("x", &[2, 3, 2]),
                spread("w", &[3, 2]),
                spread("r", &[3, 3]),
                spread("b", &[3]),
                spread("h", &[2, 3]),
            ];
            let name = if reverse { "in reverse" } else { "3 steps" };
            case!(name, inputs, |v| rnn(
                &v[0],
                [&v[1], &v[2], &v[3]],
                &v[4],
                reverse
            ))
        })
        .into()
}
