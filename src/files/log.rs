//! A file to which whole lines are added.

use std::fs::File;
use std::path::PathBuf;

use serde::Serialize;

use super::disk;
use super::names::{create_file, open_or_create, remove_if_there};
use crate::error::{Error, Result};

/// A file to which whole lines are added; it is never written through a link.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log {
    /// An empty log; one that an interrupted run has left under this name is begun anew.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses.
    pub fn create(path: PathBuf) -> Result<Log> {
        remove_if_there(&path)?;
        let file = create_file(&path)?;
        Ok(Log {
            path,
            file,
            length: 0,
        })
    }

    /// The log of an interrupted run, cut to the `length` that it had when its last checkpoint was written.
    ///
    /// # Errors
    /// [`Error::File`] where it is shorter, or no regular file; [`Error::Io`] if the system refuses.
    pub fn resume(path: PathBuf, length: u64) -> Result<Log> {
        let file = open_or_create(&path)?;
        let found = file.metadata().map_err(|e| Error::io(&path, "open", e))?;
        if found.len() < length {
            let problem = format!("it is shorter than the {length} bytes that the run has noted");
            return Err(Error::file(
                path,
                problem,
                "begin the run anew in another folder",
            ));
        }
        disk::cut(&file, &path, length).map_err(|e| Error::io(&path, "write", e))?;
        Ok(Log { path, file, length })
    }

    /// Bytes written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds a value as one line of JSON; where the disk is full the line is left out entirely.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses.
    pub fn add(&mut self, value: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(value)
            .map_err(|e| Error::invalid("log", e.to_string(), "this is a bug; report it"))?;
        line.push(b'\n');
        if let Err(error) = disk::append(&self.file, &self.path, &line) {
            // The write's own error is the one worth reporting.
            let _ = self.file.set_len(self.length);
            return Err(Error::io(&self.path, "write", error));
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Makes what was added outlive a loss of power.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses.
    pub fn flush(&self) -> Result<()> {
        disk::flush(&self.file, &self.path).map_err(|e| Error::io(&self.path, "flush", e))
    }
}
