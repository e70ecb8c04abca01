//! The error that names a layer.

use crate::error::Error;

/// The error of a layer that does not fit what it is given.
pub fn misfit(path: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Error {
    Error::invalid(format!("layer {path}"), problem, remedy)
}
