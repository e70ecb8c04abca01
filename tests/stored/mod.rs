//! Reading what PyTorch says from `tests/fixtures`, and comparing with it.

use padgrad::tensor::Tensor;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Largest difference relative to the largest number of the tensor: some thousands of ε, since both
/// sides may sum in another order, and far below any difference of formula.
const RELATIVE: f64 = 1e-12;

/// A tensor as the fixtures hold it.
#[derive(Deserialize)]
pub struct Stored {
    shape: Vec<usize>,
    /// NaN is stored as null.
    data: Vec<Option<f64>>,
}

impl Stored {
    pub fn tensor(&self) -> Tensor<f64> {
        let data = self.data.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
        Tensor::from_vec(data, &self.shape)
    }
}

/// The cases of a fixture.
pub fn fixture<C: DeserializeOwned>(text: &str) -> Vec<C> {
    serde_json::from_str(text).expect("the fixture is valid")
}

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

/// Panics with all failures, not only the first.
#[track_caller]
pub fn assert_no_failures(failures: Vec<String>) {
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
