//! What is said about a network.

use crate::data::{Order, Preprocessing};
use crate::error::{Error, Result};

/// What is said about a network; what is not, its file may say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The architecture, by name.
    pub arch: Option<String>,
    /// Its classes; where nothing is said, as many as its last layer has.
    pub classes: Option<usize>,
    /// Rows and columns of its images; where nothing is said, what its file fixes or its architecture was made for.
    pub size: Option<[usize; 2]>,
    /// The node or value of an ONNX file at which the network ends.
    pub until: Option<String>,
    /// The padding that it was trained with; where nothing is said, zeros.
    pub padding: Option<String>,
    /// The mean by which its images were normalised, one value or one per channel.
    pub mean: Option<Vec<f32>>,
    /// The deviation.
    pub std: Option<Vec<f32>>,
    /// What white was; 1 where nothing is said.
    pub scale: Option<f32>,
    /// The order of its channels.
    pub order: Order,
}

/// How pictures become the input of a network with this many channels, as `about` says or else as is `known`.
pub(super) fn preprocessing(
    about: &About,
    known: Option<(Vec<f32>, Vec<f32>)>,
    channels: usize,
) -> Result<Option<Preprocessing>> {
    let (known_mean, known_std) = known.unzip();
    let mean = about.mean.clone().or(known_mean);
    let std = about.std.clone().or(known_std);
    let (mean, std) = match (mean, std) {
        (Some(mean), Some(std)) => (mean, std),
        (None, None) => return Ok(None),
        (mean, _) => {
            let missing = if mean.is_some() { "std" } else { "mean" };
            let problem = "one of mean and deviation is given and the other is not";
            return Err(Error::usage(missing, problem, "give both"));
        }
    };
    let given = Preprocessing {
        order: about.order,
        scale: about.scale.unwrap_or(1.0),
        mean,
        std,
    };
    if channels == 1 && given.order == Order::Bgr {
        let problem = "BGR is an order of three channels, and the network has one";
        let remedy = "leave it out, or say Grey: pictures become their brightness";
        return Err(Error::usage("input", problem, remedy));
    }
    given.for_channels(channels).map(Some)
}
