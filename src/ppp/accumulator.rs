//! Streamed sums over images of one layer's features, kept apart by block.

use rayon::prelude::*;

use super::interval::BLOCKS;
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
    fn add(&mut self, other: &mut Sums, factor: f64) {
        self.images += factor * other.images;
        for (own, other) in self.fields().into_iter().zip(other.fields()) {
            own.iter_mut()
                .zip(other)
                .for_each(|(a, b)| *a += factor * *b);
        }
    }
}

/// The running sums of one layer: memory grows with the layer, not with the number of images.
pub struct Accumulator {
    shape: [usize; 3],
    images: usize,
    seen: usize,
    blocks: Vec<Sums>,
}

impl Accumulator {
    /// Sums for features of shape [C, h, w] over `images` images in all.
    pub fn new(shape: [usize; 3], images: usize) -> Accumulator {
        let len = shape.iter().product();
        Accumulator {
            shape,
            images,
            seen: 0,
            blocks: vec![Sums::zeros(len); BLOCKS],
        }
    }

    /// The shape [C, h, w] of the features.
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
        for image in 0..batch {
            let block = (self.seen + image) * BLOCKS / self.images;
            let range = image * len..(image + 1) * len;
            add_image(
                &mut self.blocks[block],
                &a.data()[range.clone()],
                &b.data()[range],
            );
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

    /// The sums over all images.
    pub(super) fn all(&mut self) -> Sums {
        let mut all = Sums::zeros(self.shape.iter().product());
        for block in &mut self.blocks {
            all.add(block, 1.0);
        }
        all
    }

    /// The sums over `all` images but those of one block.
    pub(super) fn without(&mut self, block: usize, all: &Sums) -> Sums {
        let mut rest = all.clone();
        rest.add(&mut self.blocks[block], -1.0);
        rest
    }
}

/// Below this many elements a piece stays on one thread.
const PIECE: usize = 1 << 12;

fn add_image<T: Element>(sums: &mut Sums, a: &[T], b: &[T]) {
    sums.images += 1.0;
    let [d, d_squared, b_sum, d_abs, b_squared] = sums.fields();
    d.par_chunks_mut(PIECE)
        .zip(d_squared.par_chunks_mut(PIECE))
        .zip(b_sum.par_chunks_mut(PIECE))
        .zip(d_abs.par_chunks_mut(PIECE))
        .zip(b_squared.par_chunks_mut(PIECE))
        .zip(a.par_chunks(PIECE).zip(b.par_chunks(PIECE)))
        .for_each(|(((((d, d_squared), b_sum), d_abs), b_squared), (a, b))| {
            for i in 0..a.len() {
                let (a, b) = (a[i].as_f64(), b[i].as_f64());
                let difference = a - b;
                d[i] += difference;
                d_squared[i] += difference * difference;
                b_sum[i] += b;
                d_abs[i] += difference.abs();
                b_squared[i] += b * b;
            }
        });
}
