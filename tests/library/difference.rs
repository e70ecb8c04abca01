//! Tensors compared up to rounding.

use padgrad::tensor::Tensor;

/// Largest difference relative to the largest number of the tensor: some thousands of ε, since both
/// sides may sum in another order, and far below any difference of formula.
const RELATIVE: f64 = 1e-12;

/// What is wrong with `got`, in words.
pub fn difference(what: &str, got: &Tensor<f64>, want: &Tensor<f64>) -> Option<String> {
    if got.shape() != want.shape() {
        return Some(format!(
            "{what} has the shape {:?}, not {:?}",
            got.shape(),
            want.shape()
        ));
    }
    let largest = want.data().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let pairs = got.data().iter().zip(want.data()).enumerate();
    let agrees = |g: f64, w: f64| g.is_nan() && w.is_nan() || (g - w).abs() <= RELATIVE * largest;
    let mut wrong = pairs.filter(|(_, (g, w))| !agrees(**g, **w));
    let (i, (g, w)) = wrong.next()?;
    Some(format!("{what}[{i}] is {g:e}, not {w:e}"))
}
