//! Streamed sums over images of one layer's features, kept apart by block.

use rayon::prelude::*;

use crate::kernels::vectors::{self, Loop};
use crate::statistics::BLOCKS;
use crate::tensor::{Element, Tensor};

/// Sums over the images of one block, or of several.
///
/// Every sum is per channel and position, [C·h·w].
#[derive(Clone)]
pub(super) struct Sums {
    /// How many images.
    pub images: f64,
    /// Σ D.
    pub d: Vec<f64>,
    /// Σ D².
    pub d_squared: Vec<f64>,
    /// Σ B.
    pub b: Vec<f64>,
    /// Σ |D|.
    pub d_abs: Vec<f64>,
    /// Σ B².
    pub b_squared: Vec<f64>,
}

impl Sums {
    fn zeros(len: usize) -> Sums {
        let zeros = || vec![0.0; len];
        Sums {
            images: 0.0,
            d: zeros(),
            d_squared: zeros(),
            b: zeros(),
            d_abs: zeros(),
            b_squared: zeros(),
        }
    }

    /// Adds images one after the other, whose features under the scheme are `a` and under optimal
    /// padding `b`.
    fn add_images<T: Element>(&mut self, a: &[T], b: &[T]) {
        let len = self.d.len();
        if len == 0 {
            return;
        }
        self.images += (a.len() / len) as f64;
        let mut fields = self.fields().map(|field| field.chunks_mut(PIECE));
        let pieces: Vec<[&mut [f64]; 5]> = (0..len.div_ceil(PIECE))
            .map(|_| fields.each_mut().map(|f| f.next().unwrap_or_default()))
            .collect();
        pieces
            .into_par_iter()
            .enumerate()
            .with_min_len(AT_LEAST)
            .for_each(|(piece, sums)| {
                let offset = [piece * PIECE, len];
                vectors::run(AddImages { sums, offset, a, b });
            });
    }

    fn fields(&mut self) -> [&mut Vec<f64>; 5] {
        [
            &mut self.d,
            &mut self.d_squared,
            &mut self.b,
            &mut self.d_abs,
            &mut self.b_squared,
        ]
    }

    /// Adds `factor` times the sums of `other`.
    fn add(&mut self, other: &Sums, factor: f64) {
        self.images += factor * other.images;
        let others = [
            &other.d,
            &other.d_squared,
            &other.b,
            &other.d_abs,
            &other.b_squared,
        ];
        for (own, other) in self.fields().into_iter().zip(others) {
            own.iter_mut()
                .zip(other)
                .for_each(|(a, b)| *a += factor * *b);
        }
    }
}

/// The running sums of one layer: memory grows with the layer, not with the number of images.
pub struct Accumulator {
    shape: [usize; 3],
    /// Of how many channels one is kept.
    every: usize,
    images: usize,
    seen: usize,
    blocks: Vec<Sums>,
}

impl Accumulator {
    /// What one feature takes in each block.
    pub(super) const BYTES_A_FEATURE: usize = 5 * size_of::<f64>();

    /// Sums for features of shape [C, h, w] over `images` images in all.
    pub fn new(shape: [usize; 3], images: usize) -> Accumulator {
        Accumulator::at_most(usize::MAX, shape, images)
    }

    /// The same for at most `most` features where they are more: evenly spread channels stand for all.
    pub fn at_most(most: usize, [channels, h, w]: [usize; 3], images: usize) -> Accumulator {
        let every = (channels * h * w)
            .div_ceil(most.max(1))
            .clamp(1, channels.max(1));
        let shape = [channels.div_ceil(every), h, w];
        let len = shape.iter().product();
        Accumulator {
            shape,
            every,
            images,
            seen: 0,
            blocks: vec![Sums::zeros(len); BLOCKS],
        }
    }

    /// The shape [C, h, w] of the features that are kept.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Adds a batch of features under the scheme (`a`) and under optimal padding (`b`).
    ///
    /// # Shapes
    /// Both [N, C, h, w] (or [N, C] for h = w = 1).
    ///
    /// # Panics
    /// If the shapes do not fit, or more images come than were announced.
    #[track_caller]
    pub fn add<T: Element>(&mut self, a: &Tensor<T>, b: &Tensor<T>) {
        match self.every {
            1 => self.add_kept(a, b),
            every => self.add_kept(&thinned(a, every), &thinned(b, every)),
        }
    }

    #[track_caller]
    fn add_kept<T: Element>(&mut self, a: &Tensor<T>, b: &Tensor<T>) {
        let len: usize = self.shape.iter().product();
        let batch = a.len() / len.max(1);
        assert!(
            a.len() == b.len() && batch * len == a.len(),
            "Accumulator::add: features of shape {:?} and {:?} for a layer of {:?}",
            a.shape(),
            b.shape(),
            self.shape
        );
        assert!(
            self.seen + batch <= self.images,
            "Accumulator::add: {} images come where {} were announced",
            self.seen + batch,
            self.images
        );
        let mut image = 0;
        while image < batch {
            let block = (self.seen + image) * BLOCKS / self.images;
            // The first image, of all, that the block does not hold.
            let end = ((block + 1) * self.images).div_ceil(BLOCKS) - self.seen;
            let range = image * len..end.min(batch) * len;
            let (a, b) = (&a.data()[range.clone()], &b.data()[range]);
            self.blocks[block].add_images(a, b);
            image = end;
        }
        self.seen += batch;
    }

    /// The mean of D over the images seen so far, [C, h, w].
    pub(super) fn mean_difference(&self) -> Tensor<f32> {
        let mut total = vec![0.0; self.shape.iter().product()];
        for block in &self.blocks {
            total.iter_mut().zip(&block.d).for_each(|(t, d)| *t += d);
        }
        let mean = total.iter().map(|t| (t / self.seen as f64) as f32);
        Tensor::from_vec(mean.collect(), &self.shape)
    }

    /// The mean of B over the images of each block that has some, [C·h·w].
    pub(super) fn mean_content(&self) -> impl Iterator<Item = Vec<f64>> {
        let seen = self.blocks.iter().filter(|block| block.images > 0.0);
        seen.map(|block| block.b.iter().map(|b| b / block.images).collect())
    }

    /// The mean of D over the images of each block, [C·h·w].
    pub(super) fn block_differences(&self) -> Vec<Vec<f64>> {
        let mean = |block: &Sums| block.d.iter().map(|d| d / block.images).collect();
        self.blocks.par_iter().map(mean).collect()
    }

    /// The sums over all images.
    pub(super) fn all(&self) -> Sums {
        let mut all = Sums::zeros(self.shape.iter().product());
        for block in &self.blocks {
            all.add(block, 1.0);
        }
        all
    }

    /// The sums over `all` images but those of one block.
    pub(super) fn without(&self, block: usize, all: &Sums) -> Sums {
        let mut rest = all.clone();
        rest.add(&self.blocks[block], -1.0);
        rest
    }
}

/// Every `every`-th channel of [N, C, h, w], from the first on.
fn thinned<T: Element>(features: &Tensor<T>, every: usize) -> Tensor<T> {
    let [n, channels, h, w] = features.nchw("Accumulator::add");
    let images = features.data().chunks(channels * h * w);
    let kept = images.flat_map(|image| image.chunks(h * w).step_by(every).flatten());
    let data = kept.copied().collect();
    Tensor::from_vec(data, &[n, channels.div_ceil(every), h, w])
}

/// Elements per piece of work: their sums stay in the first-level cache from image to image.
const PIECE: usize = 1 << 9;
/// Pieces that stay on one thread.
const AT_LEAST: usize = 4;

/// Adds some images to the sums of a piece of a layer.
struct AddImages<'a, T> {
    /// In the order of [`Sums::fields`].
    sums: [&'a mut [f64]; 5],
    /// Where the piece begins within an image, and the size of an image.
    offset: [usize; 2],
    a: &'a [T],
    b: &'a [T],
}

impl<T: Element> Loop for AddImages<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let [start, image] = self.offset;
        let [d, d_squared, b_sum, d_abs, b_squared] = self.sums;
        let len = d.len();
        // Slices of one length let the compiler leave out the checks of the loop below.
        let [d_squared, b_sum, d_abs, b_squared] =
            [d_squared, b_sum, d_abs, b_squared].map(|s| &mut s[..len]);
        for (a, b) in self.a.chunks_exact(image).zip(self.b.chunks_exact(image)) {
            let (a, b) = (&a[start..][..len], &b[start..][..len]);
            for i in 0..len {
                let (a, b) = (a[i].as_f64(), b[i].as_f64());
                let difference = a - b;
                d[i] += difference;
                d_squared[i] += difference * difference;
                b_sum[i] += b;
                d_abs[i] += difference.abs();
                b_squared[i] += b * b;
            }
        }
    }
}
