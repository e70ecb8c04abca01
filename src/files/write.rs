//! Writing files so that a reader never meets half of one.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::disk;
use super::folders::{create_dirs, flush_folder};
use super::names::{only_regular, remove_if_there};
use crate::error::{Error, Result};

/// Writes `bytes` to `path` so that the name holds either the old content or all of the new.
///
/// The bytes go to a temporary name in the same folder, are flushed to the disk, and are then
/// renamed; a rename inside one folder is the only step that a reader can see. The folder is flushed last, so
/// that the new name outlives a loss of power. A symbolic link stays a link: its target is written.
///
/// # Errors
/// [`Error::Io`] if any step is refused, [`Error::File`] where something other than a regular file has the name
/// (a device, a pipe, a folder); the temporary file is then removed and `path` is as it was.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("results.json");
/// padgrad::files::write_atomic(&path, b"{}").expect("a fresh folder can be written");
/// assert_eq!(std::fs::read(&path)?, b"{}");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    write_together(&[(path.as_ref(), &|file| file.write_all(bytes))])
}

/// Writes the content of a file, part by part: it need not be in memory as a whole.
pub type Content<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

/// Writes several files that belong together: where the disk has no room for one, none is replaced.
///
/// All of them are written and flushed under temporary names before the first is renamed.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_together(files: &[(&Path, Content)]) -> Result<()> {
    let mut staged = Vec::new();
    let written = stage_and_rename(files, &mut staged);
    if written.is_err() {
        for temporary in staged {
            // The first error is the one worth telling; a failing clean-up adds nothing to it.
            let _ = fs::remove_file(temporary);
        }
    }
    written
}

/// Copies a file to a name in a folder that is not whole before [`flush`] has ended: neither the content nor the
/// name outlive a loss of power until then.
///
/// # Errors
/// [`Error::Io`] if the system refuses.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    create_dirs(to.parent().unwrap_or(Path::new("")))?;
    disk::copy(from, to).map_err(|e| Error::io(to, "write", e))
}

/// Makes files outlive a loss of power.
///
/// # Errors
/// [`Error::Io`] if the system refuses.
pub fn flush(files: &[PathBuf]) -> Result<()> {
    files.par_iter().try_for_each(|path| {
        let flushed = File::open(path).and_then(|file| disk::flush(&file, path));
        flushed.map_err(|e| Error::io(path, "flush", e))
    })?;
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    folders.into_iter().try_for_each(flush_folder)
}

/// Removes what writes that were killed have left in `folder` and below it: temporary files, never anything
/// else. Nobody else may be writing there.
///
/// # Errors
/// [`Error::Io`] if a folder cannot be listed or a file not be removed.
pub fn remove_leftovers(folder: &Path) -> Result<()> {
    let unlisted = |e| Error::io(folder, "list", e);
    for entry in fs::read_dir(folder).map_err(unlisted)? {
        let entry = entry.map_err(unlisted)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(unlisted)?;
        if kind.is_dir() {
            remove_leftovers(&path)?;
        } else if kind.is_file() && is_temporary(&entry.file_name().to_string_lossy()) {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

/// Whether it is a name under which [`write_atomic`] writes before it renames.
pub fn is_temporary(name: &str) -> bool {
    let numbers = |name: &str| {
        let (_, numbers) = name
            .strip_prefix('.')?
            .strip_suffix(".tmp")?
            .rsplit_once('.')?;
        let (process, count) = numbers.split_once('-')?;
        Some((process.parse::<u32>().ok()?, count.parse::<u64>().ok()?))
    };
    numbers(name).is_some()
}

/// A name in the folder of `path` that no other write of this or another process uses.
pub(super) fn temporary_beside(path: &Path) -> Result<PathBuf> {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        let no_name = io::Error::new(io::ErrorKind::InvalidInput, "the path names no file");
        return Err(Error::io(path, "write", no_name));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    let count = WRITES.fetch_add(1, Ordering::Relaxed);
    hidden.push(format!(".{}-{count}.tmp", std::process::id()));
    Ok(path.with_file_name(hidden))
}

/// Writes every file under a name of its own, noted in `staged`, and then gives each its real one.
fn stage_and_rename(files: &[(&Path, Content)], staged: &mut Vec<PathBuf>) -> Result<()> {
    let mut targets = Vec::new();
    for (path, content) in files {
        let target = target_of(path)?;
        let temporary = temporary_beside(&target)?;
        staged.push(temporary.clone());
        write_and_flush(&temporary, content).map_err(|source| Error::io(path, "write", source))?;
        targets.push(target);
    }
    for (target, temporary) in targets.iter().zip(staged) {
        disk::rename(temporary, target).map_err(|source| Error::io(target, "write", source))?;
    }
    let folders: BTreeSet<&Path> = targets
        .iter()
        .filter_map(|target| target.parent())
        .collect();
    folders.into_iter().try_for_each(flush_folder)
}

/// The name that a write to `path` replaces: that of the file to which links lead.
fn target_of(path: &Path) -> Result<PathBuf> {
    const MOST_LINKS: usize = 40;
    let mut target = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&target) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(target),
            Err(e) => return Err(Error::io(path, "write", e)),
            Ok(found) if found.is_symlink() => {
                let link = fs::read_link(&target).map_err(|e| Error::io(path, "write", e))?;
                target = target.parent().unwrap_or(Path::new("")).join(link);
            }
            Ok(found) => return only_regular(path, &found).map(|()| target),
        }
    }
    let problem = "its links lead around in a circle";
    Err(Error::file(path, problem, "name a regular file"))
}

fn write_and_flush(path: &Path, content: Content) -> io::Result<()> {
    const BUFFER: usize = 1 << 20;
    let file = &disk::create(path)?;
    let mut writer = BufWriter::with_capacity(BUFFER, disk::Appender { file, path });
    content(&mut writer)?;
    writer.flush()?;
    disk::flush(file, path)
}
