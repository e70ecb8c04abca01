#[cfg(feature = "gradcheck")]
use super::case::*;
use super::recurrence::{gates, unrolled};
use super::{add, linear, mul, sigmoid, tanh};
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// All states of a long short-term memory over T steps, and its last cell.
///
/// With the gates i (input), o (output), f (forget) and the candidate g, in this order in the weights, as ONNX has
/// them, and the peepholes p, which may be 0:
///
/// ```text
/// a = x·Wᵀ + b + h·Rᵀ
/// i = σ(aᵢ + pᵢ·c)   f = σ(a_f + p_f·c)   c ← f·c + i·tanh(a_g)   o = σ(aₒ + pₒ·c)   h ← o·tanh(c)
/// ```
///
/// # Shapes
/// x `[N, T, I]`, weight W `[4H, I]`, recurrent R `[4H, H]`, bias `[4H]`, peepholes of i, o, f `[H]` each if there are
/// any, the first h and c `[N, H]` to `[N, T, H]` and `[N, H]`.
///
/// # Backward
/// Through all steps.
///
/// # Panics
/// If the shapes are not these, or there is no step.
#[track_caller]
pub fn lstm<T: Scalar>(
    x: &Var<T>,
    [weight, recurrent, bias]: [&Var<T>; 3],
    peepholes: Option<[&Var<T>; 3]>,
    [hidden, cell]: [&Var<T>; 2],
    reverse: bool,
) -> [Var<T>; 2] {
    let mut cell = cell.clone();
    let peep = |gate: Var<T>, which: usize, cell: &Var<T>| match peepholes {
        Some(peepholes) => add(&gate, &mul(peepholes[which], cell)),
        None => gate,
    };
    let step = |x: &Var<T>, h: &Var<T>| {
        let [i, o, f, g] = gates(&add(x, &linear(h, recurrent, None)));
        let (i, f) = (sigmoid(&peep(i, 0, &cell)), sigmoid(&peep(f, 2, &cell)));
        cell = add(&mul(&f, &cell), &mul(&i, &tanh(&g)));
        mul(&sigmoid(&peep(o, 1, &cell)), &tanh(&cell))
    };
    let states = unrolled("lstm", x, [weight, bias], hidden.clone(), reverse, step);
    [states, cell]
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    let inputs = || {
        [
            spread("x", &[2, 3, 2]),
            spread("w", &[8, 2]),
            spread("r", &[8, 2]),
            spread("b", &[8]),
            spread("h", &[2, 2]),
            spread("c", &[2, 2]),
            spread("pi", &[2]),
            spread("po", &[2]),
            spread("pf", &[2]),
        ]
    };
    let mut cases: Vec<Case> = [false, true]
        .map(|reverse| {
            let name = format!("peepholes, reverse {reverse}");
            case!(name, inputs(), |v| {
                let peepholes = Some([&v[6], &v[7], &v[8]]);
                let [h, c] = lstm(
                    &v[0],
                    [&v[1], &v[2], &v[3]],
                    peepholes,
                    [&v[4], &v[5]],
                    reverse,
                );
                add(&h, &super::reshape(&c, &[2, 1, 2]))
            })
        })
        .into();
    let plain = inputs().into_iter().take(6).collect::<Vec<_>>();
    cases.push(case!("no peepholes", plain, |v| {
        let [h, _] = lstm(&v[0], [&v[1], &v[2], &v[3]], None, [&v[4], &v[5]], false);
        h
    }));
    cases
}
