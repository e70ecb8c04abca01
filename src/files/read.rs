//! Reading files without trusting their size.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::memory::memory_limit;
use super::names::only_regular;
use crate::error::{Error, Result};

/// Opens a regular file to read it, and gives its length; opening a pipe could wait for ever.
///
/// # Errors
/// [`Error::Io`] if the system refuses; [`Error::File`] if it is no regular file.
pub fn open_regular(path: &Path) -> Result<(File, u64)> {
    let found = fs::metadata(path).map_err(|e| Error::io(path, "open", e))?;
    only_regular(path, &found)?;
    let file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
    Ok((file, found.len()))
}

/// Reads a file of at most `limit` bytes, so that memory grows with what is wanted, never with what is
/// there: a device has no end.
///
/// # Errors
/// [`Error::Io`] if the system refuses; [`Error::File`] if there is more, or more than fits into memory, or if it is no
/// regular file.
pub fn read_up_to(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let (file, length) = open_regular(path)?;
    let too_long = || {
        let problem = format!("it holds more than {limit} bytes");
        Error::file(path, problem, "check that it is the right file")
    };
    if length > limit {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    let fits = memory_limit().is_none_or(|memory| length < memory);
    let reserved = usize::try_from(length).is_ok_and(|n| bytes.try_reserve_exact(n).is_ok());
    if !fits || !reserved {
        let problem = format!("its {length} bytes do not fit into memory");
        return Err(Error::file(path, problem, "use a machine that has more"));
    }
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io(path, "read", e))?;
    match bytes.len() as u64 <= limit {
        true => Ok(bytes),
        false => Err(too_long()),
    }
}

/// Reads at most `length` bytes from the beginning of a file.
///
/// # Errors
/// [`Error::Io`] if the system refuses; [`Error::File`] if it is no regular file.
pub fn read_beginning(path: &Path, length: u64) -> Result<Vec<u8>> {
    let (file, _) = open_regular(path)?;
    let mut bytes = Vec::new();
    file.take(length)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io(path, "read", e))?;
    Ok(bytes)
}

/// Reads `length` bytes from byte `offset` on; the file must have them.
///
/// # Errors
/// [`Error::Io`] if the system refuses; [`Error::File`] if there are fewer, or if it is no regular file.
pub fn read_range(path: &Path, offset: u64, length: u64) -> Result<Vec<u8>> {
    let (mut file, whole) = open_regular(path)?;
    let end = offset.checked_add(length);
    if end.is_none_or(|end| end > whole) {
        let problem = format!("{length} bytes from {offset} on are wanted, and it has {whole}");
        return Err(Error::file(path, problem, "copy it again"));
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.take(length).read_to_end(&mut bytes))
        .map_err(|e| Error::io(path, "read", e))?;
    Ok(bytes)
}
