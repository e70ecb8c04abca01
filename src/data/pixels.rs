//! Images as bytes, and the statistics that normalise them.

use rand::seq::SliceRandom;

use super::source::{Batch, Source};
use crate::error::{Error, Result};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// Images as bytes in row-major order, `[N, C, H, W]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// N·C·H·W bytes.
    pub data: Vec<u8>,
    /// `[N, C, H, W]`.
    pub shape: [usize; 4],
}

impl Pixels {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.shape[0]
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of one image, `[C, H, W]`.
    ///
    /// # Panics
    /// If there are not that many images.
    #[track_caller]
    pub fn image(&self, index: usize) -> &[u8] {
        let size: usize = self.shape[1..].iter().product();
        &self.data[index * size..(index + 1) * size]
    }

    /// Height × width, for messages.
    pub(super) fn size_text(&self) -> String {
        format!("{}×{}", self.shape[2], self.shape[3])
    }

    /// Mean and population standard deviation of every channel, of bytes scaled to \[0, 1\]; at least one
    /// step of a byte, so that a channel that never varies can be divided by it.
    ///
    /// The sums are of integers, so they are exact in any order.
    pub fn channel_statistics(&self) -> (Vec<f32>, Vec<f32>) {
        let [n, c, h, w] = self.shape;
        let count = (n * h * w) as f64;
        (0..c)
            .map(|channel| {
                let (mut sum, mut squares) = (0u64, 0u64);
                for plane in self.data.chunks_exact(h * w).skip(channel).step_by(c) {
                    for &byte in plane {
                        sum += u64::from(byte);
                        squares += u64::from(byte).pow(2);
                    }
                }
                let mean = sum as f64 / count;
                let variance = (squares as f64 / count - mean * mean).max(0.0);
                let std = (variance.sqrt() / 255.0) as f32;
                ((mean / 255.0) as f32, std.max(1.0 / 255.0))
            })
            .unzip()
    }

    /// The images as byte / 255, [N, C, H, W].
    pub fn to_tensor(&self) -> Tensor<f32> {
        let values = self.data.iter().map(|&byte| f32::from(byte) / 255.0);
        Tensor::from_vec(values.collect(), &self.shape)
    }
}

/// Images with one label each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// `[N, C, H, W]`.
    pub images: Pixels,
    /// N labels.
    pub labels: Vec<usize>,
}

impl Labelled {
    /// A set without images yet, of images `[C, H, W]`.
    pub(super) fn empty([c, h, w]: [usize; 3]) -> Labelled {
        Labelled {
            images: Pixels {
                data: Vec::new(),
                shape: [0, c, h, w],
            },
            labels: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, image: &[u8], label: usize) {
        self.images.data.extend_from_slice(image);
        self.images.shape[0] += 1;
        self.labels.push(label);
    }

    pub(super) fn append(&mut self, other: Labelled) {
        self.images.data.extend(other.images.data);
        self.images.shape[0] += other.labels.len();
        self.labels.extend(other.labels);
    }

    /// The images `indices`, in that order.
    pub(super) fn select(&self, indices: &[usize]) -> Labelled {
        let [_, c, h, w] = self.images.shape;
        let mut chosen = Labelled::empty([c, h, w]);
        for &i in indices {
            chosen.push(self.images.image(i), self.labels[i]);
        }
        chosen
    }
}

impl Source for Labelled {
    fn shape(&self) -> [usize; 3] {
        let [_, c, h, w] = self.images.shape;
        [c, h, w]
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self) -> Option<&[usize]> {
        Some(&self.labels)
    }

    fn batch(&self, indices: &[usize]) -> Result<Batch> {
        let chosen = self.select(indices);
        Ok((chosen.images.to_tensor(), chosen.labels))
    }

    fn statistics(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        Ok(self.images.channel_statistics())
    }
}

/// Which images a subset of `count` holds, in ascending order; all where no count is given.
///
/// The classes take turns, each giving its images in a random order, so that a small subset is as
/// balanced as the set allows.
pub(super) fn subset(
    labels: &[usize],
    count: Option<usize>,
    seed: Seed,
    what: &str,
) -> Result<Vec<usize>> {
    let count = count.unwrap_or(labels.len());
    if count > labels.len() {
        return Err(Error::usage(
            what,
            format!("{count} images, but there are {}", labels.len()),
            "ask for fewer, or leave it out to take all",
        ));
    }
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.shuffle(&mut seed.child("subset").child(what).rng());
    let mut taken = vec![0usize; labels.iter().max().map_or(0, |&m| m + 1)];
    let mut by_turn: Vec<(usize, usize)> = order
        .into_iter()
        .map(|i| {
            taken[labels[i]] += 1;
            (taken[labels[i]], i)
        })
        .collect();
    // Stable: within a turn the random order stays.
    by_turn.sort_by_key(|&(turn, _)| turn);
    let mut chosen: Vec<usize> = by_turn[..count].iter().map(|&(_, i)| i).collect();
    chosen.sort_unstable();
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::super::Tensors;
    use super::*;

    #[test]
    fn statistics_of_bytes_and_of_values_agree() {
        let data = (0..2 * 3 * 4 * 5).map(|i| (i * 37 % 251) as u8).collect();
        let shape = [2, 3, 4, 5];
        let bytes = Labelled {
            images: Pixels { data, shape },
            labels: vec![0, 1],
        };
        let values = Tensors::new(bytes.images.to_tensor(), vec![0, 1]).unwrap();
        let [(mean, std), (own_mean, own_std)] =
            [bytes.statistics(), values.statistics()].map(|found| found.unwrap());
        for (a, b) in mean.iter().zip(&own_mean).chain(std.iter().zip(&own_std)) {
            assert!(
                (a - b).abs() < 1e-6,
                "{mean:?} {own_mean:?} {std:?} {own_std:?}"
            );
        }
    }

    #[test]
    fn a_constant_channel_stays_finite() {
        let (data, shape) = (vec![9; 8], [2, 1, 2, 2]);
        let bytes = Labelled {
            images: Pixels { data, shape },
            labels: vec![0, 0],
        };
        let values = Tensors::new(bytes.images.to_tensor(), vec![0, 0]).unwrap();
        for found in [bytes.statistics(), values.statistics()] {
            let (mean, std) = found.unwrap();
            assert!(std[0] > 0.0 && (mean[0] - 9.0 / 255.0).abs() < 1e-7);
        }
    }

    #[test]
    fn a_subset_is_as_balanced_as_it_can_be() {
        let labels: Vec<usize> = (0..1000)
            .map(|i| if i < 900 { 0 } else { 1 + i % 4 })
            .collect();
        let chosen = subset(&labels, Some(60), Seed(1), "train_images").unwrap();
        let mut counts = [0; 5];
        chosen.iter().for_each(|&i| counts[labels[i]] += 1);
        assert_eq!(counts, [12; 5]);
        assert!(chosen.is_sorted());
        assert_ne!(
            chosen,
            subset(&labels, Some(60), Seed(2), "train_images").unwrap()
        );
        assert_eq!(subset(&labels, None, Seed(1), "x").unwrap().len(), 1000);
        let message = subset(&labels, Some(1001), Seed(1), "x").unwrap_err();
        assert!(
            message
                .to_string()
                .contains("1001 images, but there are 1000")
        );
    }
}
