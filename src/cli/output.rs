//! Where results go: stdout and the run folder.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::files::{create_new_dir, write_atomic};

/// Prints a value as one JSON document on stdout.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", to_json(value)?);
    Ok(())
}

/// A value as JSON text.
pub fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map_err(|e| Error::invalid("JSON output", e.to_string(), "this is a bug; report it"))
}

/// A run's own folder.
pub struct RunFolder {
    path: PathBuf,
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
        create_new_dir(&path)?;
        Ok(RunFolder { path })
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
}

/// A file to which whole lines are added.
pub struct Log {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log {
    /// An empty log.
    pub fn create(path: PathBuf) -> Result<Log> {
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
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
