#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pair;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// min(a, b), element by element, broadcast as in NumPy; NaN wins.
///
/// # Shapes
/// Any two shapes that broadcast.
///
/// # Backward
/// The gradient to the smaller; to b where they are equal.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn minimum<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Var<T> {
    let slopes: [fn(T, T) -> T; 2] = [
        |a, b| T::from_f64(f64::from(a < b)),
        |a, b| T::from_f64(f64::from(a >= b)),
    ];
    pair::zip(
        "minimum",
        [a, b],
        |a, b| if a < b || a.is_nan() { a } else { b },
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
        let inputs = [spread("a", &a), spread("b", &b).map(|v| v + 0.07)];
        case!(name, inputs, |v| minimum(&v[0], &v[1]))
    })
    .into()
}
