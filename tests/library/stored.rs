//! Reading what PyTorch says from `tests/fixtures`.

use padgrad::tensor::Tensor;
use serde::Deserialize;
use serde::de::DeserializeOwned;

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

/// Panics with all failures, not only the first.
#[track_caller]
pub fn assert_no_failures(failures: Vec<String>) {
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
