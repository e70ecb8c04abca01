//! Photographs of any sizes, and windows on them whose true surroundings are known.

use std::path::{Path, PathBuf};

use rand::RngExt;
use rayon::prelude::*;

use super::folder::pictures_below;
use super::picture::{shorter_side, with_picture};
use super::pixels::Pixels;
use super::resample::{Cut, average, shrunk};
use crate::error::{Error, Result};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// How much wider than a window with its margin a photograph stays when it is shrunk, so that windows differ.
const ROOM: f64 = 1.25;
/// The most bytes of windows that are kept.
const MOST_BYTES: usize = 4 << 30;

/// What a folder holds, by the beginnings of its files.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The folder.
    pub folder: PathBuf,
    /// Every picture with its shorter side in pixels, by name.
    pub pictures: Vec<(PathBuf, usize)>,
    /// What cannot be used.
    pub left_out: LeftOut,
}

/// Files that were not used, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Pictures without the pixels for a window and its surroundings.
    pub too_small: usize,
    /// Files that are no pictures, or damaged, with what is wrong.
    pub unreadable: Vec<String>,
}

impl Survey {
    /// Looks at every picture in `folder`, and in the folders in it.
    ///
    /// # Errors
    /// Where the folder cannot be read or holds no picture that can be.
    pub fn of(folder: &Path) -> Result<Survey> {
        let files = pictures_below(folder)?;
        let sizes: Vec<Result<usize>> = files.par_iter().map(|path| shorter_side(path)).collect();
        let mut survey = Survey {
            folder: folder.to_path_buf(),
            pictures: Vec::new(),
            left_out: LeftOut::default(),
        };
        for (path, size) in files.into_iter().zip(sizes) {
            match size {
                Ok(side) => survey.pictures.push((path, side)),
                Err(error) => survey.left_out.unreadable.push(error.to_string()),
            }
        }
        match (
            survey.pictures.is_empty(),
            survey.left_out.unreadable.first(),
        ) {
            (false, _) => Ok(survey),
            (true, Some(first)) => {
                let problem = format!("none of its pictures can be read; {first}");
                Err(Error::file(folder, problem, "give other pictures"))
            }
            (true, None) => Err(Error::file(
                folder,
                "there are no pictures in it",
                "put .png, .jpg, .jpeg or .webp files there",
            )),
        }
    }

    /// How many pictures have a shorter side of at least `side` pixels.
    pub fn at_least(&self, side: usize) -> usize {
        self.pictures.iter().filter(|(_, own)| *own >= side).count()
    }

    /// The shorter side that three quarters of the pictures have.
    pub fn usual_side(&self) -> usize {
        let mut sides: Vec<usize> = self.pictures.iter().map(|(_, side)| *side).collect();
        sides.sort_unstable();
        sides.get(sides.len() / 4).copied().unwrap_or(0)
    }
}

/// Square windows on photographs, each with pixels around it, in memory as bytes.
#[derive(Clone, Debug)]
pub struct Photographs {
    /// [N, 3, S, S], S = side + 2 · margin.
    windows: Pixels,
    /// Pixels around every window.
    margin: usize,
    /// How many photographs they were cut from.
    pub photographs: usize,
    /// What was not used.
    pub left_out: LeftOut,
}

impl Photographs {
    /// `count` windows of `side` pixels with `margin` around them; windows of one photograph follow each other.
    ///
    /// A photograph is shrunk until it has a little room around the window and its margin, never enlarged, and the
    /// window lies at a place that `seed` draws. `progress` is called with the number of photographs that are done.
    ///
    /// # Errors
    /// Where no photograph is large enough, or the windows do not fit into memory.
    pub fn cut(
        survey: &Survey,
        [side, margin]: [usize; 2],
        count: usize,
        seed: Seed,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Photographs> {
        let whole = side + 2 * margin;
        let image = 3 * whole * whole;
        if count
            .checked_mul(image)
            .is_none_or(|bytes| bytes > MOST_BYTES)
        {
            let problem =
                format!("{count} windows of {whole}×{whole} pixels do not fit into 4 GiB");
            return Err(Error::usage("count", problem, "use fewer, or smaller ones"));
        }
        let enough = survey.pictures.iter().filter(|(_, own)| *own >= whole);
        let mut files: Vec<&PathBuf> = enough.map(|(path, _)| path).collect();
        let mut left_out = survey.left_out.clone();
        left_out.too_small += survey.pictures.len() - files.len();
        if files.is_empty() {
            return Err(Error::file(
                &survey.folder,
                format!("none of its pictures has {whole} pixels to its shorter side"),
                "give larger pictures",
            ));
        }
        if files.len() > count {
            // Spread over the folder, whose names may be sorted by what they show.
            files = (0..count).map(|i| files[i * files.len() / count]).collect();
        }
        let each = |i: usize| (i + 1) * count / files.len() - i * count / files.len();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let cut = |(i, path): (usize, &&PathBuf)| {
            let windows = windows_of(path, whole, each(i), seed.child(i));
            progress(1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            windows
        };
        let cut: Vec<Result<Vec<u8>>> = files.par_iter().enumerate().map(cut).collect();
        let (mut data, mut photographs) = (Vec::with_capacity(count * image), 0);
        for windows in cut {
            match windows {
                Ok(windows) => {
                    data.extend(windows);
                    photographs += 1;
                }
                Err(error) => left_out.unreadable.push(error.to_string()),
            }
        }
        let windows = Pixels {
            shape: [data.len() / image, 3, whole, whole],
            data,
        };
        Ok(Photographs {
            windows,
            margin,
            photographs,
            left_out,
        })
    }

    /// How many windows there are.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Windows `range` with `margin` of the pixels around them, from 0 to 1: [N, 3, side + 2·margin, …].
    ///
    /// # Panics
    /// If there are not as many windows, or pixels.
    #[track_caller]
    pub fn wide(&self, range: std::ops::Range<usize>, margin: usize) -> Tensor<f32> {
        let off = self.margin - margin;
        let whole = self.windows.shape[2];
        let kept = whole - 2 * off;
        let mut data = Vec::with_capacity(range.len() * 3 * kept * kept);
        for i in range.clone() {
            for plane in self.windows.image(i).chunks(whole * whole) {
                for row in plane.chunks(whole).skip(off).take(kept) {
                    let row = &row[off..off + kept];
                    data.extend(row.iter().map(|&byte| f32::from(byte) / 255.0));
                }
            }
        }
        Tensor::from_vec(data, &[range.len(), 3, kept, kept])
    }
}

/// `count` square cuts of `whole` pixels from a photograph.
fn windows_of(path: &Path, whole: usize, count: usize, seed: Seed) -> Result<Vec<u8>> {
    let roomy = (whole as f64 * ROOM).ceil() as usize;
    with_picture(path, |picture| {
        let (step, sides) = shrunk(picture, roomy.min(picture.shorter_side()));
        let mut rng = seed.rng();
        let windows = (0..count).map(|_| {
            let [top, left] =
                sides.map(|length| rng.random_range(0..=(length - whole) as u64) as usize);
            let side = whole;
            average(
                picture,
                Cut {
                    top,
                    left,
                    side,
                    step,
                },
            )
        });
        Ok(windows.collect::<Vec<_>>().concat())
    })
}
