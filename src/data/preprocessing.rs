//! How pixels become what a network was trained on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The order of a network's input channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Order {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red, as OpenCV reads pictures.
    Bgr,
    /// One channel of brightness: 0.299 R + 0.587 G + 0.114 B, as BT.601 defines luma.
    Grey,
}

/// From pixels to a network's input: x = (v · scale - mean) / std per channel, v from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// The order of the channels.
    pub order: Order,
    /// What white is: 1, or 255 for networks that were given bytes.
    pub scale: f32,
    /// What is taken off every channel, in units of `scale`.
    pub mean: Vec<f32>,
    /// What every channel is divided by then.
    pub std: Vec<f32>,
}

impl fmt::Display for Preprocessing {
    /// As in `RGB, white 1, less the mean 0.5, over the deviation 0.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            Order::Rgb => "RGB",
            Order::Bgr => "BGR",
            Order::Grey => "brightness (one channel)",
        };
        let [mean, std] = [&self.mean, &self.std].map(|values| {
            let values: Vec<String> = values.iter().map(f32::to_string).collect();
            values.join(", ")
        });
        let scale = self.scale;
        write!(
            f,
            "{order}, white {scale}, less the mean {mean}, over the deviation {std}"
        )
    }
}

impl Preprocessing {
    /// The same for a network of this many input channels, whose single mean or deviation stands for all.
    ///
    /// # Errors
    /// Where channels and values do not fit each other, or a value cannot be used.
    pub fn for_channels(mut self, channels: usize) -> Result<Preprocessing> {
        match (channels, self.order) {
            (1, _) => self.order = Order::Grey,
            (3, Order::Rgb | Order::Bgr) => {}
            _ => {
                let problem = format!(
                    "{:?} pictures for a network of {channels} channels",
                    self.order
                );
                let remedy = "only networks of one or three channels can be given pictures";
                return Err(Error::usage("input", problem, remedy));
            }
        }
        for (what, values) in [("mean", &mut self.mean), ("std", &mut self.std)] {
            if let [one] = values.as_slice() {
                *values = vec![*one; channels];
            }
            let usable = |v: &f32| v.is_finite() && (what == "mean" || *v > 0.0);
            if values.len() != channels || !values.iter().all(usable) {
                let problem = format!("{values:?} for {channels} channels");
                let remedy = "give one finite value for each channel, deviations above 0";
                return Err(Error::usage(what, problem, remedy));
            }
        }
        match self.scale.is_finite() && self.scale > 0.0 {
            true => Ok(self),
            false => Err(Error::usage(
                "scale",
                format!("{} is not what white can be", self.scale),
                "give 1, or 255 for a network that takes bytes",
            )),
        }
    }

    /// The input for pictures [N, 3, H, W] in RGB, from 0 to 1.
    ///
    /// # Panics
    /// If there are not three channels.
    #[track_caller]
    pub fn apply(&self, pictures: &Tensor<f32>) -> Tensor<f32> {
        let [n, channels, h, w] = pictures.nchw("Preprocessing");
        assert!(
            channels == 3,
            "Preprocessing: pictures of {channels} channels"
        );
        let mut data = Vec::with_capacity(n * self.mean.len() * h * w);
        for picture in pictures.data().chunks(3 * h * w) {
            let (red, rest) = picture.split_at(h * w);
            let (green, blue) = rest.split_at(h * w);
            let grey: Vec<f32>;
            let planes: &[&[f32]] = match self.order {
                Order::Rgb => &[red, green, blue],
                Order::Bgr => &[blue, green, red],
                Order::Grey => {
                    let luma = |i: usize| 0.299 * red[i] + 0.587 * green[i] + 0.114 * blue[i];
                    grey = (0..h * w).map(luma).collect();
                    &[&grey]
                }
            };
            for ((plane, mean), std) in planes.iter().zip(&self.mean).zip(&self.std) {
                data.extend(plane.iter().map(|v| (v * self.scale - mean) / std));
            }
        }
        Tensor::from_vec(data, &[n, self.mean.len(), h, w])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(order: Order) -> Preprocessing {
        Preprocessing {
            order,
            scale: 2.0,
            mean: vec![1.0],
            std: vec![0.5],
        }
    }

    #[test]
    fn channels_are_ordered_scaled_and_normalised() {
        let pictures = Tensor::from_vec(vec![0.0, 1.0, 0.5, 0.25, 1.0, 0.0], &[1, 3, 1, 2]);
        let input = |order, channels| {
            let found = plain(order).for_channels(channels).expect("usable");
            found.apply(&pictures).data().to_vec()
        };
        assert_eq!(input(Order::Rgb, 3), [-2.0, 2.0, 0.0, -1.0, 2.0, -2.0]);
        assert_eq!(input(Order::Bgr, 3), [2.0, -2.0, 0.0, -1.0, -2.0, 2.0]);
        let grey = input(Order::Rgb, 1);
        let luma = [0.587 * 0.5 + 0.114, 0.299 + 0.587 * 0.25];
        for (found, luma) in grey.iter().zip(luma) {
            assert!((found - (luma * 2.0 - 1.0) / 0.5).abs() < 1e-6);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused =
            |p: Preprocessing, channels| p.for_channels(channels).expect_err("misfit").to_string();
        assert!(refused(plain(Order::Grey), 3).contains("3 channels"));
        assert!(refused(plain(Order::Rgb), 4).contains("4 channels"));
        let flat = Preprocessing {
            std: vec![0.0; 3],
            ..plain(Order::Rgb)
        };
        assert!(refused(flat, 3).contains("std: [0.0, 0.0, 0.0]"));
        let two = Preprocessing {
            mean: vec![0.0; 2],
            ..plain(Order::Rgb)
        };
        assert!(refused(two, 3).contains("mean"));
    }
}
