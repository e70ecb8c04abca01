//! The lock that keeps a second process out of a run's folder.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::files::{is_still_named, open_or_create, remove_if_there};

/// A file of a run's folder that the process at work holds; the system lets go of it where that is killed.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _held: File,
}

/// The file that is held while a process is at work.
pub const LOCK: &str = ".lock";

/// How long a folder is waited for.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// The time.
    pub most: Duration,
    /// Called with a line once, when waiting begins.
    pub tell: &'a dyn Fn(&str),
}

/// Holds a folder, where its file system has locks; some on networks have none.
///
/// # Errors
/// Where another process holds it, after the time that is waited for it.
pub fn lock(folder: &Path, wait: Option<Wait>) -> Result<Option<Lock>> {
    const PAUSE: Duration = Duration::from_millis(100);
    let (path, begun) = (folder.join(LOCK), Instant::now());
    let (mut told, most) = (false, wait.map_or(Duration::ZERO, |wait| wait.most));
    loop {
        let file = open_or_create(&path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if begun.elapsed() < most => {
                if let (Some(wait), false) = (wait, told) {
                    let (folder, seconds) = (folder.display(), most.as_secs());
                    (wait.tell)(&format!(
                        "{folder}: another process is at work in it; waiting up to {seconds} s for it to end"
                    ));
                }
                told = true;
                thread::sleep(PAUSE);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Error::usage(
                    folder.display().to_string(),
                    "another process is at work in it",
                    "wait until it ends, or choose another folder",
                ));
            }
            Err(TryLockError::Error(_)) => return Ok(None),
            // Whoever held it before may have removed the name since it was opened here: that is a lock on
            // nothing, while a third process may hold a new file of this name.
            Ok(()) if !is_still_named(&file, &path) => {}
            Ok(()) => return Ok(Some(Lock { path, _held: file })),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It is removed while it is held. One that stays behind, held by nobody, is in nobody's way.
        let _ = remove_if_there(&self.path);
    }
}
