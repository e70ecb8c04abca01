//! A finished run, read from its folder.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::checksums::{Checksums, changed, checksum_of};
use super::config::{CONFIG, RunConfig};
use super::results::{PatternFile, Results, RunKind};
use crate::error::{Error, Result};
use crate::files::{read_unpacked, read_up_to};
use crate::npy;
use crate::tensor::Tensor;

/// The file of a run that holds its results.
pub const RESULTS: &str = "results.json";
/// The longest `results.json` that is read.
const LARGEST_RESULTS: u64 = 1 << 32;
/// The longest pattern that is read, unpacked.
const LARGEST_PATTERN: u64 = 1 << 34;

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
        let path = dir.join(RESULTS);
        if dir.is_dir() && !path.exists() {
            return Err(Error::file(dir, "it holds no results.json", REMEDY));
        }
        let bytes = read_up_to(&path, LARGEST_RESULTS)?;
        let known = Checksums::read(dir)?.unwrap_or_default();
        known.check(RESULTS, &path, &bytes)?;
        let results: Results = serde_json::from_slice(&bytes)
            .map_err(|error| Error::file(&path, error.to_string(), REMEDY))?;
        check_settings(dir, &results)?;
        let absolute = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
        let name = absolute.file_name().unwrap_or(dir.as_os_str());
        Ok(Run {
            name: name.to_string_lossy().into_owned(),
            dir: dir.to_path_buf(),
            results,
        })
    }

    /// Whether every pattern of the network of the lowest seed is as it was written: what a page shows.
    ///
    /// # Errors
    /// Where one is not; one that is not there is passed over, for a page says so.
    pub fn check_patterns(&self) -> Result<()> {
        let files = &self.results.patterns;
        let seed = files.iter().map(|file| file.seed).min();
        let shown = files.iter().filter(|file| Some(file.seed) == seed);
        let there = shown.filter(|file| self.dir.join(&file.npy).is_file());
        for file in there.filter(|file| !file.sha256.is_empty()) {
            inside(&self.dir, file).map_or(Ok(()), |path| check_pattern(&path, file))?;
        }
        Ok(())
    }

    /// Reads a pattern of the run.
    ///
    /// # Errors
    /// Where it cannot be read, or is not what the results say.
    pub fn load(&self, pattern: &PatternFile) -> Result<Tensor<f32>> {
        load_pattern(&self.dir, pattern)
    }
}

/// Whether the settings that results were made with are those that stand beside them.
fn check_settings(dir: &Path, results: &Results) -> Result<()> {
    let path = dir.join(CONFIG);
    let is_study = results.kind == RunKind::Study && path.is_file();
    let (Some(own), true) = (&results.settings, is_study) else {
        return Ok(());
    };
    let beside = RunConfig::read(&path)?;
    match beside.difference_from(own) {
        None => Ok(()),
        Some(difference) => Err(Error::usage(
            path.display().to_string(),
            format!("its results were made with other settings: {difference} there"),
            "put the settings back, or resume the run",
        )),
    }
}

/// The file of a pattern, if it lies inside the run folder: a results.json from elsewhere must not make the report
/// show files outside it.
fn inside(run_dir: &Path, pattern: &PatternFile) -> Option<PathBuf> {
    let inside = Path::new(&pattern.npy);
    let leaves = |part| !matches!(part, Component::Normal(_) | Component::CurDir);
    (!inside.components().any(leaves)).then(|| run_dir.join(inside))
}

/// Whether a pattern is as it was written, where its checksum is known.
fn check_pattern(path: &Path, pattern: &PatternFile) -> Result<()> {
    match pattern.sha256.is_empty() || checksum_of(path)? == pattern.sha256 {
        true => Ok(()),
        false => Err(changed(path)),
    }
}

/// Reads a pattern of a run folder and checks that it is what the results say.
///
/// # Errors
/// Where it is not, or lies outside the folder.
pub fn load_pattern(run_dir: &Path, pattern: &PatternFile) -> Result<Tensor<f32>> {
    let path = inside(run_dir, pattern).ok_or_else(|| {
        Error::file(
            &pattern.npy,
            "is not inside the run folder",
            "name patterns by their path relative to results.json",
        )
    })?;
    check_pattern(&path, pattern)?;
    let tensor = npy::from_bytes::<f32>(&read_unpacked(&path, LARGEST_PATTERN)?, &path)?;
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
