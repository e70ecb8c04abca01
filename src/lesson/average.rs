//! The average: images stream by, and the mean of D converges to the pattern.

use serde::{Deserialize, Serialize};

use super::content;
use super::map::{Map, within};
use super::networks::{TRAINED, both, difference};
use crate::error::Result;
use crate::nn::Model;
use crate::rng::Seed;

/// Begins anew.
#[derive(Clone, Debug, Deserialize)]
pub struct AverageStart {
    /// The padding's name.
    pub padding: String,
}

/// Adds images to the mean.
#[derive(Clone, Debug, Deserialize)]
pub struct AverageNext {
    /// How many.
    pub count: usize,
}

/// A network, the same without padding, and sums over the images so far.
pub struct Average {
    model: Model<f32>,
    control: Model<f32>,
    margin: usize,
    images: usize,
    /// Σ D and Σ D² at every channel and position of the last convolution.
    sums: [Vec<f64>; 2],
    /// The largest |D| without padding, ever.
    largest_of_control: f32,
}

/// The mean so far.
#[derive(Clone, Debug, Serialize)]
pub struct Mean {
    /// Images so far.
    pub images: usize,
    /// The last image.
    pub image: Map,
    /// Its own D, averaged over channels.
    pub one: Map,
    /// The mean of D over all images so far, averaged over channels.
    pub mean: Map,
    /// The mean over channels and positions of |mean of D|.
    pub size: f64,
    /// What that would be by chance alone; none for one image.
    pub chance: Option<f64>,
    /// The largest |D| without padding over all images, channels and positions so far.
    pub control: f32,
}

impl AverageStart {
    /// A network with this padding, freshly initialised.
    ///
    /// # Errors
    /// Where the padding is unknown.
    pub fn start(&self) -> Result<Average> {
        let model = TRAINED.build(&self.padding, Seed(0))?;
        Ok(Average {
            margin: model.needed_margin()?,
            model,
            control: TRAINED.build("valid", Seed(0))?,
            images: 0,
            sums: [Vec::new(), Vec::new()],
            largest_of_control: 0.0,
        })
    }
}

impl Average {
    /// Adds images.
    ///
    /// # Errors
    /// Where none or too many are asked for at once.
    pub fn next(&mut self, next: &AverageNext) -> Result<Mean> {
        let count = within("images", next.count, [1, 64])?;
        let range = self.images..self.images + count;
        let (wide, _) = content::images("test", range.clone(), TRAINED.side, self.margin);
        let layer = TRAINED.layer(TRAINED.strides.len() - 1);
        let [a, b] = both(&self.model, &wide, self.margin)?;
        let d = difference(&a.layers[&layer], &b.layers[&layer]);
        let size = d.len() / count;
        for sums in &mut self.sums {
            sums.resize(size, 0.0);
        }
        let [sums, squares] = &mut self.sums;
        for image in d.data().chunks(size) {
            for ((sum, square), d) in sums.iter_mut().zip(&mut *squares).zip(image) {
                *sum += f64::from(*d);
                *square += f64::from(*d).powi(2);
            }
        }
        let [a, b] = both(&self.control, &wide, self.margin)?;
        let of_control = difference(&a.layers[&layer], &b.layers[&layer]);
        let largest = of_control.data().iter().fold(0.0f32, |m, d| m.max(d.abs()));
        self.largest_of_control = self.largest_of_control.max(largest);
        self.images = range.end;
        let (image, _) = content::images("test", range.end - 1..range.end, TRAINED.side, 0);
        Ok(self.mean(
            Map::mean_of(&image),
            Map::mean_of(&d.rows(count - 1..count)),
        ))
    }

    fn mean(&self, image: Map, one: Map) -> Mean {
        let n = self.images as f64;
        let [sums, squares] = &self.sums;
        let area = one.values.len();
        let mut mean = vec![0.0; area];
        let (mut size, mut chance) = (0.0, 0.0);
        for (i, (sum, square)) in sums.iter().zip(squares).enumerate() {
            mean[i % area] += sum / n * area as f64 / sums.len() as f64;
            size += (sum / n).abs();
            let variance = (square - sum * sum / n).max(0.0) / (n - 1.0);
            chance += (2.0 / std::f64::consts::PI * variance / n).sqrt();
        }
        let count = sums.len() as f64;
        Mean {
            images: self.images,
            image,
            mean: Map {
                shape: one.shape,
                values: mean.into_iter().map(|v| v as f32).collect(),
            },
            one,
            size: size / count,
            chance: (self.images > 1).then_some(chance / count),
            control: self.largest_of_control,
        }
    }
}
