//! Folders that are made, and whose names outlive a loss of power.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::disk;
use crate::error::{Error, Result};

/// Makes the folder `path` and those above it; the folder itself must not exist yet.
///
/// # Errors
/// [`Error::Usage`] if something of that name exists, so that no run overwrites another;
/// [`Error::Io`] if the system refuses.
pub fn create_new_dir(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    if path.as_os_str().is_empty() {
        let remedy = "name a folder that does not exist yet";
        return Err(Error::usage("\"\"", "the path is empty", remedy));
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    create_dirs(parent)?;
    match disk::make_folder(path) {
        Ok(()) => flush_folder(parent),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => Err(Error::usage(
            path.display().to_string(),
            "it exists already, and a run never overwrites another",
            "choose another folder",
        )),
        Err(source) => Err(Error::io(path, "create", source)),
    }
}

/// Makes the folder `path` and those above it that are missing, so that they outlive a loss of power.
///
/// # Errors
/// [`Error::Io`] if the system refuses.
pub fn create_dirs(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    create_dirs(parent)?;
    match disk::make_folder(path) {
        // Another thread has made it.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made.map_err(|e| Error::io(path, "create", e))?,
    }
    flush_folder(parent)
}

/// Makes the names in a folder outlive a loss of power.
pub(super) fn flush_folder(folder: &Path) -> Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    disk::flush_folder(folder).map_err(|e| Error::io(folder, "flush", e))
}

/// What lies in a folder, by name.
///
/// # Errors
/// [`Error::Io`] if it cannot be listed.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?;
        entries.map(|entry| Ok(entry?.path())).collect()
    };
    let mut found = list().map_err(|e| Error::io(folder, "list", e))?;
    found.sort();
    Ok(found)
}
