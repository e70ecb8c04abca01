//! Data sets: stored files, pictures, the canvas, damaged input.

mod canvas;
mod damaged;
#[cfg(feature = "files")]
mod drawn;
#[cfg(feature = "files")]
mod folders;
#[cfg(feature = "files")]
mod pictures;
#[cfg(feature = "files")]
mod stored_files;
mod support;
