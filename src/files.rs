//! Writing files so that a reader never meets half of one; reading them without trusting their size.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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
    write_together(&[(path.as_ref(), bytes)])
}

/// Writes several files that belong together: where the disk has no room for one, none is replaced.
///
/// All of them are written and flushed under temporary names before the first is renamed.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_together(files: &[(&Path, &[u8])]) -> Result<()> {
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
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|source| Error::io(parent, "create", source))?;
    }
    match fs::create_dir(path) {
        Ok(()) => Ok(()),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => Err(Error::usage(
            path.display().to_string(),
            "it exists already, and a run never overwrites another",
            "choose another folder",
        )),
        Err(source) => Err(Error::io(path, "create", source)),
    }
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
            fs::remove_file(&path).map_err(|e| Error::io(&path, "remove", e))?;
        }
    }
    Ok(())
}

/// Whether it is a name under which a file is written before it gets its own.
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
fn temporary_beside(path: &Path) -> Result<PathBuf> {
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
fn stage_and_rename(files: &[(&Path, &[u8])], staged: &mut Vec<PathBuf>) -> Result<()> {
    let mut targets = Vec::new();
    for (path, bytes) in files {
        let target = target_of(path)?;
        let temporary = temporary_beside(&target)?;
        staged.push(temporary.clone());
        write_and_flush(&temporary, bytes).map_err(|source| Error::io(path, "write", source))?;
        targets.push(target);
    }
    for (target, temporary) in targets.iter().zip(staged) {
        fs::rename(temporary, target).map_err(|source| Error::io(target, "write", source))?;
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

/// Whether a file's content is all there is to it.
///
/// # Errors
/// [`Error::File`] for a folder, a device, a pipe or a socket.
fn only_regular(path: &Path, found: &fs::Metadata) -> Result<()> {
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

/// Makes the names in a folder outlive a loss of power.
fn flush_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let open = File::open(folder).map_err(|e| Error::io(folder, "open", e))?;
    match open.sync_all() {
        // Some file systems on networks cannot flush a folder; the files themselves are flushed.
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
        flushed => flushed.map_err(|e| Error::io(folder, "flush", e)),
    }
}

fn write_and_flush(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_the_old_content_and_leaves_no_temporary() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.txt");
        write_atomic(&path, b"old").expect("the first write");
        write_atomic(&path, b"new").expect("the second write");
        assert_eq!(fs::read(&path).expect("the file"), b"new");
        assert_eq!(names_in(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_refused_rename_removes_the_temporary_and_names_the_path() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let taken = folder.path().join("taken");
        fs::create_dir_all(taken.join("full")).expect("a folder in the way");
        let error = write_atomic(&taken, b"x").expect_err("a folder cannot be replaced");
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(names_in(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_their_targets_are_written() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("inner")).expect("a folder");
        fs::write(at("inner/real"), b"old").expect("a file");
        symlink("inner/real", at("link")).expect("a link");
        symlink("inner/new", at("dangling")).expect("a link");
        symlink("circle", at("circle")).expect("a link");
        for name in ["link", "dangling"] {
            write_atomic(at(name), b"new").expect("a write through a link");
            assert!(
                fs::symlink_metadata(at(name))
                    .expect("the link")
                    .is_symlink()
            );
            assert_eq!(fs::read(at(name)).expect("the target"), b"new");
        }
        assert!(write_atomic(at("circle"), b"x").is_err());
        assert_eq!(names_in(&at("inner")), ["new", "real"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_neither_replaced_nor_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &link).expect("a link");
        for path in [Path::new("/dev/null"), &link, folder.path()] {
            let written = write_atomic(path, b"x").expect_err("refused").to_string();
            let read = read_up_to(path, 5).expect_err("refused").to_string();
            for message in [written, read] {
                assert!(message.contains(", not a "), "{message}");
            }
        }
        let null = fs::metadata("/dev/null").expect("a device");
        assert!(!null.is_file());
    }

    #[test]
    fn files_that_belong_together_are_replaced_all_or_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [good, bad] = ["a.json", "missing/b.csv"].map(|name| folder.path().join(name));
        write_atomic(&good, b"old").expect("the first write");
        let both: [(&Path, &[u8]); 2] = [(&good, b"new"), (&bad, b"new")];
        let error = write_together(&both).expect_err("there is no such folder");
        assert!(error.to_string().contains("b.csv"), "{error}");
        assert_eq!(fs::read(&good).expect("the file"), b"old");
        assert_eq!(names_in(folder.path()), ["a.json"]);
    }

    #[test]
    fn a_file_is_read_to_its_end_or_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.txt");
        write_atomic(&path, b"12345").expect("a write");
        assert_eq!(read_up_to(&path, 5).expect("five bytes"), b"12345");
        let message = read_up_to(&path, 4).expect_err("one too many").to_string();
        assert!(message.contains("more than 4 bytes"), "{message}");
    }

    #[test]
    fn what_a_killed_write_has_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join("cells");
        fs::create_dir(&inner).expect("a folder");
        let kept = [".a.json.1-2.bak", ".hidden", "a.json.1-2.tmp", "b.tmp"];
        for name in kept {
            fs::write(inner.join(name), b"kept").expect("a file");
        }
        let left = temporary_beside(&inner.join("a.json")).expect("a name");
        fs::write(&left, b"half").expect("a file");
        remove_leftovers(folder.path()).expect("all can be listed");
        assert_eq!(names_in(&inner), kept);
    }

    #[test]
    fn a_missing_folder_and_a_path_without_a_name_are_errors() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(write_atomic(folder.path().join("no/such/file"), b"x").is_err());
        assert!(write_atomic("/", b"x").is_err());
    }

    #[test]
    fn a_run_folder_is_made_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = folder.path().join("runs/first");
        create_new_dir(&run).expect("a new folder");
        let message = create_new_dir(&run).expect_err("it exists").to_string();
        assert!(message.contains("first"), "{message}");
    }
}
