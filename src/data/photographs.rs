//! Photographs of any sizes, and windows on them whose true surroundings are known.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::RngExt;
use rayon::prelude::*;

use super::folder::pictures_below;
use super::picture::{upright_size, with_picture};
use super::pixels::Pixels;
use super::resample::{Cut, average, shrunk_by};
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
    /// Every picture with its rows and columns, the right way up, by name.
    pub pictures: Vec<(PathBuf, [usize; 2])>,
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
        let sizes: Vec<Result<[usize; 2]>> =
            files.par_iter().map(|path| upright_size(path)).collect();
        let mut survey = Survey {
            folder: folder.to_path_buf(),
            pictures: Vec::new(),
            left_out: LeftOut::default(),
        };
        for (path, size) in files.into_iter().zip(sizes) {
            match size {
                Ok(size) => survey.pictures.push((path, size)),
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

    /// How many pictures have at least this many rows and columns.
    pub fn at_least(&self, size: [usize; 2]) -> usize {
        let large = self.pictures.iter().filter(|(_, own)| holds(*own, size));
        large.count()
    }

    /// The shorter side that three quarters of the pictures have.
    pub fn usual_side(&self) -> usize {
        let mut sides: Vec<usize> = (self.pictures.iter())
            .map(|(_, [h, w])| *h.min(w))
            .collect();
        sides.sort_unstable();
        sides.get(sides.len() / 4).copied().unwrap_or(0)
    }
}

fn holds(own: [usize; 2], size: [usize; 2]) -> bool {
    own[0] >= size[0] && own[1] >= size[1]
}

/// Windows on photographs, each with pixels around it, in memory as bytes.
#[derive(Clone, Debug)]
pub struct Photographs {
    /// [N, 3, height + 2 · margin, width + 2 · margin].
    windows: Pixels,
    /// Pixels around every window.
    margin: usize,
    /// How many photographs they were cut from.
    pub photographs: usize,
    /// What was not used.
    pub left_out: LeftOut,
}

impl Photographs {
    /// `count` windows of `size` pixels with `margin` around them; windows of one photograph follow each other.
    ///
    /// A photograph is shrunk until it has a little room around the window and its margin, never enlarged, and the
    /// window lies at a place that `seed` draws. `progress` is called with the number of photographs that are done.
    ///
    /// # Errors
    /// Where no photograph is large enough, or the windows do not fit into memory.
    pub fn cut(
        survey: &Survey,
        size: [usize; 2],
        margin: usize,
        count: usize,
        seed: Seed,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Photographs> {
        let whole = size.map(|side| side + 2 * margin);
        let [h, w] = whole;
        let image = 3 * h * w;
        if count
            .checked_mul(image)
            .is_none_or(|bytes| bytes > MOST_BYTES)
        {
            let problem = format!("{count} windows of {h}×{w} pixels do not fit into 4 GiB");
            return Err(Error::usage("count", problem, "use fewer, or smaller ones"));
        }
        let enough = (survey.pictures.iter()).filter(|(_, own)| holds(*own, whole));
        let files: Vec<&PathBuf> = enough.map(|(path, _)| path).collect();
        let mut left_out = survey.left_out.clone();
        left_out.too_small += survey.pictures.len() - files.len();
        if files.is_empty() {
            return Err(Error::file(
                &survey.folder,
                format!("none of its pictures has {h}×{w} pixels"),
                "give larger pictures",
            ));
        }
        let mut cutting = Cutting {
            whole,
            windows: vec![Vec::new(); files.len()],
            damaged: Vec::new(),
            done: AtomicUsize::new(0),
            progress,
        };
        // What damaged files leave missing comes from those that were not needed so far, or else from the others again.
        let mut round = 0usize;
        while cutting.count(image) < count {
            let missing = count - cutting.count(image);
            let whole_files = (0..files.len()).filter(|i| !cutting.is_damaged(*i));
            let (fresh, used): (Vec<usize>, Vec<usize>) =
                whole_files.partition(|i| cutting.windows[*i].is_empty());
            let from = if fresh.is_empty() { used } else { fresh };
            if from.is_empty() {
                break;
            }
            let seed = match round {
                0 => seed,
                round => seed.child("more").child(round),
            };
            cutting.round(&files, &from, missing, seed);
            round += 1;
        }
        let photographs = cutting.windows.iter().filter(|w| !w.is_empty()).count();
        left_out
            .unreadable
            .extend(cutting.damaged.into_iter().map(|(_, problem)| problem));
        let data = cutting.windows.concat();
        let windows = Pixels {
            shape: [data.len() / image, 3, h, w],
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

    /// Windows `range` with `margin` of the pixels around them, from 0 to 1: [N, 3, height + 2·margin, …].
    ///
    /// # Panics
    /// If there are not as many windows, or pixels.
    #[track_caller]
    pub fn wide(&self, range: std::ops::Range<usize>, margin: usize) -> Tensor<f32> {
        let off = self.margin - margin;
        let [_, _, h, w] = self.windows.shape;
        let [rows, columns] = [h, w].map(|side| side - 2 * off);
        let mut data = Vec::with_capacity(range.len() * 3 * rows * columns);
        for i in range.clone() {
            for plane in self.windows.image(i).chunks(h * w) {
                for row in plane.chunks(w).skip(off).take(rows) {
                    let row = &row[off..off + columns];
                    data.extend(row.iter().map(|&byte| f32::from(byte) / 255.0));
                }
            }
        }
        Tensor::from_vec(data, &[range.len(), 3, rows, columns])
    }
}

/// The windows of some photographs as far as they are cut.
struct Cutting<'a> {
    /// Rows and columns of a window with its margin.
    whole: [usize; 2],
    /// The windows of each photograph, one behind the other.
    windows: Vec<Vec<u8>>,
    /// Those that cannot be used, with what is wrong.
    damaged: Vec<(usize, String)>,
    done: AtomicUsize,
    progress: &'a (dyn Fn(usize) + Sync),
}

impl Cutting<'_> {
    /// How many windows there are, of `image` bytes each.
    fn count(&self, image: usize) -> usize {
        self.windows.iter().map(Vec::len).sum::<usize>() / image
    }

    fn is_damaged(&self, file: usize) -> bool {
        self.damaged.iter().any(|(damaged, _)| *damaged == file)
    }

    /// Cuts `count` windows from the photographs `from`, as evenly as they allow.
    fn round(&mut self, files: &[&PathBuf], from: &[usize], count: usize, seed: Seed) {
        // Spread over the folder, whose names may be sorted by what they show.
        let chosen: Vec<usize> = match from.len() > count {
            true => (0..count).map(|i| from[i * from.len() / count]).collect(),
            false => from.to_vec(),
        };
        let each = |i: usize| (i + 1) * count / chosen.len() - i * count / chosen.len();
        let cut = |(i, &file): (usize, &usize)| {
            let windows = windows_of(files[file], self.whole, each(i), seed.child(i));
            (self.progress)(1 + self.done.fetch_add(1, Ordering::Relaxed));
            windows
        };
        let cut: Vec<Result<Vec<u8>>> = chosen.par_iter().enumerate().map(cut).collect();
        for (file, windows) in chosen.into_iter().zip(cut) {
            match windows {
                Ok(windows) => self.windows[file].extend(windows),
                Err(error) => self.damaged.push((file, error.to_string())),
            }
        }
    }
}

/// `count` cuts of `whole` pixels from a photograph.
fn windows_of(path: &Path, whole: [usize; 2], count: usize, seed: Seed) -> Result<Vec<u8>> {
    with_picture(path, |picture| {
        let [h, w] = [picture.height, picture.width];
        if !holds([h, w], whole) {
            let problem = format!("turned upright it has {h}×{w} pixels, not {whole:?}");
            return Err(Error::file(path, problem, "give larger pictures"));
        }
        let roomy = |whole: usize| (whole as f64 * ROOM).ceil();
        let step = |own: usize, whole: usize| own as f64 / roomy(whole).min(own as f64);
        let (step, sides) = shrunk_by(picture, step(h, whole[0]).min(step(w, whole[1])));
        let mut rng = seed.rng();
        let windows = (0..count).map(|_| {
            let [top, left] = [0, 1]
                .map(|axis| rng.random_range(0..=(sides[axis] - whole[axis]) as u64) as usize);
            let cut = Cut {
                top,
                left,
                size: whole,
                step,
            };
            average(picture, cut)
        });
        Ok(windows.collect::<Vec<_>>().concat())
    })
}
