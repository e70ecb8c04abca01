//! Whether a run folder holds what was written into it: what is missing, damaged or foreign, and how to make it again.

use std::path::Path;

use super::checksums::{CHECKSUMS, Checksums, checksum_of, open};
use super::config::{CONFIG, RunConfig};
use super::finished::RESULTS;
use super::grid::cell::{BEGUN, Bound, CELLS, FINISHED, LARGEST, cells};
use super::lock::LOCK;
use crate::error::{Error, Result};
use crate::files::{entries, is_temporary, read_unpacked};

/// What a study puts together from its cells.
const ASSEMBLED: [&str; 7] = [
    CHECKSUMS,
    RESULTS,
    "results.csv",
    "growth.csv",
    "epochs.csv",
    "report.html",
    "patterns/overview.png",
];

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It was written, and is not there.
    Missing,
    /// It is not as it was written.
    Damaged,
    /// No run has written it.
    Foreign,
}

impl Fault {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Missing => "missing",
            Fault::Damaged => "damaged",
            Fault::Foreign => "foreign",
        }
    }
}

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// The file, by its path inside the run folder.
    pub file: String,
    /// How it can be made again, or what else to do.
    pub remedy: String,
}

/// What was found in a run folder.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Files that are as they were written.
    pub sound: usize,
    /// Files of cells that are being worked on, or were when the run was killed: a resumed run goes on from them.
    pub unfinished: Vec<String>,
    /// All others.
    pub findings: Vec<Finding>,
}

/// Reads every file of a run folder, and of the grids in it, and compares it with its checksum.
///
/// # Errors
/// Where it is no run folder or cannot be read.
pub fn verify(run: &Path) -> Result<Verified> {
    let known = [CHECKSUMS, CONFIG, RESULTS, CELLS];
    if !known.iter().any(|name| run.join(name).exists()) {
        let problem = "it holds no run";
        return Err(Error::file(run, problem, "name the folder of a run"));
    }
    let mut verified = Verified::default();
    Folder::read(run, &mut verified)?.verify(&mut verified)?;
    verified.findings.sort();
    Ok(verified)
}

/// The folder of a run, or of one of its grids.
struct Folder<'a> {
    run: &'a Path,
    /// The checksums of its files.
    known: Checksums,
    /// Whether the list of them could be read.
    listed: bool,
    /// Labels of cells that are not finished.
    unfinished: Vec<String>,
    /// Whether its files come from cells.
    has_cells: bool,
}

impl<'a> Folder<'a> {
    /// Reads the lists of the run and of its cells; those of cells are newer where the two differ.
    fn read(run: &'a Path, verified: &mut Verified) -> Result<Folder<'a>> {
        let list = Checksums::read(run);
        let mut folder = Folder {
            run,
            listed: matches!(list, Ok(Some(_))),
            known: Checksums::default(),
            unfinished: Vec::new(),
            has_cells: run.join(CELLS).is_dir(),
        };
        match list {
            Ok(Some(list)) => folder.known = list,
            Ok(None) if run.join(RESULTS).exists() => {
                verified.push(Fault::Missing, CHECKSUMS, &folder);
            }
            Ok(None) => {}
            Err(_) => verified.push(Fault::Damaged, CHECKSUMS, &folder),
        }
        let config = run.join(CONFIG);
        let settings = RunConfig::read(&config).and_then(|c| Ok((c.validate()?, c)));
        match settings {
            Ok((paddings, config)) => {
                let all = cells(&config, &paddings).into_iter();
                let rest = all.filter(|cell| !run.join(cell.file()).exists());
                folder.unfinished = rest.map(|cell| cell.label()).collect();
            }
            Err(_) if config.exists() && !folder.listed => {
                verified.push(Fault::Damaged, CONFIG, &folder);
            }
            Err(_) => {}
        }
        folder.read_cells(verified)?;
        Ok(folder)
    }

    fn read_cells(&mut self, verified: &mut Verified) -> Result<()> {
        if !self.has_cells {
            return Ok(());
        }
        for path in entries(&self.run.join(CELLS))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let (finished, begun) = (name.strip_suffix(FINISHED), name.strip_suffix(BEGUN));
            let Some(label) = finished.or(begun).filter(|_| !is_temporary(&name)) else {
                continue;
            };
            let file = format!("{CELLS}/{name}");
            let found = read_unpacked(&path, LARGEST).map(|bytes| open::<Bound>(&bytes));
            match found {
                Ok(Ok(bound)) if bound.made.label() == label => {
                    self.known.extend(&bound.files);
                    if begun.is_some() {
                        self.unfinished.push(label.to_string());
                        verified.sound += 1;
                    } else if self.known.get(&file).is_none() {
                        self.known.note(&file, checksum_of(&path)?);
                    }
                }
                // One that is listed is found damaged by its checksum.
                _ if self.known.get(&file).is_some() => {}
                _ => verified.push(Fault::Damaged, &file, self),
            }
        }
        Ok(())
    }

    fn verify(&self, verified: &mut Verified) -> Result<()> {
        for (file, sum) in self.known.iter() {
            let path = self.run.join(file);
            if !path.is_file() {
                verified.push(Fault::Missing, file, self);
            } else if checksum_of(&path).ok().as_deref() != Some(sum) {
                verified.push(Fault::Damaged, file, self);
            } else {
                verified.sound += 1;
            }
        }
        self.walk(self.run, verified)
    }

    /// Looks for files that are not known.
    fn walk(&self, folder: &Path, verified: &mut Verified) -> Result<()> {
        for path in entries(folder)? {
            let inside = path.strip_prefix(self.run).unwrap_or(&path);
            let file = inside.to_string_lossy().replace('\\', "/");
            if path.is_dir() && !path.is_symlink() {
                let is_grid = |name: &&str| path.join(name).exists();
                match [CONFIG, CHECKSUMS].iter().any(is_grid) {
                    true => self.verify_grid(&file, &path, verified)?,
                    false => self.walk(&path, verified)?,
                }
            } else if self.known.get(&file).is_none() && file != CHECKSUMS && file != LOCK {
                self.unknown(&file, verified);
            }
        }
        Ok(())
    }

    /// A grid of the run, in a folder of its own.
    fn verify_grid(&self, name: &str, path: &Path, verified: &mut Verified) -> Result<()> {
        let mut own = Verified::default();
        Folder::read(path, &mut own)?.verify(&mut own)?;
        verified.sound += own.sound;
        let inside = |file: String| format!("{name}/{file}");
        verified
            .unfinished
            .extend(own.unfinished.into_iter().map(inside));
        let findings = own.findings.into_iter().map(|found| Finding {
            file: inside(found.file),
            ..found
        });
        verified.findings.extend(findings);
        Ok(())
    }

    fn unknown(&self, file: &str, verified: &mut Verified) {
        let name = file.rsplit('/').next().unwrap_or(file);
        let of_cell = |label: &String| Checksums::of_label(file, label);
        if is_temporary(name) || self.unfinished.iter().any(of_cell) {
            verified.unfinished.push(file.to_string());
        } else if self.listed && !verified.has(file) {
            // Without the list nothing is known of files that are none of a cell's.
            verified.push(Fault::Foreign, file, self);
        }
    }

    /// How a file can be made again.
    fn remedy(&self, fault: Fault, file: &str) -> String {
        let label = |file: &str| {
            let name = file.split_once('/')?.1;
            let (_, after) = name.split_once("-seed")?;
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            Some(name[..name.len() - after.len() + digits].to_string())
        };
        match (fault, label(file)) {
            (Fault::Foreign, _) => "no run has written it; take it away".into(),
            _ if file == CONFIG => "put the settings back; each file of cells holds them".into(),
            _ if file.starts_with("figures/") => "write the figures of the run again".into(),
            _ if self.has_cells && ASSEMBLED.contains(&file) => {
                "resume the run: it is made again from the cells".into()
            }
            (_, Some(label)) if self.has_cells => format!(
                "remove {CELLS}/{label}{FINISHED} and resume the run: its network is trained again, to the same values"
            ),
            _ => format!("run the command again that {RESULTS} names, in another folder"),
        }
    }
}

impl Verified {
    fn push(&mut self, fault: Fault, file: &str, folder: &Folder) {
        self.findings.push(Finding {
            fault,
            file: file.to_string(),
            remedy: folder.remedy(fault, file),
        });
    }

    fn has(&self, file: &str) -> bool {
        self.findings.iter().any(|found| found.file == file)
    }
}
