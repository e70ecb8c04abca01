//! A finished run, read from its folder.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::results::{PatternFile, Results};
use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::npy;
use crate::tensor::Tensor;

/// The longest `results.json` that is read.
const LARGEST_RESULTS: u64 = 1 << 30;

/// Reads the pattern that an entry of the results names.
pub type LoadPattern<'a> = dyn Fn(&PatternFile) -> Result<Tensor<f32>> + 'a;

/// A run folder with what it holds.
pub struct Run {
    /// The folder's name, by which a page distinguishes runs.
    pub name: String,
    /// The folder.
    pub dir: PathBuf,
    /// Its results.
    pub results: Results,
}

impl Run {
    /// Reads `results.json` of a run folder.
    ///
    /// # Errors
    /// Where it cannot be read or is not what a run leaves behind.
    pub fn read(dir: impl AsRef<Path>) -> Result<Run> {
        const REMEDY: &str = "name the folder of a finished run";
        let dir = dir.as_ref();
        let path = dir.join("results.json");
        if dir.is_dir() && !path.exists() {
            return Err(Error::file(dir, "it holds no results.json", REMEDY));
        }
        let bytes = read_up_to(&path, LARGEST_RESULTS)?;
        let results = serde_json::from_slice(&bytes)
            .map_err(|error| Error::file(&path, error.to_string(), REMEDY))?;
        let absolute = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
        let name = absolute.file_name().unwrap_or(dir.as_os_str());
        Ok(Run {
            name: name.to_string_lossy().into_owned(),
            dir: dir.to_path_buf(),
            results,
        })
    }

    /// Reads a pattern of the run.
    ///
    /// # Errors
    /// Where it cannot be read, or is not what the results say.
    pub fn load(&self, pattern: &PatternFile) -> Result<Tensor<f32>> {
        load_pattern(&self.dir, pattern)
    }
}

/// Reads a pattern of a run folder and checks that it is what the results say.
pub fn load_pattern(run_dir: &Path, pattern: &PatternFile) -> Result<Tensor<f32>> {
    let inside = Path::new(&pattern.npy);
    // A results.json from elsewhere must not make the report show files outside its folder.
    let leaves = |part| !matches!(part, Component::Normal(_) | Component::CurDir);
    if inside.components().any(leaves) {
        return Err(Error::file(
            inside,
            "is not inside the run folder",
            "name patterns by their path relative to results.json",
        ));
    }
    let path = run_dir.join(inside);
    let tensor = npy::read::<f32>(&path)?;
    if tensor.shape() != pattern.shape {
        return Err(Error::file(
            &path,
            format!(
                "has the shape {:?}, not {:?} as results.json says",
                tensor.shape(),
                pattern.shape
            ),
            "measure the run again",
        ));
    }
    Ok(tensor)
}
