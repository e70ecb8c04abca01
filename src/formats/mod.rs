//! Networks on disk: one file per format, each to and from named tensors.
//!
//! [`State::save`] and [`State::load`] write and read the values of any network by its own names and
//! shapes; [`safetensors`] is the format underneath. Files of [`pytorch`] are read too, told apart by content.

mod elements;
mod message;
#[cfg(feature = "files")]
pub mod onnx;
pub mod pytorch;
pub mod safetensors;

use std::path::Path;

use crate::error::{Error, Result};
use crate::kernels::Scalar;
use crate::nn::{FillReport, State};
use safetensors::File;

impl<T: Scalar> State<T> {
    /// Writes every parameter and buffer to a safetensors file, whole or not at all.
    ///
    /// ```
    /// use padgrad::{nn::State, tensor::Tensor};
    /// let folder = tempfile::tempdir().expect("a folder");
    /// let path = folder.path().join("net.safetensors");
    /// let mut state = State::<f32>::new();
    /// state.parameters.insert("stem.weight".into(), Tensor::ones(&[2, 3]));
    /// state.save(&path)?;
    /// state.parameters.insert("head.weight".into(), Tensor::zeros(&[4, 2]));
    /// let report = state.load_partial(&path)?;
    /// assert_eq!(report.missing, ["head.weight"]);
    /// # Ok::<(), padgrad::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let all = self.parameters.iter().chain(&self.buffers);
        let file = File {
            tensors: all.map(|(n, t)| (n.clone(), t.clone())).collect(),
            metadata: Default::default(),
        };
        file.write(path)
    }

    /// Reads every parameter and buffer from a file of safetensors or PyTorch.
    ///
    /// # Errors
    /// Those of [`File::read`], and where names or shapes differ; nothing is changed then.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let tensors = File::read(path.as_ref())?.tensors;
        let refuse = |problem| Error::file(&path, problem, FillReport::REMEDY);
        self.fill_strict(&tensors).map_err(refuse)
    }

    /// Reads what fits by name and shape from a file of safetensors or PyTorch, and reports the rest.
    ///
    /// # Errors
    /// Those of [`File::read`].
    pub fn load_partial(&mut self, path: impl AsRef<Path>) -> Result<FillReport> {
        Ok(self.fill(&File::read(path)?.tensors))
    }
}
