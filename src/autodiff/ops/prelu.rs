#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pair;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// x where x > 0, else a·x, element by element, the slope a broadcast as in NumPy.
///
/// # Shapes
/// Any two shapes that broadcast.
///
/// # Backward
/// ∂x = grad where x > 0, else a·grad; ∂a = grad·min(x, 0), summed over the axes along which it was repeated.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn prelu<T: Scalar>(x: &Var<T>, a: &Var<T>) -> Var<T> {
    let slopes: [fn(T, T) -> T; 2] = [
        |x, a| if x > T::zero() { T::one() } else { a },
        |x, _| x.min(T::zero()),
    ];
    pair::zip(
        "prelu",
        [x, a],
        |x, a| if x > T::zero() { x } else { a * x },
        slopes,
    )
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("same shape", vec![2, 3], vec![2, 3]),
        ("row by column", vec![3], vec![2, 1]),
    ]
    .map(|(name, a, b)| {
        let inputs = [spread("a", &a), spread("b", &b)];
        case!(name, inputs, |v| prelu(&v[0], &v[1]))
    })
    .into()
}
