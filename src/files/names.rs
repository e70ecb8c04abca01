//! Files that are opened, made or removed by their own name, never through a link.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::disk;
use super::folders::flush_folder;
use crate::error::{Error, Result};

/// Makes a new, empty file, to which can be added.
///
/// # Errors
/// [`Error::Io`] if anything has the name, a link too, or the system refuses.
pub(super) fn create_file(path: &Path) -> Result<File> {
    let file = disk::create(path).map_err(|e| Error::io(path, "create", e))?;
    flush_folder(path.parent().unwrap_or(Path::new("")))?;
    Ok(file)
}

/// Opens a file to add to it, or makes it; never what a link leads to.
///
/// # Errors
/// [`Error::File`] where the name is that of a link or of no regular file; [`Error::Io`] if the system refuses.
pub fn open_or_create(path: &Path) -> Result<File> {
    loop {
        let opened = match fs::symlink_metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => disk::create(path),
            Err(e) => Err(e),
            Ok(found) if found.is_symlink() => return Err(through_a_link(path)),
            Ok(found) => only_regular(path, &found)
                .map(|()| File::options().read(true).append(true).open(path))?,
        };
        match opened {
            Ok(file) if is_still_named(&file, path) => return Ok(file),
            // Another process has made, removed or replaced it in between.
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e)
                if e.kind() == io::ErrorKind::NotFound && path.parent().is_some_and(has_names) => {}
            Err(e) => return Err(Error::io(path, "open", e)),
        }
    }
}

/// Whether names can be made in a folder.
fn has_names(folder: &Path) -> bool {
    folder.as_os_str().is_empty() || folder.is_dir()
}

/// Whether `path` is the name of an open file, and no link to it.
pub fn is_still_named(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(named)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (open.dev(), open.ino()) == (named.dev(), named.ino())
    }
    #[cfg(not(unix))]
    {
        open.is_file() && named.is_file()
    }
}

/// The error of a file that would be written through a link.
pub fn through_a_link(path: &Path) -> Error {
    let problem =
        "a link leads from here to another place, and this file is written in its own alone";
    Error::file(path, problem, "remove the link")
}

/// Removes a file, if it is there, so that it stays removed after a loss of power; of a link the link alone.
///
/// # Errors
/// [`Error::Io`] if the system refuses.
pub fn remove_if_there(path: &Path) -> Result<()> {
    match disk::remove(path) {
        Ok(()) => flush_folder(path.parent().unwrap_or(Path::new(""))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::io(path, "remove", e)),
    }
}

/// Whether a file's content is all there is to it.
///
/// # Errors
/// [`Error::File`] for a folder, a device, a pipe or a socket.
pub(super) fn only_regular(path: &Path, found: &fs::Metadata) -> Result<()> {
    if found.is_file() {
        return Ok(());
    }
    let (problem, remedy) = match found.is_dir() {
        true => ("it is a folder", "name a file, not a folder"),
        false => (
            "it is a device, a pipe or a socket",
            "name a regular file, not a device or a pipe",
        ),
    };
    Err(Error::file(path, problem, remedy))
}
