#[cfg(feature = "gradcheck")]
use super::case::*;
use super::pair;
use crate::autodiff::Var;
use crate::kernels::Scalar;

/// aᵇ, element by element, broadcast as in NumPy.
///
/// # Shapes
/// Any two shapes that broadcast.
///
/// # Backward
/// ∂a = grad · b·aᵇ⁻¹ and ∂b = grad · aᵇ·ln a, summed over the axes along which an input was repeated.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn pow<T: Scalar>(a: &Var<T>, b: &Var<T>) -> Var<T> {
    let slopes: [fn(T, T) -> T; 2] = [|a, b| b * a.powf(b - T::one()), |a, b| a.powf(b) * a.ln()];
    pair::zip("pow", [a, b], T::powf, slopes)
}

#[cfg(feature = "gradcheck")]
pub(super) fn cases() -> Vec<Case> {
    [
        ("same shape", vec![2, 3], vec![2, 3]),
        ("row by column", vec![3], vec![2, 1]),
    ]
    .map(|(name, a, b)| {
        let inputs = [spread("a", &a).map(|v| v.abs() + 0.3), spread("b", &b)];
        case!(name, inputs, |v| pow(&v[0], &v[1]))
    })
    .into()
}
