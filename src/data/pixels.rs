//! Images as bytes, and the statistics that normalise them.

use rand::seq::SliceRandom;

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

    /// Mean and population standard deviation of every channel, of bytes scaled to \[0, 1\].
    ///
    /// The sums are of whole numbers, so they are exact in any order.
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
                ((mean / 255.0) as f32, (variance.sqrt() / 255.0) as f32)
            })
            .unzip()
    }

    /// The images as numbers, `(byte / 255 - mean) / std` per channel, `[N, C, H, W]`.
    ///
    /// A channel that never varies is divided by 1/255 instead of 0.
    ///
    /// # Panics
    /// If `mean` and `std` do not have one entry per channel.
    #[track_caller]
    pub fn normalised(&self, mean: &[f32], std: &[f32]) -> Tensor<f32> {
        let [_, c, h, w] = self.shape;
        assert!(
            mean.len() == c && std.len() == c,
            "Pixels::normalised: {c} channels, but {} means and {} deviations",
            mean.len(),
            std.len()
        );
        // A byte has 256 values: each is normalised once.
        let tables: Vec<[f32; 256]> = (0..c)
            .map(|channel| {
                let deviation = std[channel].max(1.0 / 255.0);
                std::array::from_fn(|byte| (byte as f32 / 255.0 - mean[channel]) / deviation)
            })
            .collect();
        let mut numbers = Vec::with_capacity(self.data.len());
        for (i, plane) in self.data.chunks_exact((h * w).max(1)).enumerate() {
            let table = &tables[i % c];
            numbers.extend(plane.iter().map(|&byte| table[usize::from(byte)]));
        }
        Tensor::from_vec(numbers, &self.shape)
    }
}

/// Images with one label each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// `[N, C, H, W]`.
    pub images: Pixels,
    /// N class numbers.
    pub labels: Vec<usize>,
}

impl Labelled {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

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
    use super::*;

    #[test]
    fn normalised_images_have_mean_0_and_deviation_1() {
        let images = Pixels {
            data: (0..2 * 3 * 4 * 5).map(|i| (i * 37 % 251) as u8).collect(),
            shape: [2, 3, 4, 5],
        };
        let (mean, std) = images.channel_statistics();
        let numbers = images.normalised(&mean, &std);
        for channel in 0..3 {
            let values: Vec<f64> = (0..2)
                .flat_map(|n| (0..20).map(move |i| (n * 3 + channel) * 20 + i))
                .map(|i| f64::from(numbers.data()[i]))
                .collect();
            let mean = values.iter().sum::<f64>() / 40.0;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 40.0;
            assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn a_constant_channel_stays_finite() {
        let images = Pixels {
            data: vec![9; 8],
            shape: [2, 1, 2, 2],
        };
        let (mean, std) = images.channel_statistics();
        assert!(images.normalised(&mean, &std).is_finite());
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
