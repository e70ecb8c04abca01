//! Photographs to measure on, which need not show what a network was trained on.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;

use super::config::Windows;
use super::folder::Photos;
use super::photographs::Survey;
use super::wide::{Wide, WideImages};
use crate::error::{Error, Result};
use crate::rng::Seed;

/// Windows on the photographs of a folder that are large enough for them and their margins, in a drawn order, since the
/// names of files may be sorted by what they show.
pub(super) struct PhotoWindows {
    folder: PathBuf,
    /// Files with their rows and columns.
    pictures: Vec<(PathBuf, [usize; 2])>,
    side: usize,
    windows: Windows,
    seed: Seed,
}

impl PhotoWindows {
    /// Windows of `side` pixels on the pictures in `folder`.
    ///
    /// # Errors
    /// Where the folder cannot be read or holds no picture that can be.
    pub(super) fn of(
        folder: &Path,
        side: usize,
        windows: Windows,
        seed: Seed,
    ) -> Result<PhotoWindows> {
        let mut pictures = Survey::of(folder)?.pictures;
        pictures.shuffle(&mut seed.child("order").rng());
        Ok(PhotoWindows {
            folder: folder.to_path_buf(),
            pictures,
            side,
            windows,
            seed,
        })
    }
}

impl WideImages for PhotoWindows {
    fn name(&self) -> &str {
        "photographs to measure on"
    }

    fn shape(&self) -> [usize; 3] {
        [3, self.side, self.side]
    }

    fn count(&self) -> Option<usize> {
        (self.windows == Windows::Centred).then_some(self.pictures.len())
    }

    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        let needed = self.side.saturating_add(margin.saturating_mul(2));
        let enough = self
            .pictures
            .iter()
            .filter(|(_, [rows, columns])| *rows.min(columns) >= needed);
        let files: Vec<PathBuf> = enough.map(|(path, _)| path.clone()).collect();
        if files.is_empty() {
            return Err(Error::file(
                &self.folder,
                format!(
                    "none of its pictures has a shorter side of the {needed} pixels that are needed"
                ),
                "give larger pictures, or measure a network with a smaller receptive field",
            ));
        }
        let photos = Photos {
            files,
            labels: None,
            side: self.side,
            windows: self.windows,
            seed: self.seed,
        };
        photos.wide(range, margin)
    }
}
