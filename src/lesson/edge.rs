//! The edge: a window of a picture, convolved under a padding and with its true surroundings.

use serde::{Deserialize, Serialize};

use super::map::{Map, within};
use super::networks::{difference, one_pixel};
use crate::autodiff::Var;
use crate::autodiff::ops::{self, ConvOptions};
use crate::error::Result;
use crate::padding::{Extent, Padding};
use crate::tensor::Tensor;

/// A window of a picture, a kernel and a padding.
#[derive(Clone, Debug, Deserialize)]
pub struct Edge {
    /// The whole picture.
    pub picture: Map,
    /// The first row of the window, at least 1.
    pub top: usize,
    /// The first column of the window, at least 1.
    pub left: usize,
    /// Its rows and columns; a pixel of the picture must lie around it on every side.
    pub side: usize,
    /// A 3×3 kernel, row by row.
    pub kernel: [f32; 9],
    /// The padding's name; it reaches one pixel, or none for `valid`.
    pub padding: String,
}

/// What the window gives.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// The window with a pixel of its true surroundings on every side.
    pub surrounded: Map,
    /// The window as its padding continues it.
    pub padded: Map,
    /// The convolution under the padding.
    pub a: Map,
    /// The convolution with the true surroundings.
    pub b: Map,
    /// a - b.
    pub d: Map,
    /// Positions at which the two differ.
    pub touched: usize,
}

impl Edge {
    /// Convolves the window both ways.
    ///
    /// # Errors
    /// Where the picture is none, the window does not lie inside it, or the padding is unknown.
    pub fn answer(&self) -> Result<Seen> {
        let picture = Var::constant(self.picture.to_image()?);
        let [height, width] = self.picture.shape;
        let side = within("side", self.side, [3, height.min(width).saturating_sub(2)])?;
        let top = within("top", self.top, [1, height - side - 1])?;
        let left = within("left", self.left, [1, width - side - 1])?;
        let padding = one_pixel(&self.padding)?;
        let around = usize::from(padding.reach() != Extent::Valid);
        let crop = |margin: usize| {
            let rows = top - margin..top + side + margin;
            ops::crop2d(&picture, rows, left - margin..left + side + margin)
        };
        let kernel = Var::constant(Tensor::from_vec(self.kernel.to_vec(), &[1, 1, 3, 3]));
        let convolved = |x: &Var<f32>, padding: Padding| {
            let y = ops::conv2d(x, &kernel, None, &ConvOptions::new(padding));
            y.into_value()
        };
        let a = convolved(&crop(0), padding);
        let b = convolved(&crop(around), Padding::valid());
        let d = difference(&a, &b);
        Ok(Seen {
            surrounded: Map::mean_of(crop(1).value()),
            padded: Map::mean_of(ops::pad2d(&crop(0), padding).value()),
            touched: d.data().iter().filter(|d| **d != 0.0).count(),
            a: Map::mean_of(&a),
            b: Map::mean_of(&b),
            d: Map::mean_of(&d),
        })
    }
}
