//! The cases of a sweep as files, for a comparison with another framework.

use std::path::Path;

use serde::Serialize;

use super::Sweep;
use crate::error::{Error, Result};
use crate::files::write_atomic;
use crate::gradcheck::analytic;
use crate::npy;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// One case of `index.json`: the names of its files, below the folder of the index.
#[derive(Serialize)]
struct Entry<'a> {
    op: &'static str,
    /// The scheme, for operations that have a border.
    padding: Option<&'a str>,
    case: &'a str,
    /// The operands that are differentiated, parameters included.
    inputs: Vec<String>,
    output: String,
    /// c, of which the gradients are those of ⟨c, output⟩.
    cotangent: String,
    /// In the order of the inputs.
    gradients: Vec<String>,
}

impl Sweep {
    /// Writes every case to `folder`: inputs, output, cotangent and gradients as `.npy`, and an
    /// `index.json` that names them. Says how many cases there are.
    ///
    /// # Errors
    /// As [`Sweep::run`], and where a file cannot be written.
    pub fn export(&self, folder: impl AsRef<Path>) -> Result<usize> {
        let (folder, trials) = (folder.as_ref(), self.trials()?);
        let make = |path: &Path| {
            std::fs::create_dir_all(path).map_err(|source| Error::io(path, "create", source))
        };
        make(folder)?;
        let mut index = Vec::with_capacity(trials.len());
        for (number, trial) in trials.iter().enumerate() {
            let (case, own) = (&trial.case, format!("{number:05}"));
            make(&folder.join(&own))?;
            let write = |name: String, tensor: &Tensor<f64>| {
                let file = format!("{own}/{name}.npy");
                npy::write(folder.join(&file), tensor).map(|()| file)
            };
            let all = |name: &str, tensors: &[Tensor<f64>]| -> Result<Vec<String>> {
                let named = tensors.iter().enumerate();
                named
                    .map(|(i, t)| write(format!("{name}-{i}"), t))
                    .collect()
            };
            let seed = Seed(self.seed).child("sweep").child(number);
            let (output, gradients, cotangent) = analytic(&case.f64, &case.inputs, seed);
            index.push(Entry {
                op: trial.op,
                padding: trial.padding.as_deref(),
                case: &case.name,
                inputs: all("input", &case.inputs)?,
                output: write("output".into(), &output)?,
                cotangent: write("cotangent".into(), &cotangent)?,
                gradients: all("gradient", &gradients)?,
            });
        }
        let path = folder.join("index.json");
        let text = serde_json::to_vec_pretty(&index)
            .map_err(|error| Error::io(&path, "write", error.into()))?;
        write_atomic(&path, &text)?;
        Ok(index.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_is_what_the_operation_gives() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = Sweep {
            op: Some("mul".into()),
            ..Sweep::default()
        };
        let cases = sweep.export(folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("index.json")).unwrap();
        let index: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(index.as_array().map(Vec::len), Some(cases));
        let read = |name: &serde_json::Value| -> Tensor<f64> {
            npy::read(folder.path().join(name.as_str().unwrap())).unwrap()
        };
        let one = &index[0];
        let [a, b] = [0, 1].map(|i| read(&one["inputs"][i]));
        assert_eq!(read(&one["output"]), &a * &b);
        assert_eq!(read(&one["gradients"][0]), read(&one["cotangent"]) * b);
    }
}
