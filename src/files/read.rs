//! Reading files without trusting their size.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::names::only_regular;
use crate::error::{Error, Result};

/// Reads a file of at most `limit` bytes, so that memory grows with what is wanted, never with what is
/// there: a device has no end.
///
/// # Errors
/// [`Error::Io`] if the system refuses; [`Error::File`] if there is more, or if it is no regular file: opening a
/// pipe could wait for ever.
pub fn read_up_to(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let found = fs::metadata(path).map_err(|e| Error::io(path, "open", e))?;
    only_regular(path, &found)?;
    let file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io(path, "read", e))?;
    if bytes.len() as u64 <= limit {
        return Ok(bytes);
    }
    Err(Error::file(
        path,
        format!("it holds more than {limit} bytes"),
        "check that it is the right file",
    ))
}

/// Reads `length` bytes from byte `offset` on; the file must have them.
///
/// # Errors
/// [`Error::Io`] if the system refuses; [`Error::File`] if there are fewer, or if it is no regular file.
pub fn read_range(path: &Path, offset: u64, length: u64) -> Result<Vec<u8>> {
    let found = fs::metadata(path).map_err(|e| Error::io(path, "open", e))?;
    only_regular(path, &found)?;
    let end = offset.checked_add(length);
    if end.is_none_or(|end| end > found.len()) {
        let problem = format!(
            "{length} bytes from {offset} on are wanted, and it has {}",
            found.len()
        );
        return Err(Error::file(path, problem, "copy it again"));
    }
    let mut file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.take(length).read_to_end(&mut bytes))
        .map_err(|e| Error::io(path, "read", e))?;
    Ok(bytes)
}
