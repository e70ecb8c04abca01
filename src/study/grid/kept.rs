//! Which checkpoints of a network outlive its training.

use std::fs;

use super::cell::{Begun, Cell};
use crate::error::{Error, Result};
use crate::files::remove_if_there;
use crate::study::folder::{CHECKPOINTS, RunFolder};
use crate::study::moments::{Keep, STEP};

const SUFFIX: &str = ".safetensors";

impl Cell {
    /// `checkpoints/reflect-seed0-epoch-1.safetensors`.
    pub fn checkpoint(&self, stage: &str) -> String {
        format!("{CHECKPOINTS}/{}-{stage}{SUFFIX}", self.label())
    }

    /// The stage of one of the cell's checkpoints.
    fn stage_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(&self.label())?
            .strip_prefix('-')?
            .strip_suffix(SUFFIX)
    }
}

impl Begun {
    /// The checkpoints that training goes on from, or that are wanted in the end.
    fn wanted(&self) -> impl Iterator<Item = &str> {
        let best = self.best.as_ref().map(|(name, _)| name.as_str());
        self.last_checkpoint.as_deref().into_iter().chain(best)
    }
}

/// The checkpoints that `now` has no use for any more and `before` had.
pub fn superseded(keep: Keep, before: &Begun, now: &Begun) -> Vec<String> {
    let inside_an_epoch = |name: &str| name.contains(&format!("-{STEP}"));
    let gone = |name: &&str| !now.wanted().any(|wanted| wanted == *name);
    let removed = |name: &&str| keep != Keep::All || inside_an_epoch(name);
    let names = before.wanted().filter(gone).filter(removed);
    names.map(str::to_string).collect()
}

/// Removes those checkpoints, and what is known of them.
///
/// # Errors
/// Where the system refuses.
pub fn remove_superseded(
    folder: &RunFolder,
    keep: Keep,
    before: &Begun,
    now: &Begun,
) -> Result<()> {
    superseded(keep, before, now).iter().try_for_each(|name| {
        folder.forget(name);
        remove_if_there(&folder.path().join(name))
    })
}

/// Removes what a run that was killed has left between writing a checkpoint and noting it.
///
/// # Errors
/// Where the folder cannot be listed, or the system refuses.
pub fn remove_unnoted(folder: &RunFolder, keep: Keep, cell: Cell, now: &Begun) -> Result<()> {
    let checkpoints = folder.path().join(CHECKPOINTS);
    let unlisted = |e| Error::io(&checkpoints, "list", e);
    for entry in fs::read_dir(&checkpoints).map_err(unlisted)? {
        let name = entry.map_err(unlisted)?.file_name();
        let Some(stage) = name.to_str().and_then(|name| cell.stage_of(name)) else {
            continue;
        };
        let path = cell.checkpoint(stage);
        let wanted = now.wanted().any(|wanted| wanted == path);
        if !wanted && (keep != Keep::All || stage.starts_with(STEP)) {
            remove_if_there(&folder.path().join(path))?;
        }
    }
    Ok(())
}

/// The error of a training that diverged, with the last good checkpoint.
pub fn with_last_checkpoint(error: Error, folder: &RunFolder, begun: &Begun) -> Error {
    match (error, &begun.last_checkpoint) {
        (
            Error::Diverged {
                what,
                problem,
                remedy,
            },
            Some(last),
        ) => {
            let last = folder.path().join(last);
            let remedy = format!("{remedy}; the last good checkpoint is {}", last.display());
            Error::diverged(what, problem, remedy)
        }
        (error, _) => error,
    }
}
