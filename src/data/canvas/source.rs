//! The canvas as a source of batches and of wide images.

use std::ops::Range;

use rayon::prelude::*;

use super::{Gallery, Window, label};
use crate::data::augment::{self, Augment};
use crate::data::pixels::{Labelled, Pixels};
use crate::data::source::{Batch, Source};
use crate::data::wide::{Wide, WideImages, gather};
use crate::error::Result;
use crate::rng::Seed;

/// The planes of one set, which never end.
#[derive(Clone, Copy)]
pub(in crate::data) struct Planes {
    pub gallery: Gallery,
    size: usize,
}

impl Planes {
    pub fn new(seed: Seed, split: &str, channels: usize, size: usize) -> Planes {
        let gallery = Gallery::new(seed, split, channels);
        Planes { gallery, size }
    }
}

impl WideImages for Planes {
    fn shape(&self) -> [usize; 3] {
        [self.gallery.channels, self.size, self.size]
    }

    fn count(&self) -> Option<usize> {
        None
    }

    fn wide(&self, range: Range<usize>, margin: usize) -> Result<Wide> {
        let window = Window::around(self.size, margin);
        gather(self, range, margin, |i| {
            Ok((self.gallery.paint(i, window), Some(label(i))))
        })
    }
}

/// The first images of a set in memory; a crop that moves shows what the plane has there.
pub(in crate::data) struct Paintings {
    planes: Planes,
    images: Labelled,
}

impl Paintings {
    pub fn new(planes: Planes, count: usize) -> Paintings {
        let images = planes.gallery.images(count, planes.size);
        Paintings { planes, images }
    }
}

impl Source for Paintings {
    fn shape(&self) -> [usize; 3] {
        self.images.shape()
    }

    fn len(&self) -> usize {
        self.images.len()
    }

    fn labels(&self) -> Option<&[usize]> {
        self.images.labels()
    }

    fn batch(&self, indices: &[usize]) -> Result<Batch> {
        self.images.batch(indices)
    }

    fn statistics(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        self.images.statistics()
    }

    fn augmented(&self, indices: &[usize], augment: &Augment, seed: Seed) -> Result<Batch> {
        let [channels, height, width] = self.shape();
        let shape = [indices.len(), channels, height, width];
        let mut data = vec![0; shape.iter().product()];
        let images = data.par_chunks_mut(channels * height * width);
        images.zip(indices).for_each(|(image, &index)| {
            let change = augment.change(seed, index);
            match (change.down, change.right) {
                (0, 0) => image.copy_from_slice(self.images.images.image(index)),
                (top, left) => {
                    let moved = Window {
                        top,
                        left,
                        height,
                        width,
                    };
                    image.copy_from_slice(&self.planes.gallery.paint(index, moved));
                }
            }
            if change.flip {
                augment::mirror(image, width);
            }
        });
        let labels = indices.iter().map(|&i| label(i)).collect();
        Ok((Pixels { data, shape }.to_tensor(), labels))
    }
}
