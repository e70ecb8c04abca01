//! Deeper: how far in padding reaches, layer by layer, and whether it acts on all sides alike.

use serde::{Deserialize, Serialize};

use super::map::{Map, within};
use super::networks::{Plan, both, difference};
use crate::error::{Error, Result};
use crate::nn::LayerInfo;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// A stack of 3×3 convolutions with ReLU, freshly initialised.
#[derive(Clone, Debug, Deserialize)]
pub struct Deeper {
    /// Rows and columns of the images.
    pub side: usize,
    /// 1 or 2 for every layer.
    pub strides: Vec<usize>,
    /// The padding's name.
    pub padding: String,
}

/// What every layer of the stack shows.
#[derive(Clone, Debug, Serialize)]
pub struct Reach {
    /// In the order in which they run.
    pub layers: Vec<Ring>,
    /// Whether padding acts on all sides alike in every layer, and every pixel is read.
    pub even: bool,
}

/// The ring that padding reaches at one layer.
#[derive(Clone, Debug, Serialize)]
pub struct Ring {
    /// The name of the layer.
    pub name: String,
    /// Rows and columns of its output.
    pub side: usize,
    /// √mean D² over images and channels.
    pub strength: Map,
    /// Positions at which D is not 0 for some image and channel.
    pub touched: usize,
    /// From the top (and left) and from the bottom (and right): positions whose receptive field leaves the image.
    pub reach: [usize; 2],
    /// Whether D is exactly 0 wherever the receptive field stays inside the image.
    pub inside: bool,
    /// Padded pixels that windows read at the top and at the bottom.
    pub padding_read: [usize; 2],
    /// Rows of the layer's own input that no window reads.
    pub never_read: usize,
    /// Whether it is even.
    pub even: bool,
}

const CHANNELS: usize = 8;
const IMAGES: usize = 4;

impl Deeper {
    /// Runs the stack under its padding and with true surroundings.
    ///
    /// # Errors
    /// Where sizes or strides cannot be used, or a layer has nothing left to read.
    pub fn answer(&self) -> Result<Reach> {
        within("side", self.side, [3, 64])?;
        within("layers", self.strides.len(), [1, 8])?;
        for &stride in &self.strides {
            within("stride", stride, [1, 2])?;
        }
        let plan = Plan {
            side: self.side,
            channels: CHANNELS,
            strides: &self.strides,
            classes: None,
        };
        let model = plan.build(&self.padding, Seed(0))?;
        let margin = model.needed_margin()?;
        let wide = self.side + 2 * margin;
        // Noise, which is made faster than a slider moves.
        let images = Tensor::randn(&[IMAGES, 1, wide, wide], &mut Seed(0).rng());
        let [a, b] = both(&model, &images, margin)?;
        let windows = model.windows([self.side; 2])?;
        let infos = model.layers()?;
        let mut layers = Vec::new();
        for window in windows {
            let info = infos.iter().find(|info| info.name == window.name);
            let info = info.ok_or_else(|| Error::usage("layer", "it has no name", "name it"))?;
            let d = difference(&a.layers[&window.name], &b.layers[&window.name]);
            let strength = strength(&d);
            let reach = reach(info, self.side);
            let [before, after] = reach;
            let far = |i: usize| i < before || i + after >= info.shape[1];
            let width = info.shape[2];
            let is_touched = |i: &usize| strength.values[*i] != 0.0;
            layers.push(Ring {
                touched: (0..strength.values.len()).filter(is_touched).count(),
                inside: (0..strength.values.len())
                    .filter(is_touched)
                    .all(|i| far(i / width) || far(i % width)),
                name: window.name.clone(),
                side: info.shape[1],
                strength,
                reach,
                padding_read: window.padding_read(0),
                never_read: window.never_read(0),
                even: window.is_even(),
            });
        }
        let even = layers.iter().all(|layer| layer.even);
        Ok(Reach { layers, even })
    }
}

/// √mean D² over images and channels.
fn strength(d: &Tensor<f32>) -> Map {
    let mut map = Map::mean_of(&d.map(|d| f64::from(d) * f64::from(d)));
    map.values.iter_mut().for_each(|v| *v = v.sqrt());
    map
}

/// From either end, the positions of a row whose receptive field leaves an image of `side` pixels.
fn reach(info: &LayerInfo, side: usize) -> [usize; 2] {
    let field = &info.field;
    let positions = 0..info.shape[1];
    let first = |i: &usize| *i as f64 * field.stride[0] + field.offset[0];
    let before = positions.clone().filter(|i| first(i) < 0.0).count();
    let after = positions
        .filter(|i| first(i) + field.size[0] > side as f64)
        .count();
    [before, after]
}
