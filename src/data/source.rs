//! Where batches come from: the trait of everything that can be trained on.

use rayon::prelude::*;

use super::augment::{self, Augment, Change};
use crate::error::{Error, Result};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Images [N, C, H, W] and N labels.
pub type Batch = (Tensor<f32>, Vec<usize>);

/// Images of one pass over a source.
const AT_ONCE: usize = 256;

/// Labelled images that are read by index; they need not fit into memory.
///
/// Values are the source's own; [`Dataset`](super::Dataset) normalises them. Batches are read on a thread
/// beside the training.
pub trait Source: Send + Sync {
    /// The shape [C, H, W] of every image.
    fn shape(&self) -> [usize; 3];

    /// The number of images.
    fn len(&self) -> usize;

    /// Whether there are no images.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Images `indices`, in that order.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn batch(&self, indices: &[usize]) -> Result<Batch>;

    /// The labels of all images, where they are known without reading images.
    fn labels(&self) -> Option<&[usize]> {
        None
    }

    /// Images `indices` after random crops and flips; each depends on `seed` and its index alone.
    ///
    /// Beyond its border an image is its own reflection; a source that knows the true pixels gives those. A source that
    /// draws more than that, such as where an image lies, draws it from `seed` as well.
    ///
    /// # Errors
    /// As [`Source::batch`].
    fn augmented(&self, indices: &[usize], augment: &Augment, seed: Seed) -> Result<Batch> {
        let (mut images, labels) = self.batch(indices)?;
        change_each(&mut images, indices, augment, seed);
        Ok((images, labels))
    }

    /// Mean and population standard deviation of every channel; 1 for one that never varies.
    ///
    /// # Errors
    /// As [`Source::batch`].
    fn statistics(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        let [channels, height, width] = self.shape();
        // About the first image's mean: without a shift, squares of large values would cancel.
        let mut sums = vec![[0.0f64; 3]; channels];
        let indices: Vec<usize> = (0..self.len()).collect();
        for part in indices.chunks(AT_ONCE) {
            let (images, _) = self.batch(part)?;
            let planes = images.data().chunks_exact((height * width).max(1));
            for (i, plane) in planes.enumerate() {
                let [shift, sum, squares] = &mut sums[i % channels.max(1)];
                if part[0] == 0 && i < channels {
                    *shift = plane.iter().map(|&v| f64::from(v)).sum::<f64>() / plane.len() as f64;
                }
                for v in plane.iter().map(|&v| f64::from(v) - *shift) {
                    *sum += v;
                    *squares += v * v;
                }
            }
        }
        let count = (self.len() * height * width).max(1) as f64;
        let of_channel = |[shift, sum, squares]: [f64; 3]| {
            let mean = sum / count;
            let std = (squares / count - mean * mean).max(0.0).sqrt();
            (
                (shift + mean) as f32,
                if std > 0.0 { std as f32 } else { 1.0 },
            )
        };
        Ok(sums.into_iter().map(of_channel).unzip())
    }
}

/// Crops and flips images `indices`, one after the other, each as `seed` and its index say.
pub(super) fn change_each(
    images: &mut Tensor<f32>,
    indices: &[usize],
    augment: &Augment,
    seed: Seed,
) {
    // What has another shape is refused by whoever asked for it.
    let &[_, channels, height, width] = images.shape() else {
        return;
    };
    let plane = (height * width).max(1);
    let changed = images.data_mut().par_chunks_mut((channels * plane).max(1));
    changed.zip(indices).for_each(|(image, &index)| {
        let change = augment.change(seed, index);
        if change != Change::default() {
            let from = image.to_vec();
            let planes = image.chunks_exact_mut(plane);
            for (from, to) in from.chunks_exact(plane).zip(planes) {
                augment::apply(change, from, width, to);
            }
        }
    });
}

/// A source whose batches a function reads.
///
/// ```
/// use padgrad::data::{FromFn, Source};
/// use padgrad::tensor::Tensor;
/// // A million images that are never in memory together.
/// let source = FromFn::new([1, 8, 8], 1_000_000, |indices: &[usize]| {
///     let values = indices.iter().flat_map(|&i| vec![i as f32; 64]).collect();
///     let images = Tensor::from_vec(values, &[indices.len(), 1, 8, 8]);
///     Ok((images, indices.iter().map(|i| i % 10).collect()))
/// });
/// assert_eq!(source.batch(&[7, 12])?.1, [7, 2]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
pub struct FromFn<F> {
    shape: [usize; 3],
    len: usize,
    read: F,
}

impl<F: Fn(&[usize]) -> Result<Batch> + Send + Sync> FromFn<F> {
    /// `len` images of `shape` [C, H, W], which `read` gives for indices.
    pub fn new(shape: [usize; 3], len: usize, read: F) -> FromFn<F> {
        FromFn { shape, len, read }
    }
}

impl<F: Fn(&[usize]) -> Result<Batch> + Send + Sync> Source for FromFn<F> {
    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn len(&self) -> usize {
        self.len
    }

    fn batch(&self, indices: &[usize]) -> Result<Batch> {
        (self.read)(indices)
    }
}

/// Images in memory.
///
/// ```
/// use padgrad::data::{Source, Tensors};
/// use padgrad::tensor::Tensor;
/// let images = Tensor::from_vec((0..8).map(|v| v as f32).collect(), &[2, 1, 2, 2]);
/// let source = Tensors::new(images, vec![0, 1])?;
/// assert_eq!(source.batch(&[1])?.0.data(), [4.0, 5.0, 6.0, 7.0]);
/// # Ok::<(), padgrad::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tensors {
    images: Tensor<f32>,
    labels: Vec<usize>,
}

impl Tensors {
    /// Images [N, C, H, W] with N labels.
    ///
    /// # Errors
    /// Where the numbers of axes, images and labels do not fit, or a value is not finite.
    pub fn new(images: Tensor<f32>, labels: Vec<usize>) -> Result<Tensors> {
        check_values("images", &images)?;
        let found = images.shape()[0];
        if labels.len() != found {
            let problem = format!("{} for {found} images", labels.len());
            return Err(Error::invalid("labels", problem, "give one for each image"));
        }
        Ok(Tensors { images, labels })
    }
}

impl Source for Tensors {
    fn shape(&self) -> [usize; 3] {
        let [_, c, h, w] = self.images.nchw("images");
        [c, h, w]
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self) -> Option<&[usize]> {
        Some(&self.labels)
    }

    fn batch(&self, indices: &[usize]) -> Result<Batch> {
        let [_, c, h, w] = self.images.nchw("images");
        let image = |i: usize| &self.images.data()[i * c * h * w..(i + 1) * c * h * w];
        let values = indices.iter().flat_map(|&i| image(i)).copied().collect();
        let images = Tensor::from_vec(values, &[indices.len(), c, h, w]);
        Ok((images, indices.iter().map(|&i| self.labels[i]).collect()))
    }
}

/// Checks that images are [N, C, H, W] and finite.
pub(super) fn check_values(what: &str, images: &Tensor<f32>) -> Result<()> {
    let shape = images.shape();
    if shape.len() != 4 || shape[1..].contains(&0) {
        let problem = format!("a tensor of shape {shape:?}");
        return Err(Error::invalid(what, problem, "give images [N, C, H, W]"));
    }
    let Some(at) = images.data().iter().position(|v| !v.is_finite()) else {
        return Ok(());
    };
    let (image, value) = (at / shape[1..].iter().product::<usize>(), images.data()[at]);
    let problem = format!("image {image} holds {value}");
    Err(Error::invalid(what, problem, "give values that are finite"))
}
