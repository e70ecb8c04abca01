//! A data set in memory: batches to train and test with, and wide images.

use std::ops::Range;
use std::path::PathBuf;

use rayon::prelude::*;

use super::augment::{self, Augment, Change};
use super::canvas::{self, Gallery, Window};
use super::config::Windows;
use super::folder;
use super::mosaic::Mosaic;
use super::pixels::{Labelled, Pixels};
use crate::error::{Error, Result};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// The widest margin that can be asked for, in pixels.
const WIDEST_MARGIN: usize = 1 << 14;

/// A training set and a test set of images of one shape.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The name it was loaded under.
    pub name: String,
    /// Class names, in label order.
    pub classes: Vec<String>,
    /// C.
    pub channels: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
    /// Images to train with.
    pub train: Labelled,
    /// Images to test with.
    pub test: Labelled,
    /// Mean of each channel over the training set, in \[0, 1\]; every batch is normalised with it.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel over the training set, in the same units.
    pub std: Vec<f32>,
    source: Source,
}

/// Where pixels beyond the border of an image come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Canvas {
        train: Gallery,
        test: Gallery,
    },
    Mosaic(Mosaic),
    Folder {
        files: Vec<PathBuf>,
        labelled: bool,
        windows: Windows,
        seed: Seed,
    },
}

/// Images with a margin of their true surroundings.
#[derive(Clone, Debug)]
pub struct Wide {
    /// `[N, C, H + 2m, W + 2m]`, normalised as all batches are.
    pub images: Tensor<f32>,
    /// The class of each image's middle; `None` where pictures have no classes.
    pub labels: Vec<Option<usize>>,
}

impl Dataset {
    pub(super) fn new(
        name: String,
        classes: Vec<String>,
        train: Labelled,
        test: Labelled,
        source: Source,
    ) -> Dataset {
        let [_, channels, height, width] = train.images.shape;
        let (mean, std) = train.images.channel_statistics();
        Dataset {
            name,
            classes,
            channels,
            height,
            width,
            train,
            test,
            mean,
            std,
            source,
        }
    }

    /// Training images `indices`, normalised, with their labels.
    ///
    /// Each image's random change depends on `seed` and its index alone; a new epoch needs a new
    /// seed.
    ///
    /// # Shapes
    /// `[N, C, H, W]` and N labels for N indices.
    ///
    /// # Panics
    /// If an index is beyond the training set.
    #[track_caller]
    pub fn train_batch(
        &self,
        indices: &[usize],
        augment: Option<&Augment>,
        seed: Seed,
    ) -> (Tensor<f32>, Vec<usize>) {
        check(
            indices.iter().all(|&i| i < self.train.len()),
            "training",
            &self.train,
        );
        let batch = match augment {
            Some(augment) => self.augmented(indices, augment, seed),
            None => self.train.select(indices).images,
        };
        let labels = indices.iter().map(|&i| self.train.labels[i]).collect();
        (batch.normalised(&self.mean, &self.std), labels)
    }

    /// Test images `range`, normalised, with their labels.
    ///
    /// # Shapes
    /// `[N, C, H, W]` and N labels.
    ///
    /// # Panics
    /// If the range goes beyond the test set.
    #[track_caller]
    pub fn test_batch(&self, range: Range<usize>) -> (Tensor<f32>, Vec<usize>) {
        check(range.end <= self.test.len(), "test", &self.test);
        let indices: Vec<usize> = range.collect();
        let batch = self.test.select(&indices);
        (batch.images.normalised(&self.mean, &self.std), batch.labels)
    }

    fn augmented(&self, indices: &[usize], augment: &Augment, seed: Seed) -> Pixels {
        let shape = [indices.len(), self.channels, self.height, self.width];
        let area = self.height * self.width;
        let mut data = vec![0; shape.iter().product()];
        data.par_chunks_mut(self.channels * area)
            .zip(indices)
            .for_each(|(image, &index)| {
                let change = augment.change(seed, index);
                match &self.source {
                    Source::Canvas { train, .. } => self.repaint(train, index, change, image),
                    _ => {
                        let from = self.train.images.image(index).chunks_exact(area);
                        for (from, to) in from.zip(image.chunks_exact_mut(area)) {
                            augment::apply(change, from, self.width, to);
                        }
                    }
                }
            });
        Pixels { data, shape }
    }

    /// A window of the plane of a training image, moved as the crop says.
    fn repaint(&self, gallery: &Gallery, index: usize, change: Change, image: &mut [u8]) {
        if (change.down, change.right) == (0, 0) {
            image.copy_from_slice(self.train.images.image(index));
        } else {
            let moved = Window {
                top: change.down,
                left: change.right,
                height: self.height,
                width: self.width,
            };
            image.copy_from_slice(&gallery.paint(index, moved));
        }
        if change.flip {
            augment::mirror(image, self.width);
        }
    }

    /// How many wide images there are; `None` where they never end.
    ///
    /// They end with the test set where each is centred on a test image of a mosaic or on a photo.
    pub fn wide_len(&self) -> Option<usize> {
        match &self.source {
            Source::Canvas { .. } => None,
            Source::Mosaic(Mosaic { windows, .. }) | Source::Folder { windows, .. } => {
                (*windows == Windows::Centred).then(|| self.test.len())
            }
        }
    }

    /// Wide images `range` with `margin` more pixels on each side, normalised.
    ///
    /// Image i depends on i and the configuration's seed alone, whatever the range.
    ///
    /// - `canvas`: the plane goes on. The middle of image i is test image i; beyond the test set
    ///   fresh ones follow.
    /// - Small images: a window on a mosaic of test images, drawn for each i, placed at random or
    ///   centred on test image i ([`Windows`]).
    /// - A folder: a crop of photo i of the test set, which goes round for `anywhere`. The photo is
    ///   shrunk only as far as the margin allows, so its content is larger than in the test set.
    ///
    /// # Errors
    /// If the range goes beyond [`Dataset::wide_len`], the margin is absurd, or a photo is too small
    /// for it or cannot be read.
    pub fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        let (pixels, labels) = self.wide_pixels(range, margin)?;
        Ok(Wide {
            images: pixels.normalised(&self.mean, &self.std),
            labels,
        })
    }

    /// The bytes of [`Dataset::wide`], `[N, C, H + 2m, W + 2m]`, and its labels.
    ///
    /// # Errors
    /// As for [`Dataset::wide`].
    pub fn wide_pixels(
        &self,
        range: Range<usize>,
        margin: usize,
    ) -> Result<(Pixels, Vec<Option<usize>>)> {
        self.check_wide(&range, margin)?;
        let shape = [
            range.len(),
            self.channels,
            self.height + 2 * margin,
            self.width + 2 * margin,
        ];
        let images: Vec<(Vec<u8>, Option<usize>)> = range
            .into_par_iter()
            .map(|i| self.wide_image(i, margin))
            .collect::<Result<_>>()?;
        let mut data = Vec::with_capacity(shape.iter().product());
        let mut labels = Vec::with_capacity(images.len());
        for (image, label) in images {
            data.extend(image);
            labels.push(label);
        }
        Ok((Pixels { data, shape }, labels))
    }

    fn wide_image(&self, index: usize, margin: usize) -> Result<(Vec<u8>, Option<usize>)> {
        Ok(match &self.source {
            Source::Canvas { test, .. } => {
                let window = Window::around(self.height, margin);
                (test.paint(index, window), Some(canvas::label(index)))
            }
            Source::Mosaic(mosaic) => {
                let (bytes, label) = mosaic.wide(&self.test, index, margin);
                (bytes, Some(label))
            }
            Source::Folder {
                files,
                labelled,
                windows,
                seed,
            } => {
                let photo = index % files.len();
                let seed = seed.child(index);
                let bytes = folder::wide(&files[photo], self.height, margin, *windows, seed)?;
                (bytes, labelled.then(|| self.test.labels[photo]))
            }
        })
    }

    fn check_wide(&self, range: &Range<usize>, margin: usize) -> Result<()> {
        if margin > WIDEST_MARGIN {
            return Err(Error::invalid(
                "wide images",
                format!("a margin of {margin} pixels is more than {WIDEST_MARGIN}"),
                "choose a smaller margin, or a network with a smaller receptive field",
            ));
        }
        match self.wide_len() {
            Some(length) if range.end > length => Err(Error::invalid(
                "wide images",
                format!("{} were asked for, but there are {length}", range.end),
                "ask for fewer, or set windows to anywhere, which never ends",
            )),
            _ => Ok(()),
        }
    }
}

#[track_caller]
fn check(within: bool, set: &str, images: &Labelled) {
    assert!(
        within,
        "Dataset: an index lies beyond the {set} set of {} images",
        images.len()
    );
}
