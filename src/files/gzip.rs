//! Gzip: files that are decompressed as they are read, and never larger than a limit.

#[cfg(feature = "files")]
use std::io::Read;
use std::path::Path;

use super::read::read_up_to;
use crate::error::{Error, Result};

/// Reads a file of at most `limit` bytes; gzip is recognised by its content, whatever the file is called.
///
/// Memory grows with what is really read, never with what a header promises.
///
/// # Errors
/// If the file cannot be read, is not sound gzip, or holds more than `limit` bytes.
pub fn read_unpacked(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let bytes = read_up_to(path, limit)?;
    match bytes.starts_with(&[0x1f, 0x8b]) {
        true => gunzip(path, &bytes, limit),
        false => Ok(bytes),
    }
}

/// The bytes as a gzip file: always the same for the same bytes.
#[cfg(feature = "files")]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let read = flate2::read::GzEncoder::new(bytes, flate2::Compression::default())
        .read_to_end(&mut packed);
    read.expect("bytes in memory can be read");
    packed
}

#[cfg(feature = "files")]
fn gunzip(path: &Path, bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(limit + 1)
        .read_to_end(&mut plain)
        .map_err(|e| {
            Error::file(
                path,
                format!("damaged gzip ({e})"),
                "fetch it again; it may be cut short",
            )
        })?;
    if plain.len() as u64 > limit {
        return Err(Error::file(
            path,
            format!("it unpacks to more than {limit} bytes"),
            "check that it is the right file",
        ));
    }
    Ok(plain)
}

#[cfg(not(feature = "files"))]
fn gunzip(path: &Path, _: &[u8], _: u64) -> Result<Vec<u8>> {
    Err(Error::file(
        path,
        "it is compressed, and this build cannot decompress",
        "gunzip it, or build with the feature `files`",
    ))
}

#[cfg(all(test, not(feature = "files")))]
mod tests {
    use super::*;

    #[test]
    fn compressed_files_name_the_missing_feature() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.gz");
        std::fs::write(&path, [0x1f, 0x8b, 8, 0]).unwrap();
        let message = read_unpacked(&path, 100).unwrap_err().to_string();
        assert!(message.contains("feature `files`"), "{message}");
    }
}
