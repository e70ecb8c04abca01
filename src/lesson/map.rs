//! Maps as the page gets them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::tensor::{Element, Tensor};

/// A map [h, w], row by row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// Height and width.
    pub shape: [usize; 2],
    /// h·w values; what is not finite is `null` in JSON.
    pub values: Vec<f32>,
}

impl Map {
    /// The last two axes of a tensor, averaged over all others.
    pub fn mean_of<T: Element>(tensor: &Tensor<T>) -> Map {
        let shape = last_axes(tensor.shape());
        let area = (shape[0] * shape[1]).max(1);
        let maps = (tensor.len() / area).max(1) as f64;
        let mut sums = vec![0.0f64; area];
        for map in tensor.data().chunks(area) {
            sums.iter_mut().zip(map).for_each(|(s, v)| *s += v.as_f64());
        }
        let values = sums.into_iter().map(|sum| (sum / maps) as f32).collect();
        Map { shape, values }
    }

    /// A tensor [1, 1, h, w].
    ///
    /// # Errors
    /// Where the values are not as many as the shape says, none, too many, or not finite.
    pub fn to_image(&self) -> Result<Tensor<f32>> {
        let [h, w] = self.shape;
        let fits = h.checked_mul(w) == Some(self.values.len());
        if !fits || self.values.is_empty() || self.values.len() > MOST_PIXELS {
            let problem = format!("{} values for {h}×{w} pixels", self.values.len());
            let remedy = format!("give one value for each of at most {MOST_PIXELS} pixels");
            return Err(Error::usage("picture", problem, remedy));
        }
        if !self.values.iter().all(|value| value.is_finite()) {
            let remedy = "give finite values";
            return Err(Error::usage("picture", "a value is not finite", remedy));
        }
        Ok(Tensor::from_vec(self.values.clone(), &[1, 1, h, w]))
    }
}

/// A picture of 512×512.
const MOST_PIXELS: usize = 1 << 18;

fn last_axes(shape: &[usize]) -> [usize; 2] {
    match shape {
        [.., h, w] => [*h, *w],
        [w] => [1, *w],
        [] => [1, 1],
    }
}

/// Whether a number that a request gives lies between two others.
///
/// # Errors
/// A usage error that names it where it does not.
pub fn within<T: PartialOrd + std::fmt::Display>(
    what: &str,
    value: T,
    allowed: [T; 2],
) -> Result<T> {
    let [least, most] = allowed;
    if value >= least && value <= most {
        return Ok(value);
    }
    let problem = format!("{value} cannot be used");
    Err(Error::usage(
        what,
        problem,
        format!("give {least} to {most}"),
    ))
}
