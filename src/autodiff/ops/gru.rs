#[cfg(feature = "gradcheck")]
use super::case::*;
use super::recurrence::{gates, unrolled};
use super::{add, concat, linear, mul, narrow, sigmoid, sub, tanh};
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// All states of a gated recurrent unit over T steps.
///
/// With the gates z (update), r (reset) and the candidate n, in this order in the weights:
///
/// ```text
/// z = σ(x·Wzᵀ + bz + h·Rzᵀ)    r = σ(x·Wrᵀ + br + h·Rrᵀ)
/// n = tanh(x·Wnᵀ + bn + r·(h·Rnᵀ + c))   where the reset comes after the product, as PyTorch has it
/// n = tanh(x·Wnᵀ + bn + (r·h)·Rnᵀ + c)   otherwise
/// h ← (1 - z)·n + z·h
/// ```
///
/// # Shapes
/// x `[N, T, I]`, weight W `[3H, I]`, recurrent R `[3H, H]`, bias b `[3H]`, c `[H]` and the first h `[N, H]` to
/// `[N, T, H]`.
///
/// # Backward
/// Through all steps.
///
/// # Panics
/// If the shapes are not these, or there is no step.
#[track_caller]
pub fn gru<T: Scalar>(
    x: &Var<T>,
    [weight, recurrent, bias, candidate_bias]: [&Var<T>; 4],
    first: &Var<T>,
    reset_after: bool,
    reverse: bool,
) -> Var<T> {
    let [update, reset, candidate] = {
        let size = recurrent.shape()[0] / 3;
        [0, 1, 2].map(|gate| narrow(recurrent, 0, gate * size, size))
    };
    let both = concat(&[&update, &reset], 0);
    let step = |x: &Var<T>, h: &Var<T>| {
        let [_, _, xn] = gates(x);
        let two = 2 * h.shape()[1];
        let [z, r] = gates(&sigmoid(&add(
            &narrow(x, 1, 0, two),
            &linear(h, &both, None),
        )));
        let inner = match reset_after {
            true => mul(&r, &linear(h, &candidate, Some(candidate_bias))),
            false => linear(&mul(&r, h), &candidate, Some(candidate_bias)),
        };
        let n = tanh(&add(&xn, &inner));
        // (1 - z)·n + z·h
        add(&n, &mul(&z, &sub(h, &n)))
    };
    unrolled("gru", x, [weight, bias], first.clone(), reverse, step)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [(false, false), (true, false), (true, true)]
        .map(|(reset_after, reverse)| {
            let inputs = [
                spread("x", &[2, 3, 2]),
                spread("w", &[6, 2]),
                spread("r", &[6, 2]),
                spread("b", &[6]),
                spread("c", &[2]),
                spread("h", &[2, 2]),
            ];
            let order = if reset_after { "after" } else { "before" };
            let name = format!("reset {order}, reverse {reverse}");
            case!(name, inputs, |v| gru(
                &v[0],
                [&v[1], &v[2], &v[3], &v[4]],
                &v[5],
                reset_after,
                reverse
            ))
        })
        .into()
}
