//! A folder of pictures: `root/class/x.png`, `root/train/class/x.png` beside `root/test/class/x.png`, or `root/x.jpg`
//! for pictures without classes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::config::Windows;
use super::picture::{Picture, with_picture};
use super::pixels::{Labelled, Pixels};
use super::resample::{Cut, average, shrunk};
use super::wide::{Wide, WideImages, gather};
use crate::error::{Error, Result};
use crate::rng::Seed;

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

/// Lists the pictures of a folder and splits each class in four parts for training to one for tests, unless there is a
/// folder `train` and one `test` or `val`.
///
/// Folders and files are sorted by name, and hidden ones skipped. In a flat folder every picture
/// serves both purposes.
pub(super) fn list(root: &Path, seed: Seed) -> Result<Listing> {
    let (folders, flat) = readable(root)?;
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
        (false, true) => match split(&folders) {
            Some([train, test]) => list_split(train, test),
            None => list_classes(root, seed),
        },
    }
}

/// The folders to train and to test on, where there are no others.
fn split(folders: &[PathBuf]) -> Option<[&Path; 2]> {
    let [first, second] = folders else {
        return None;
    };
    let named = |folder: &PathBuf, name: &str| folder.file_name().is_some_and(|own| own == name);
    match (named(first, "test"), named(first, "train")) {
        (true, _) if named(second, "train") => Some([second, first]),
        (_, true) if named(second, "val") => Some([first, second]),
        _ => None,
    }
}

fn list_split(train: &Path, test: &Path) -> Result<Listing> {
    let (of_train, of_test) = (pictures_by_class(train)?, pictures_by_class(test)?);
    let names = |found: &[(String, Vec<PathBuf>)]| -> Vec<String> {
        found.iter().map(|(name, _)| name.clone()).collect()
    };
    let classes = names(&of_train);
    if classes != names(&of_test) {
        let problem = format!("its folders are not those of {}", train.display());
        return Err(Error::file(
            test,
            problem,
            "give both a folder for each class",
        ));
    }
    Ok(Listing {
        classes,
        train: labelled(of_train, 0..),
        test: labelled(of_test, 0..),
        labelled: true,
    })
}

/// The pictures of classes with the labels of these, in turn.
fn labelled(
    found: Vec<(String, Vec<PathBuf>)>,
    labels: impl IntoIterator<Item = usize>,
) -> Vec<Entry> {
    let each = found.into_iter().zip(labels);
    each.flat_map(|((_, paths), label)| paths.into_iter().map(move |path| (path, label)))
        .collect()
}

/// The pictures in each folder in `root`, with its name.
fn pictures_by_class(root: &Path) -> Result<Vec<(String, Vec<PathBuf>)>> {
    let (folders, _) = readable(root)?;
    if folders.is_empty() {
        let problem = "there are no folders of pictures in it";
        let remedy = "put the pictures of each class into a folder of its own";
        return Err(Error::file(root, problem, remedy));
    }
    let mut found = Vec::new();
    for folder in folders {
        let (_, pictures) = readable(&folder)?;
        if pictures.is_empty() {
            return Err(no_pictures(&folder));
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        found.push((name.into_owned(), pictures));
    }
    Ok(found)
}

fn list_classes(root: &Path, seed: Seed) -> Result<Listing> {
    let mut listing = Listing {
        classes: Vec::new(),
        train: Vec::new(),
        test: Vec::new(),
        labelled: true,
    };
    for (label, (name, mut pictures)) in pictures_by_class(root)?.into_iter().enumerate() {
        if pictures.len() < 2 {
            return Err(Error::file(
                root.join(name),
                "it holds one picture",
                "put at least two there, one to train with and one to test with",
            ));
        }
        pictures.shuffle(&mut seed.child("split").child(&*name).rng());
        let mut test = pictures.split_off(pictures.len() - (pictures.len() / TEST_SHARE).max(1));
        pictures.sort();
        test.sort();
        listing.classes.push(name);
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
        "put .png, .jpg, .jpeg or .webp files there",
    )
}

/// What is in a folder, by name.
#[derive(Default)]
struct Entries {
    folders: Vec<PathBuf>,
    pictures: Vec<PathBuf>,
    /// Pictures of kinds that cannot be read.
    foreign: Vec<PathBuf>,
}

/// The folders and the pictures in `folder`.
///
/// # Errors
/// Where it cannot be read, or holds a picture of a kind that cannot be.
fn readable(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let Entries {
        folders,
        pictures,
        foreign,
    } = entries(folder)?;
    match foreign.first() {
        None => Ok((folders, pictures)),
        Some(path) => {
            let problem = "pictures of this kind cannot be read";
            Err(Error::file(
                path,
                problem,
                "convert it to PNG, JPEG or WebP",
            ))
        }
    }
}

fn entries(folder: &Path) -> Result<Entries> {
    let fail = |e| Error::io(folder, "read", e);
    let mut found = Entries::default();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let kind = path.extension().unwrap_or_default().to_ascii_lowercase();
        match kind.to_str() {
            _ if path.is_dir() => found.folders.push(path),
            Some("png" | "jpg" | "jpeg" | "webp") => found.pictures.push(path),
            Some("gif" | "bmp" | "tif" | "tiff" | "avif" | "heic" | "ppm") => {
                found.foreign.push(path);
            }
            _ => {}
        }
    }
    for list in [&mut found.folders, &mut found.pictures, &mut found.foreign] {
        list.sort();
    }
    Ok(found)
}

/// The pictures in a folder and in the folders in it, by name, whether their kind can be read or not.
///
/// # Errors
/// Where a folder cannot be read.
#[cfg(feature = "files")]
pub(super) fn pictures_below(root: &Path) -> Result<Vec<PathBuf>> {
    let top = entries(root)?;
    let mut pictures = [top.pictures, top.foreign].concat();
    for folder in top.folders {
        let inner = entries(&folder)?;
        pictures.extend([inner.pictures, inner.foreign].concat());
    }
    Ok(pictures)
}

/// Every picture with its class, one folder to each: the number that is its name, where all names are numbers, else the
/// folder's place by name.
///
/// # Errors
/// Where the folder cannot be read, or holds no folders of pictures.
#[cfg(feature = "files")]
pub(super) fn pictures_of_classes(root: &Path) -> Result<Vec<Entry>> {
    let found = pictures_by_class(root)?;
    let numbers: Option<Vec<usize>> = found.iter().map(|(name, _)| name.parse().ok()).collect();
    let labels = numbers.unwrap_or_else(|| (0..found.len()).collect());
    Ok(labelled(found, labels))
}

/// The middle, of `side` pixels, of a picture whose shorter side is shrunk to `resize`.
pub(super) fn middle(path: &Path, resize: usize, side: usize) -> Result<Vec<u8>> {
    with_picture(path, |picture| {
        check_side(picture, path, resize, "size")?;
        let (step, sides) = shrunk(picture, resize);
        let [top, left] = sides.map(|s| (s - side) / 2);
        Ok(average(
            picture,
            Cut {
                top,
                left,
                size: [side; 2],
                step,
            },
        ))
    })
}

/// The middle of every picture, shrunk so that its shorter side has `side` pixels.
pub(super) fn load(entries: &[Entry], side: usize) -> Result<Labelled> {
    let images: Vec<Vec<u8>> = entries
        .par_iter()
        .map(|(path, _)| middle(path, side, side))
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
        let roomy = (needed as f64 * ROOM).ceil() as usize;
        with_picture(path, |picture| {
            check_side(picture, path, needed, "size with its margins")?;
            let (step, sides) = shrunk(picture, roomy.min(picture.shorter_side()));
            let mut rng = seed.rng();
            let [top, left] = sides.map(|length| match self.windows {
                Windows::Centred => (length - needed) / 2,
                Windows::Anywhere => rng.random_range(0..=(length - needed) as u64) as usize,
            });
            Ok(average(
                picture,
                Cut {
                    top,
                    left,
                    size: [needed; 2],
                    step,
                },
            ))
        })
    }
}

fn check_side(picture: &Picture, path: &Path, needed: usize, what: &str) -> Result<()> {
    if picture.shorter_side() >= needed {
        return Ok(());
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
