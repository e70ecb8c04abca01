//! What can be done to a disk.

use std::path::Path;

/// A change of a disk, as it was made.
#[cfg_attr(not(test), expect(dead_code, reason = "tests alone read a change"))]
#[derive(Clone, Copy, Debug)]
pub(super) enum Change<'a> {
    MakeFolder(&'a Path),
    Create(&'a Path),
    /// A file is a copy of another, whatever it was before.
    Copy(&'a Path),
    Append(&'a Path, &'a [u8]),
    Cut(&'a Path, u64),
    Rename(&'a Path, &'a Path),
    Remove(&'a Path),
    /// The content of a file outlives a loss of power from here on, but not its name.
    Flush(&'a Path),
    /// The names in a folder do.
    FlushFolder(&'a Path),
}
