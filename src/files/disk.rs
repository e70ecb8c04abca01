//! The operations that change a disk, one function each, so that tests can record them in their order.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::change::Change;

/// Tells a change that was made to a test that wants to know.
fn made<T>(outcome: io::Result<T>, change: Change) -> io::Result<T> {
    #[cfg(test)]
    if outcome.is_ok() {
        super::recorded::note(change);
    }
    let _ = change;
    outcome
}

pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    made(fs::create_dir(path), Change::MakeFolder(path))
}

/// Makes a new file; where anything has the name, a link too, that is an error.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let file = File::options().create_new(true).append(true).open(path);
    made(file, Change::Create(path))
}

pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    made(fs::copy(from, to).map(drop), Change::Copy(to))
}

pub(super) fn append(mut file: &File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    made(file.write_all(bytes), Change::Append(path, bytes))
}

/// What is written to it is appended to a file.
pub(super) struct Appender<'a> {
    pub file: &'a File,
    pub path: &'a Path,
}

impl Write for Appender<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        append(self.file, self.path, bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn cut(file: &File, path: &Path, length: u64) -> io::Result<()> {
    made(file.set_len(length), Change::Cut(path, length))
}

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    made(fs::rename(from, to), Change::Rename(from, to))
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    made(fs::remove_file(path), Change::Remove(path))
}

pub(super) fn flush(file: &File, path: &Path) -> io::Result<()> {
    made(file.sync_all(), Change::Flush(path))
}

pub(super) fn flush_folder(path: &Path) -> io::Result<()> {
    let flushed = File::open(path)?.sync_all();
    match flushed {
        // Some file systems on networks cannot flush a folder; the files themselves are flushed.
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
        flushed => made(flushed, Change::FlushFolder(path)),
    }
}
