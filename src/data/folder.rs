//! A folder of pictures: `root/class/x.png`, or `root/x.jpg` for pictures without classes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::config::Windows;
use super::picture::{Picture, decode};
use super::pixels::{Labelled, Pixels};
use super::read::read_up_to;
use super::resample::{Cut, average, shrunk};
use super::wide::{Wide, WideImages, gather};
use crate::error::{Error, Result};
use crate::rng::Seed;

/// The longest file that is read.
const LARGEST: u64 = 1 << 30;
/// One picture in this many is for testing.
const TEST_SHARE: usize = 5;
/// How much wider than a wide image a photo stays when it is shrunk, so that crops differ.
const ROOM: f64 = 1.25;

/// A picture's file and its class.
pub(super) type Entry = (PathBuf, usize);

/// What a folder holds, before any picture is opened.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    pub classes: Vec<String>,
    pub train: Vec<Entry>,
    pub test: Vec<Entry>,
    /// Whether the folders name classes; a flat folder has one class, which means nothing.
    pub labelled: bool,
}

/// Lists the pictures of a folder and splits each class in four parts for training to one for tests.
///
/// Folders and files are sorted by name, and hidden ones skipped. In a flat folder every picture
/// serves both purposes.
pub(super) fn list(root: &Path, seed: Seed) -> Result<Listing> {
    let (folders, flat) = entries(root)?;
    match (folders.is_empty(), flat.is_empty()) {
        (true, true) => Err(no_pictures(root)),
        (false, false) => Err(Error::file(
            root,
            "it holds both pictures and folders",
            "either put every picture into the folder of its class, or all into one folder",
        )),
        (true, false) => {
            let all: Vec<Entry> = flat.into_iter().map(|path| (path, 0)).collect();
            Ok(Listing {
                classes: vec!["all".into()],
                train: all.clone(),
                test: all,
                labelled: false,
            })
        }
        (false, true) => list_classes(&folders, seed),
    }
}

fn list_classes(folders: &[PathBuf], seed: Seed) -> Result<Listing> {
    let mut listing = Listing {
        classes: Vec::new(),
        train: Vec::new(),
        test: Vec::new(),
        labelled: true,
    };
    for (label, folder) in folders.iter().enumerate() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let (_, mut pictures) = entries(folder)?;
        if pictures.is_empty() {
            return Err(no_pictures(folder));
        }
        if pictures.len() < 2 {
            return Err(Error::file(
                folder,
                "it holds one picture",
                "put at least two there, one to train with and one to test with",
            ));
        }
        pictures.shuffle(&mut seed.child("split").child(&*name).rng());
        let mut test = pictures.split_off(pictures.len() - (pictures.len() / TEST_SHARE).max(1));
        pictures.sort();
        test.sort();
        listing.classes.push(name.into_owned());
        listing
            .train
            .extend(pictures.into_iter().map(|p| (p, label)));
        listing.test.extend(test.into_iter().map(|p| (p, label)));
    }
    Ok(listing)
}

fn no_pictures(folder: &Path) -> Error {
    Error::file(
        folder,
        "there are no pictures in it",
        "put .png, .jpg or .jpeg files there",
    )
}

/// The folders and the pictures in `folder`, each sorted by name.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let fail = |e| Error::io(folder, "read", e);
    let (mut folders, mut pictures) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let kind = path.extension().unwrap_or_default().to_ascii_lowercase();
        match kind.to_str() {
            _ if path.is_dir() => folders.push(path),
            Some("png" | "jpg" | "jpeg") => pictures.push(path),
            Some("webp" | "gif" | "bmp" | "tif" | "tiff" | "avif" | "heic" | "ppm") => {
                let problem = "pictures of this kind cannot be read";
                return Err(Error::file(path, problem, "convert it to PNG or JPEG"));
            }
            _ => {}
        }
    }
    folders.sort();
    pictures.sort();
    Ok((folders, pictures))
}

/// The middle of every picture, shrunk so that its shorter side has `side` pixels.
pub(super) fn load(entries: &[Entry], side: usize) -> Result<Labelled> {
    let images: Vec<Vec<u8>> = entries
        .par_iter()
        .map(|(path, _)| {
            let picture = open(path, side, "size")?;
            let (step, sides) = shrunk(&picture, side);
            let [top, left] = sides.map(|s| (s - side) / 2);
            Ok(average(
                &picture,
                Cut {
                    top,
                    left,
                    side,
                    step,
                },
            ))
        })
        .collect::<Result<_>>()?;
    Ok(Labelled {
        images: Pixels {
            data: images.concat(),
            shape: [entries.len(), 3, side, side],
        },
        labels: entries.iter().map(|&(_, label)| label).collect(),
    })
}

/// Photos from which wide images are cut.
pub(super) struct Photos {
    pub files: Vec<PathBuf>,
    /// One for each file, where folders name classes.
    pub labels: Option<Vec<usize>>,
    pub side: usize,
    pub windows: Windows,
    pub seed: Seed,
}

impl WideImages for Photos {
    fn shape(&self) -> [usize; 3] {
        [3, self.side, self.side]
    }

    fn count(&self) -> Option<usize> {
        (self.windows == Windows::Centred).then_some(self.files.len())
    }

    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        gather(self, range, margin, |i| {
            let photo = i % self.files.len();
            let label = self.labels.as_ref().map(|labels| labels[photo]);
            Ok((
                self.cut(&self.files[photo], margin, self.seed.child(i))?,
                label,
            ))
        })
    }
}

impl Photos {
    /// A crop of `side` pixels plus a margin from a photo.
    ///
    /// The photo is shrunk until it has a little room around the crop, never enlarged. The position is
    /// drawn for `anywhere`; for `centred` it is the middle.
    fn cut(&self, path: &Path, margin: usize, seed: Seed) -> Result<Vec<u8>> {
        let needed = self.side + 2 * margin;
        let picture = open(path, needed, "size with its margins")?;
        let roomy = (needed as f64 * ROOM).ceil() as usize;
        let (step, sides) = shrunk(&picture, roomy.min(picture.shorter_side()));
        let mut rng = seed.rng();
        let [top, left] = sides.map(|length| match self.windows {
            Windows::Centred => (length - needed) / 2,
            Windows::Anywhere => rng.random_range(0..=(length - needed) as u64) as usize,
        });
        let side = needed;
        Ok(average(
            &picture,
            Cut {
                top,
                left,
                side,
                step,
            },
        ))
    }
}

fn open(path: &Path, needed: usize, what: &str) -> Result<Picture> {
    let picture = decode(&read_up_to(path, LARGEST)?, path)?;
    if picture.shorter_side() >= needed {
        return Ok(picture);
    }
    Err(Error::file(
        path,
        format!(
            "{}×{} pixels, but the {what} takes {needed}×{needed}",
            picture.width, picture.height
        ),
        "choose a smaller size, replace it by a larger picture or take it away",
    ))
}
