//! What is measured, and how.

use super::convergence::Convergence;
use super::predictions::Predicting;
use crate::error::{Error, Result, with_nearest};
use crate::kernels::Scalar;
use crate::nn::{Kind, LayerInfo, Model, Planted, Surroundings};
use crate::rng::Seed;

/// Which layers are measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taps {
    /// Every convolution.
    Convolutions,
    /// Every layer but linear ones; a name for the output of several layers is that of the last of them.
    All,
    /// These, by dotted name; a part's name stands for the output of its last layer.
    Named(Vec<String>),
}

impl Taps {
    /// Reads `conv`, `all`, or dotted names separated by commas.
    pub fn parse(text: &str) -> Taps {
        match text {
            "conv" => Taps::Convolutions,
            "all" => Taps::All,
            names => Taps::Named(names.split(',').map(|n| n.trim().to_string()).collect()),
        }
    }

    /// The layers of `model` that are meant, in the order in which they run.
    ///
    /// # Errors
    /// A usage error that lists the layers where a name is none of them.
    pub fn select<T: Scalar>(&self, model: &Model<T>) -> Result<Vec<LayerInfo>> {
        let mut layers = model.layers()?;
        layers.retain(|l| l.kind != Kind::Linear);
        if let Taps::Named(names) = self {
            let unknown = names.iter().find(|n| layers.iter().all(|l| l.name != **n));
            if let Some(name) = unknown {
                let known: Vec<&str> = layers.iter().map(|l| l.name.as_str()).collect();
                let remedy = format!("use conv, all, or names among {}", known.join(", "));
                return Err(Error::usage(
                    "layers",
                    format!("`{name}` is not a layer of this network with rows and columns"),
                    with_nearest(&remedy, name, &known),
                ));
            }
        }
        let wanted = |l: &LayerInfo| match self {
            Taps::Convolutions => l.kind == Kind::Conv2d,
            Taps::All => l.kind != Kind::Composition,
            Taps::Named(names) => names.contains(&l.name),
        };
        Ok(layers.into_iter().filter(wanted).collect())
    }
}

/// How a measurement is made.
#[derive(Clone, Debug)]
pub struct MeasureOptions {
    /// Images, at least twice the number of blocks of the intervals.
    pub images: usize,
    /// Images per pass; it changes the memory that is used, and no result.
    pub batch: usize,
    /// The layers that are measured.
    pub taps: Taps,
    /// Seed of the draws of random paddings.
    pub seed: Seed,
    /// The halo ends where √(mean D²) stays below this share of the content's standard deviation.
    pub tau: f64,
    /// Frames of the mean of D as it converges to the pattern.
    pub convergence: Option<Convergence>,
    /// A signal added to one layer of the padded run alone: a pattern that is known.
    pub planted: Option<Planted<f32>>,
    /// Where B takes its borders from: the true surroundings, or as much as there is of them.
    pub surroundings: Surroundings,
    /// The most features of a layer whose sums are kept; of a layer with more, evenly spread channels stand for all.
    pub most_features: Option<usize>,
    /// The layers among the taps whose predictions are compared position by position.
    pub predicting: Vec<Predicting>,
}

impl Default for MeasureOptions {
    /// 500 images in batches of 50, every convolution, τ = 0.1, seed 0.
    fn default() -> MeasureOptions {
        MeasureOptions {
            images: 500,
            batch: 50,
            taps: Taps::Convolutions,
            seed: Seed(0),
            tau: 0.1,
            convergence: None,
            planted: None,
            surroundings: Surroundings::True,
            most_features: None,
            predicting: Vec::new(),
        }
    }
}

impl MeasureOptions {
    /// The default on this many images.
    pub fn images(images: usize) -> MeasureOptions {
        MeasureOptions {
            images,
            ..MeasureOptions::default()
        }
    }
}
