//! Where results go: stdout and the run folder.

use std::fmt::Display;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::files::{create_new_dir, remove_leftovers, write_atomic, write_together};

/// Prints lines on stdout.
///
/// A reader that has gone away, as in `| head -1`, has seen all it wanted.
///
/// # Errors
/// Where stdout is a file on a full disk.
pub fn say(text: impl Display) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Error::io("stdout", "write to", error)),
    }
}

/// Prints lines on stderr; where nobody can read them, there is nobody to tell.
pub fn tell(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints an error as one line, whatever names and messages it quotes.
pub fn complain(problem: impl Display) {
    let line = problem.to_string().replace(char::is_control, " ");
    tell(format!("error: {line}"));
}

/// Prints a value as one JSON document on stdout.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    say(to_json(value)?)
}

/// A value as JSON text.
pub fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map_err(|e| Error::invalid("JSON output", e.to_string(), "this is a bug; report it"))
}

/// A run's own folder.
pub struct RunFolder {
    path: PathBuf,
    /// Keeps other processes out while this one is at work.
    _lock: Option<Lock>,
}

impl RunFolder {
    /// Makes the folder `out`, or the next free `runs/NAME-001`.
    ///
    /// # Errors
    /// Where it exists already or cannot be written.
    pub fn create(out: Option<&Path>, name: &str) -> Result<RunFolder> {
        let path = match out {
            Some(path) => path.to_path_buf(),
            None => {
                let numbered = |n: u32| Path::new("runs").join(format!("{name}-{n:03}"));
                (1..)
                    .map(numbered)
                    .find(|path| !path.exists())
                    .unwrap_or_else(|| numbered(0))
            }
        };
        create_new_dir(&path).map_err(|error| match error {
            Error::Usage { what, problem, .. } => {
                Error::usage(format!("--out {what}"), problem, "choose another --out")
            }
            other => other,
        })?;
        let _lock = lock(&path)?;
        Ok(RunFolder { path, _lock })
    }

    /// The folder of an interrupted run, to go on in it; files that it was about to write when it was killed
    /// are taken away.
    ///
    /// # Errors
    /// Where another process is at work in it, or it cannot be written.
    pub fn resume(path: &Path) -> Result<RunFolder> {
        let _lock = lock(path)?;
        remove_leftovers(path)?;
        let path = path.to_path_buf();
        Ok(RunFolder { path, _lock })
    }

    /// The folder of a grid: one of that name inside this one, or, for the only grid of a run, this one.
    pub fn of_grid(&self, name: Option<&str>) -> RunFolder {
        let path = match name {
            Some(name) => self.path.join(name),
            None => self.path.clone(),
        };
        RunFolder { path, _lock: None }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path inside the folder; the folders on the way are made.
    pub fn file(&self, relative: &str) -> Result<PathBuf> {
        let path = self.path.join(relative);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| Error::io(parent, "create", e))?;
        }
        Ok(path)
    }

    /// Writes a file of the folder, whole or not at all.
    pub fn write(&self, relative: &str, bytes: &[u8]) -> Result<()> {
        write_atomic(self.file(relative)?, bytes)
    }

    /// Writes files of the folder that belong together, all or none.
    pub fn write_together(&self, files: &[(&str, &[u8])]) -> Result<()> {
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(name, _)| self.file(name))
            .collect::<Result<_>>()?;
        let pairs: Vec<(&Path, &[u8])> = paths
            .iter()
            .zip(files)
            .map(|(path, (_, bytes))| (path.as_path(), *bytes))
            .collect();
        write_together(&pairs)
    }

    /// Takes the folder away with all that is in it, as if it had never been made.
    pub fn discard(&self) {
        // The error that led here is the one worth telling.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A file of a run's folder that the process at work holds; the system lets go of it where that is killed.
struct Lock {
    path: PathBuf,
    _held: File,
}

/// Holds a folder, where its file system has locks; some on networks have none.
fn lock(folder: &Path) -> Result<Option<Lock>> {
    let path = folder.join(".lock");
    let file = File::options().create(true).append(true).open(&path);
    let file = file.map_err(|e| Error::io(&path, "create", e))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::usage(
            format!("--out {}", folder.display()),
            "another process is at work in it",
            "wait until it ends, or choose another --out",
        )),
        held => {
            let lock = Lock { path, _held: file };
            Ok(held.is_ok().then_some(lock))
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock that stays behind, held by nobody, is in nobody's way.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A file to which whole lines are added.
pub struct Log {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log {
    /// An empty log; one that an interrupted run has left under this name is begun anew.
    pub fn create(path: PathBuf) -> Result<Log> {
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(true)
            .open(&path);
        let file = file.map_err(|e| Error::io(&path, "create", e))?;
        Ok(Log {
            path,
            file,
            length: 0,
        })
    }

    /// Adds a value as one line of JSON; where the disk is full the line is left out entirely.
    pub fn add(&mut self, value: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(value)
            .map_err(|e| Error::invalid("log", e.to_string(), "this is a bug; report it"))?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            // The write's own error is the one worth telling.
            let _ = self.file.set_len(self.length);
            return Err(Error::io(&self.path, "write", error));
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

/// A scheme, stage or layer as part of a file name.
pub fn file_part(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect()
}
