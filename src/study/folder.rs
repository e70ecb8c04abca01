//! The folder of a run: its files, written whole or not at all, and the lock that keeps other processes out.

use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::checksums::{CHECKSUMS, Checksums, Hashing, checksum, checksum_of};
use super::lock::{LOCK, Lock, Wait, lock};
use super::results::{Results, RunKind};
use crate::error::{Error, Result};
use crate::files::{
    Content, Log, create_dirs, create_new_dir, gzip, is_temporary, remove_leftovers,
    through_a_link, write_atomic, write_together,
};
use crate::npy;
use crate::tensor::Tensor;

/// The file that says what a run computes.
pub const CONFIG: &str = "config.toml";

/// The folder of checkpoints inside a run's.
pub const CHECKPOINTS: &str = "checkpoints";

/// A value as JSON text.
pub fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map_err(|e| Error::invalid("JSON output", e.to_string(), "this is a bug; report it"))
}

/// Who draws the pictures and pages of a run folder: a study computes, and leaves that to a layer above.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// A PNG of a pattern, of at most this number of channels.
    pub pattern: fn(&Tensor<f32>, usize) -> Result<Vec<u8>>,
    /// Everything that is drawn of the results of a run as a whole, into its folder.
    pub run: fn(&RunFolder, &Results) -> Result<()>,
}

/// A grid of a run that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The name of its folder inside the run's, if the run has several.
    pub grid: Option<&'a str>,
    /// Its folder.
    pub folder: &'a RunFolder,
    /// What its finished cells found together.
    pub results: &'a Results,
}

/// The folder of a run that is being written.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    drawing: Option<Drawing>,
    command: String,
    /// The settings that its results record.
    settings: Option<toml::Table>,
    /// Whether an earlier process has begun the run.
    resumed: bool,
    /// The checksums of everything that was written into it.
    written: Arc<Mutex<Checksums>>,
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
        create_new_dir(&path)?;
        let _lock = lock(&path, None)?;
        Ok(RunFolder {
            path,
            drawing: None,
            command: String::new(),
            settings: None,
            resumed: false,
            written: Arc::default(),
            _lock,
        })
    }

    /// The folder of an interrupted run, to go on in it; files that it was about to write when it was killed
    /// are taken away.
    ///
    /// # Errors
    /// Where another process is at work in it, or it cannot be written.
    pub fn resume(path: &Path) -> Result<RunFolder> {
        RunFolder::resume_after(path, None)
    }

    /// The same, but a process that is at work in it is waited for: one that was asked to stop may still save.
    ///
    /// # Errors
    /// As [`RunFolder::resume`], where it is still at work after the time.
    pub fn resume_after(path: &Path, wait: Option<Wait>) -> Result<RunFolder> {
        let _lock = lock(path, wait)?;
        remove_leftovers(path)?;
        Ok(RunFolder {
            path: path.to_path_buf(),
            drawing: None,
            command: String::new(),
            settings: None,
            resumed: true,
            written: Arc::new(Mutex::new(Checksums::read(path)?.unwrap_or_default())),
            _lock,
        })
    }

    /// The same folder, with pictures and pages drawn by `drawing`; otherwise it has none.
    pub fn drawn_by(mut self, drawing: Drawing) -> RunFolder {
        self.drawing = Some(drawing);
        self
    }

    /// The same folder, whose results say that `command` made them; otherwise they say nothing of it.
    pub fn made_by(mut self, command: impl Into<String>) -> RunFolder {
        self.command = command.into();
        self
    }

    /// The same folder, whose results record these settings.
    pub fn configured(mut self, settings: &impl Serialize) -> RunFolder {
        self.settings = toml::Table::try_from(settings).ok();
        self
    }

    /// Results of `kind` for this folder, still empty.
    pub fn results_of(&self, kind: RunKind, images: usize) -> Results {
        Results {
            settings: self.settings.clone(),
            ..Results::new(kind, self.command.clone(), images)
        }
    }

    /// The folder of a grid: one of that name inside this one, or, for the only grid of a run, this one.
    ///
    /// # Errors
    /// Where its list of checksums is damaged.
    pub fn of_grid(&self, name: Option<&str>) -> Result<RunFolder> {
        let (path, written) = match name {
            Some(name) => {
                let path = self.path.join(name);
                let known = Checksums::read(&path)?.unwrap_or_default();
                (path, Arc::new(Mutex::new(known)))
            }
            None => (self.path.clone(), self.written.clone()),
        };
        Ok(RunFolder {
            path,
            drawing: self.drawing,
            command: self.command.clone(),
            settings: self.settings.clone(),
            resumed: self.resumed,
            written,
            _lock: None,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path inside the folder; the folders on the way are made.
    pub fn file(&self, relative: &str) -> Result<PathBuf> {
        let path = self.path.join(relative);
        if let Some(parent) = path.parent() {
            create_dirs(parent)?;
        }
        Ok(path)
    }

    /// An empty log; one that an interrupted run has left under this name is begun anew.
    ///
    /// # Errors
    /// Where it cannot be written, or a link leads it out of the folder.
    pub fn log(&self, relative: &str) -> Result<Log> {
        Log::create(self.own_file(relative)?)
    }

    /// The log of an interrupted run, cut to the `length` that it had when its last checkpoint was written.
    ///
    /// # Errors
    /// As [`RunFolder::log`], and where it is shorter.
    pub fn resume_log(&self, relative: &str, length: u64) -> Result<Log> {
        Log::resume(self.own_file(relative)?, length)
    }

    /// A path for a file that no link may lead out of the folder.
    fn own_file(&self, relative: &str) -> Result<PathBuf> {
        let path = self.file(relative)?;
        let real = |path: &Path| path.canonicalize().map_err(|e| Error::io(path, "open", e));
        let parent = path.parent().unwrap_or(&self.path);
        match real(parent)?.starts_with(real(&self.path)?) {
            true => Ok(path),
            false => Err(through_a_link(parent)),
        }
    }

    /// Writes a file of the folder, whole or not at all.
    pub fn write(&self, relative: &str, bytes: &[u8]) -> Result<()> {
        write_atomic(self.file(relative)?, bytes)?;
        self.written().note(relative, checksum(bytes));
        Ok(())
    }

    fn written(&self) -> MutexGuard<'_, Checksums> {
        // A panic elsewhere leaves the list as it was between two notes.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the checksum of a file that was written into the folder by other means.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn note(&self, relative: &str) -> Result<()> {
        let sum = checksum_of(&self.path.join(relative))?;
        self.written().note(relative, sum);
        Ok(())
    }

    /// Forgets the checksum of a file that is removed.
    pub fn forget(&self, relative: &str) {
        self.written().forget(relative);
    }

    /// Notes checksums that are known already.
    pub fn note_all(&self, known: &Checksums) {
        self.written().extend(known);
    }

    /// The checksums of the files that belong to the cell of this label.
    pub fn written_of(&self, label: &str) -> Checksums {
        self.written().of_cell(label)
    }

    /// Writes the list of the checksums of everything that was written.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write_checksums(&self) -> Result<()> {
        if self.path.join(CONFIG).is_file() {
            self.note(CONFIG)?;
        }
        let text = self.written().to_text();
        write_atomic(self.file(CHECKSUMS)?, text.as_bytes())
    }

    /// Writes files of the folder that belong together, all or none.
    pub fn write_together<const N: usize>(&self, files: [(&str, Content); N]) -> Result<()> {
        let mut paths = Vec::with_capacity(N);
        for (name, _) in files {
            paths.push(self.file(name)?);
        }
        let sums = [const { Cell::new(String::new()) }; N];
        let writes: [_; N] = std::array::from_fn(|i| {
            let (sum, content) = (&sums[i], files[i].1);
            move |file: &mut dyn Write| Hashing::of(file, content).map(|found| sum.set(found))
        });
        let pairs: [(&Path, Content); N] = std::array::from_fn(|i| (&*paths[i], &writes[i] as _));
        write_together(&pairs)?;
        let mut written = self.written();
        for ((name, _), sum) in files.into_iter().zip(sums) {
            written.note(name, sum.into_inner());
        }
        Ok(())
    }

    /// Writes a pattern as `stem.npy` and, where pictures are drawn, its strongest `channels` as `stem.png`; the
    /// names of both, that of the picture empty where there is none, and the checksum of the first. One that is not to
    /// be drawn is written in half precision and gzipped, as `stem.npy.gz`.
    ///
    /// # Errors
    /// Where the folder cannot be written or the pattern not be drawn.
    pub fn write_pattern(
        &self,
        stem: &str,
        pattern: &Tensor<f32>,
        channels: Option<usize>,
    ) -> Result<(String, String, String)> {
        let mut npy = format!("{stem}.npy");
        let mut bytes = npy::to_bytes(pattern);
        if channels.is_none() {
            // Of what is drawn every digit is kept; of what lies between, in time or in number of images, three.
            bytes = gzip(&npy::to_half_bytes(pattern).unwrap_or(bytes));
            npy += ".gz";
        }
        self.write(&npy, &bytes)?;
        let mut png = String::new();
        if let (Some(channels), Some(drawing)) = (channels, self.drawing) {
            png = format!("{stem}.png");
            self.write(&png, &(drawing.pattern)(pattern, channels)?)?;
        }
        Ok((npy, png, checksum(&bytes)))
    }

    /// Draws what is drawn of a run as a whole.
    ///
    /// # Errors
    /// Those of the drawing.
    pub fn draw(&self, results: &Results) -> Result<()> {
        self.drawing
            .map_or(Ok(()), |drawing| (drawing.run)(self, results))
    }

    /// The outcome of the work that was to fill the folder. After an error, a folder that was made for it is
    /// taken away with all that is in it, as if it had never been.
    ///
    /// # Errors
    /// That of the outcome.
    pub fn or_discard<T>(&self, outcome: Result<T>) -> Result<T> {
        if outcome.is_err() && !self.resumed {
            // The error that led here is the one worth reporting.
            let _ = std::fs::remove_dir_all(&self.path);
        }
        outcome
    }
}

/// Whether a folder holds nothing but what a run writes before its own configuration.
///
/// # Errors
/// Where it cannot be listed.
pub(super) fn is_hardly_begun(folder: &Path) -> Result<bool> {
    let unlisted = |e| Error::io(folder, "list", e);
    for entry in std::fs::read_dir(folder).map_err(unlisted)? {
        let entry = entry.map_err(unlisted)?;
        let (path, name) = (entry.path(), entry.file_name());
        let begun = match entry.file_type().map_err(unlisted)?.is_dir() {
            true => is_hardly_begun(&path)?,
            false => name == LOCK || name == CONFIG || is_temporary(&name.to_string_lossy()),
        };
        if !begun {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A scheme, stage or layer as part of a file name.
pub fn file_part(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect()
}
