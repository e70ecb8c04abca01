//! A training set, a test set, and images to measure on, normalised in one way.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::augment::Augment;
use super::source::{Batch, Source};
use super::wide::{Wide, WideImages};
use crate::error::{Error, Result};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A training set and a test set of images of one shape, and, where PPP is to be measured, wide images.
///
/// ```
/// use padgrad::data::{Dataset, Tensors, WideTensors};
/// use padgrad::rng::Seed;
/// use padgrad::tensor::Tensor;
/// let mut rng = Seed(0).rng();
/// let mut images = |n, side| Tensor::randn(&[n, 3, side, side], &mut rng);
/// let train = Tensors::new(images(8, 16), vec![0, 1, 0, 1, 0, 1, 0, 1])?;
/// let test = Tensors::new(images(4, 16), vec![0, 1, 0, 1])?;
/// let data = Dataset::new(train, test, ["left", "right"])?
///     .standardise()?
///     .with_wide(WideTensors::new(images(40, 36), 10)?)?;
/// assert_eq!(data.wide(0..2, 5)?.images.shape(), [2, 3, 26, 26]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Dataset {
    /// Its name in messages.
    pub name: String,
    /// Class names, in label order.
    pub classes: Vec<String>,
    /// C.
    pub channels: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
    /// Images to train with, not normalised.
    pub train: Arc<dyn Source>,
    /// Images to test with, not normalised.
    pub test: Arc<dyn Source>,
    /// What is taken off every channel; 0 unless it was set.
    pub mean: Vec<f32>,
    /// What every channel is divided by then; 1 unless it was set.
    pub std: Vec<f32>,
    wide: Option<Arc<dyn WideImages>>,
    /// Pixels of true surroundings around every image to train and test with.
    margin: usize,
    /// Whether the test images are training images.
    pub(super) overlapping: bool,
}

impl Dataset {
    /// A data set of these images and class names, as they are: without normalisation.
    ///
    /// # Errors
    /// Where there are no images to train with, the shapes of the two sets differ, or a label has no class.
    pub fn new(
        train: impl Source + 'static,
        test: impl Source + 'static,
        classes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Dataset> {
        Dataset::shared(Arc::new(train), Arc::new(test), classes)
    }

    pub(super) fn shared(
        train: Arc<dyn Source>,
        test: Arc<dyn Source>,
        classes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Dataset> {
        let [channels, height, width] = train.shape();
        let data = Dataset {
            name: "own data".into(),
            classes: classes.into_iter().map(Into::into).collect(),
            channels,
            height,
            width,
            train,
            test,
            mean: vec![0.0; channels],
            std: vec![1.0; channels],
            wide: None,
            margin: 0,
            overlapping: false,
        };
        if data.train.is_empty() {
            return Err(Error::invalid(
                "training images",
                "there are none",
                "give at least one",
            ));
        }
        data.check_shape("test images", data.test.shape())?;
        for (set, source) in [("training", &data.train), ("test", &data.test)] {
            data.check_labels(set, source.labels().unwrap_or_default())?;
        }
        Ok(data)
    }

    /// The same data under another name.
    pub fn named(self, name: impl Into<String>) -> Dataset {
        let name = name.into();
        Dataset { name, ..self }
    }

    /// The same data, normalised by the mean and the standard deviation of every channel of the training
    /// images, which are read once.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn standardise(self) -> Result<Dataset> {
        let (mean, std) = self.train.statistics()?;
        self.normalise(mean, std)
    }

    /// The same data, normalised as (x - mean) / std per channel.
    ///
    /// # Errors
    /// Where there is not one finite mean and one positive deviation per channel.
    pub fn normalise(self, mean: Vec<f32>, std: Vec<f32>) -> Result<Dataset> {
        let sound = mean.iter().all(|m| m.is_finite())
            && std.iter().all(|s| s.is_finite() && *s > 0.0)
            && [mean.len(), std.len()] == [self.channels; 2];
        if sound {
            return Ok(Dataset { mean, std, ..self });
        }
        let problem = format!("means {mean:?} and deviations {std:?} cannot be used");
        let remedy = format!(
            "give a finite mean and a positive deviation for {} channels",
            self.channels
        );
        Err(Error::invalid("normalisation", problem, remedy))
    }

    /// The same data whose images to train and test with carry `margin` pixels of their true surroundings on each side,
    /// which are not part of them: a network reads them in the place of what its padding makes up.
    ///
    /// # Errors
    /// Where that leaves no image.
    pub fn with_margin(self, margin: usize) -> Result<Dataset> {
        let [height, width] = [self.height, self.width].map(|side| side.saturating_sub(2 * margin));
        if height == 0 || width == 0 {
            let problem = format!("a margin of {margin} pixels leaves nothing of them");
            return Err(Error::invalid(
                &self.name,
                problem,
                "use a smaller one, or larger images",
            ));
        }
        Ok(Dataset {
            height,
            width,
            margin,
            ..self
        })
    }

    /// Pixels of true surroundings around every image to train and test with: those of [`Dataset::with_margin`].
    pub fn margin(&self) -> usize {
        self.margin
    }

    /// The same data with images to measure on, which are normalised as all others; they need not show what
    /// the training images show.
    ///
    /// # Errors
    /// Where they have another shape than the training images.
    pub fn with_wide(self, wide: impl WideImages + 'static) -> Result<Dataset> {
        self.with_shared_wide(Arc::new(wide))
    }

    /// The same data with the wide images of `other`, normalised as this data.
    ///
    /// # Errors
    /// Where `other` has none, or of another shape.
    pub fn with_wide_of(self, other: &Dataset) -> Result<Dataset> {
        let wide = other.own_wide()?.clone();
        self.with_shared_wide(wide)
    }

    pub(super) fn with_shared_wide(self, wide: Arc<dyn WideImages>) -> Result<Dataset> {
        self.check_shape(wide.name(), wide.shape())?;
        let wide = Some(wide);
        Ok(Dataset { wide, ..self })
    }

    /// Training images `indices`, normalised, with their labels.
    ///
    /// Each image's random change depends on `seed` and its index alone; a new epoch needs a new
    /// seed.
    ///
    /// # Shapes
    /// [N, C, H, W] and N labels for N indices; H and W are larger by twice the [margin](Dataset::margin).
    ///
    /// # Errors
    /// Where images cannot be read, or have another shape, a value that is not finite or a label without a
    /// class.
    ///
    /// # Panics
    /// If an index is beyond the training set.
    #[track_caller]
    pub fn train_batch(
        &self,
        indices: &[usize],
        augment: Option<&Augment>,
        seed: Seed,
    ) -> Result<Batch> {
        check_range("training", indices, &*self.train);
        let batch = match augment {
            Some(augment) => self.train.augmented(indices, augment, seed),
            None => self.train.batch(indices),
        };
        self.usable("training", indices, batch?)
    }

    /// Test images `range`, normalised, with their labels.
    ///
    /// # Shapes
    /// [N, C, H, W] and N labels, as for training.
    ///
    /// # Errors
    /// As [`Dataset::train_batch`].
    ///
    /// # Panics
    /// If the range goes beyond the test set.
    #[track_caller]
    pub fn test_batch(&self, range: Range<usize>) -> Result<Batch> {
        let indices: Vec<usize> = range.collect();
        check_range("test", &indices, &*self.test);
        self.usable("test", &indices, self.test.batch(&indices)?)
    }

    /// Wide images `range` with `margin` more pixels on each side, normalised.
    ///
    /// Image i depends on i and the configuration's seed alone, whatever the range.
    ///
    /// - `canvas`: the plane goes on. The middle of image i is test image i; beyond the test set
    ///   fresh ones follow.
    /// - Small images: a window on a mosaic of test images, drawn for each i, at a random position or
    ///   centred on test image i ([`Windows`](super::Windows)).
    /// - A folder: a crop of photo i of the test set, which goes round for `anywhere`. The photo is
    ///   shrunk only as far as the margin allows, so its content is larger than in the test set.
    ///
    /// # Errors
    /// If there are no wide images, or not as many, the margin is absurd, or a photo is too small for it
    /// or cannot be read.
    pub fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        let mut wide = self.own_wide()?.wide(range, margin)?;
        self.normalise_images(&mut wide.images);
        Ok(wide)
    }

    /// How many wide images there are; `None` where they never end.
    pub fn wide_len(&self) -> Option<usize> {
        self.wide.as_ref().map_or(Some(0), |wide| wide.count())
    }

    /// Whether the test images are training images too: a folder of pictures without classes serves both.
    pub fn tests_on_training_images(&self) -> bool {
        self.overlapping || Arc::ptr_eq(&self.train, &self.test)
    }

    /// Whether test and training images are different choices from the same pictures, and may share some.
    pub fn overlapping_subsets(&self) -> bool {
        self.overlapping && !Arc::ptr_eq(&self.train, &self.test)
    }

    fn own_wide(&self) -> Result<&Arc<dyn WideImages>> {
        self.wide.as_ref().ok_or_else(|| {
            let remedy = "give it images with their surroundings (Dataset::with_wide)";
            Error::invalid(&self.name, "it has no wide images", remedy)
        })
    }

    fn usable(&self, set: &str, indices: &[usize], batch: Batch) -> Result<Batch> {
        let (mut images, labels) = batch;
        let [h, w] = [self.height, self.width].map(|side| side + 2 * self.margin);
        let wanted = [indices.len(), self.channels, h, w];
        let refuse = |problem: String| {
            let remedy = "give images [C, H, W] of one shape, finite, with one label each";
            Err(Error::invalid(
                format!("{set} images of {}", self.name),
                problem,
                remedy,
            ))
        };
        if images.shape() != wanted || labels.len() != indices.len() {
            let found = (images.shape(), labels.len());
            return refuse(format!(
                "{:?} with {} labels where {wanted:?} are asked for",
                found.0, found.1
            ));
        }
        self.check_labels(set, &labels)?;
        self.normalise_images(&mut images);
        if let Some(at) = images.data().iter().position(|v| !v.is_finite()) {
            let image = indices[at / wanted[1..].iter().product::<usize>()];
            return refuse(format!("image {image} holds a value that is not finite"));
        }
        Ok((images, labels))
    }

    fn normalise_images(&self, images: &mut Tensor<f32>) {
        let area = images.shape()[2..].iter().product::<usize>().max(1);
        for (i, plane) in images.data_mut().chunks_exact_mut(area).enumerate() {
            let (mean, std) = (self.mean[i % self.channels], self.std[i % self.channels]);
            plane.iter_mut().for_each(|v| *v = (*v - mean) / std);
        }
    }

    fn check_shape(&self, what: &str, found: [usize; 3]) -> Result<()> {
        let own = [self.channels, self.height, self.width];
        if found == own {
            return Ok(());
        }
        let problem = format!("their shape is {found:?}, that of the training images {own:?}");
        Err(Error::invalid(
            what,
            problem,
            "give images of one shape [C, H, W]",
        ))
    }

    fn check_labels(&self, set: &str, labels: &[usize]) -> Result<()> {
        let classes = self.classes.len();
        match labels.iter().find(|label| **label >= classes) {
            None => Ok(()),
            Some(label) => Err(Error::invalid(
                format!("labels of the {set} images of {}", self.name),
                format!("{label} is beyond {classes} classes"),
                "count labels from 0, and name every class",
            )),
        }
    }
}

impl WideImages for Dataset {
    fn name(&self) -> &str {
        &self.name
    }

    fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    fn count(&self) -> Option<usize> {
        self.wide_len()
    }

    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        Dataset::wide(self, range, margin)
    }
}

impl fmt::Debug for Dataset {
    /// Its name and sizes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = [self.channels, self.height, self.width];
        let (train, test) = (self.train.len(), self.test.len());
        write!(
            f,
            "Dataset({}, {train} + {test} images {shape:?})",
            self.name
        )
    }
}

#[track_caller]
fn check_range(set: &str, indices: &[usize], source: &dyn Source) {
    assert!(
        indices.iter().all(|&i| i < source.len()),
        "Dataset: an index lies beyond the {set} set of {} images",
        source.len()
    );
}
