//! Gradients: where that of one output pixel goes under every padding, and whether a check notices a mistake.

use serde::{Deserialize, Serialize};

use super::map::{Map, within};
use super::networks::one_pixel;
use crate::autodiff::ops::{self, ConvOptions};
use crate::autodiff::{Tape, Var};
use crate::error::{Error, Result};
use crate::gradcheck::{Broken, Element, Options, Verdict, gradcheck};
use crate::padding::{Padding, Window};
use crate::rng::Seed;
use crate::tensor::Tensor;

/// One output pixel of some convolutions, one after the other.
#[derive(Clone, Debug, Deserialize)]
pub struct Gradient {
    /// Rows and columns of the image.
    pub side: usize,
    /// Row and column of the output pixel, counted on the image.
    pub at: [usize; 2],
    /// The 3×3 kernel of every convolution.
    pub kernel: [f64; 9],
    /// How many convolutions.
    pub depth: usize,
    /// The names of the paddings.
    pub paddings: Vec<String>,
}

/// Where the gradient goes.
#[derive(Clone, Debug, Serialize)]
pub struct Flow {
    /// The padding.
    pub padding: String,
    /// ∂output/∂image; none where this padding leaves no such output pixel.
    pub map: Option<Map>,
    /// The sum over the image as a share of what an output pixel far from the border gives.
    pub kept: f64,
}

impl Gradient {
    /// Differentiates the pixel under every padding.
    ///
    /// # Errors
    /// Where the pixel lies outside, a padding is unknown, or there are too many layers.
    pub fn answer(&self) -> Result<Vec<Flow>> {
        let side = within("side", self.side, [5, 32])?;
        within("depth", self.depth, [1, 4])?;
        for at in self.at {
            within("row or column", at, [0, side - 1])?;
        }
        self.paddings
            .iter()
            .map(|padding| self.flow(padding))
            .collect()
    }

    fn flow(&self, name: &str) -> Result<Flow> {
        let padding = one_pixel(name)?;
        let tape = Tape::new();
        let shape = [1, 1, self.side, self.side];
        let image = tape.leaf(Tensor::<f64>::randn(&shape, &mut Seed(0).rng()));
        let kernel = Var::constant(Tensor::from_vec(self.kernel.to_vec(), &[1, 1, 3, 3]));
        let mut y = image.clone();
        for _ in 0..self.depth {
            y = ops::conv2d(&y, &kernel, None, &ConvOptions::new(padding));
        }
        let lost = (self.side - y.shape()[2]) / 2;
        let grid = self.side - 2 * lost;
        let at = self
            .at
            .map(|at| at.checked_sub(lost).filter(|at| *at < grid));
        let mut flow = Flow {
            padding: name.to_string(),
            map: None,
            kept: 0.0,
        };
        if let [Some(row), Some(column)] = at {
            let mut one = Tensor::zeros(y.shape());
            one.data_mut()[row * grid + column] = 1.0;
            let gradients = y.backward_with(one);
            if let Some(gradient) = gradients.get(&image) {
                let whole = self.kernel.iter().sum::<f64>().powi(self.depth as i32);
                flow.kept = gradient.data().iter().sum::<f64>() / whole;
                flow.map = Some(Map::mean_of(gradient));
            }
        }
        Ok(flow)
    }
}

/// A convolution's gradient against finite differences.
#[derive(Clone, Debug, Deserialize)]
pub struct Gradcheck {
    /// The padding's name.
    pub padding: String,
    /// A mistake to plant in the backward pass, by its name.
    pub broken: Option<String>,
}

/// What the check found.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Whether every gradient is right.
    pub passed: bool,
    /// Elements of the image's, the weights' and the biases' gradients that were compared.
    pub elements: usize,
    /// Those that are wrong.
    pub wrong: usize,
    /// |analytic - numeric| at each pixel of the image.
    pub map: Map,
    /// Pixels of the image whose gradient is wrong, by their distance to the nearest border.
    pub wrong_by_distance: Vec<usize>,
}

/// The side of the image that is checked.
const CHECKED_SIDE: usize = 9;

impl Gradcheck {
    /// Runs the check of a 3×3 convolution.
    ///
    /// # Errors
    /// Where the padding or the mistake is unknown, or gradients are stopped on purpose.
    pub fn answer(&self) -> Result<Checked> {
        let broken = self.broken.as_deref().map(Broken::parse).transpose()?;
        let padding = one_pixel(&self.padding)?;
        if padding.stops_gradient() {
            let problem = format!("`{padding}` stops gradients on purpose");
            return Err(Error::usage(
                "padding",
                problem,
                "choose one that lets them through",
            ));
        }
        let sides = padding.reach().sides(&Window::square(3), [CHECKED_SIDE; 2]);
        let conv = |v: &[Var<f64>], padding: Padding| {
            ops::conv2d(&v[0], &v[1], Some(&v[2]), &ConvOptions::new(padding))
        };
        let checked = |v: &[Var<f64>]| match broken {
            None => conv(v, padding),
            Some(broken) => broken.planted((padding, sides), v, conv),
        };
        let shapes: [&[usize]; 3] = [&[1, 1, CHECKED_SIDE, CHECKED_SIDE], &[1, 1, 3, 3], &[1]];
        let mut rng = Seed(0).rng();
        let inputs = shapes.map(|shape| Tensor::randn(shape, &mut rng));
        let report = gradcheck(checked, &inputs, &Options::default());
        let is_wrong = |element: &&Element| element.verdict == Verdict::Fail;
        let mut found = Checked {
            passed: report.passed(),
            elements: report.elements.len(),
            wrong: report.elements.iter().filter(is_wrong).count(),
            map: Map {
                shape: [CHECKED_SIDE; 2],
                values: vec![0.0; CHECKED_SIDE * CHECKED_SIDE],
            },
            wrong_by_distance: vec![0; CHECKED_SIDE.div_ceil(2)],
        };
        for element in report.elements.iter().filter(|element| element.input == 0) {
            let [row, column] = [element.index[2], element.index[3]];
            found.map.values[row * CHECKED_SIDE + column] = element.error as f32;
            let nearest = row.min(column);
            let nearest = nearest.min(CHECKED_SIDE - 1 - row.max(column));
            found.wrong_by_distance[nearest] += usize::from(is_wrong(&element));
        }
        Ok(found)
    }
}
