//! A trained network of anybody's, opened by what its file says and by what is said about it.

use std::path::Path;

use crate::data::{Order, Preprocessing};
use crate::error::{Error, Result};
use crate::nn::{Kind, Model, models};
use crate::padding::Padding;
use crate::rng::Seed;
use crate::train::checkpoint::Checkpoint;

/// What is said about a network; what is not, its file may say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The architecture, by name.
    pub arch: Option<String>,
    /// Its classes; where nothing is said, as many as its last layer has.
    pub classes: Option<usize>,
    /// The side of its images in pixels; where nothing is said, that which the architecture was made for.
    pub size: Option<usize>,
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

/// A network that can be run on pictures.
pub struct Subject {
    /// The name of its file.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// The network with its weights.
    pub model: Model<f32>,
    /// The padding that it was trained with.
    pub padding: Padding,
    /// How pictures become its input, where it is known.
    preprocessing: Option<Preprocessing>,
}

impl Subject {
    /// Opens the file of a network: padgrad's own, safetensors, or one of PyTorch.
    ///
    /// # Errors
    /// Where the file cannot be read, does not fit the architecture, or nothing says which that is.
    pub fn open(path: &Path, about: &About) -> Result<Subject> {
        let checkpoint = Checkpoint::load(path)?;
        let described = checkpoint.description.as_ref();
        let Some(name) = about.arch.as_deref().or(described.map(|d| d.arch.as_str())) else {
            let problem = format!("{} does not say which network it holds", path.display());
            let known: Vec<&str> = models::ARCHITECTURES.iter().map(|a| a.name).collect();
            let remedy = format!("name one of {}", known.join(", "));
            return Err(Error::usage("arch", problem, remedy));
        };
        let tensors = &checkpoint.tensors;
        let architecture = models::for_weights(name, |tensor| tensors.contains_key(tensor))?;
        let padding = about
            .padding
            .as_deref()
            .or(described.map(|d| d.padding.as_str()));
        let padding = Padding::parse(padding.unwrap_or("zeros"))?;
        let of_head = tensors.get(&format!("{}.bias", architecture.head));
        let classes = (about.classes)
            .or(described.map(|d| d.classes.len()))
            .or(of_head.map(|bias| bias.len()))
            .unwrap_or(1000);
        let [channels, height, width] =
            described.map_or([3, architecture.side, architecture.side], |d| d.input);
        let [height, width] = about.size.map_or([height, width], |side| [side; 2]);
        let build = |channels| {
            let built = architecture.build([channels, height, width], classes, padding, Seed(0));
            built.map_err(Error::into_usage)
        };
        let mut model: Model<f32> = build(channels)?;
        // The weights know better than the default how many channels an image has.
        let first = model.layers()?.into_iter().find(|l| l.kind == Kind::Conv2d);
        let weight = first.and_then(|layer| tensors.get(&format!("{}.weight", layer.name)));
        if let Some([_, own, _, _]) = weight.map(|w| w.shape())
            && *own != channels
            && (1..=4).contains(own)
        {
            model = build(*own)?;
        }
        checkpoint.fill(&mut model, path)?;
        let preprocessing = preprocessing(about, &checkpoint, model.input()[0])?;
        Ok(Subject {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            arch: architecture.name.to_string(),
            model,
            padding,
            preprocessing,
        })
    }

    /// An architecture of this name as it begins, without weights: what shapes and windows need.
    ///
    /// # Errors
    /// Where the name is not known or the images are too small.
    pub fn untrained(name: &str, about: &About) -> Result<Subject> {
        let architecture = models::find(name)?;
        let padding = Padding::parse(about.padding.as_deref().unwrap_or("zeros"))?;
        let side = about.size.unwrap_or(architecture.side);
        let classes = about.classes.unwrap_or(10);
        let model = architecture.build([3, side, side], classes, padding, Seed(0));
        Ok(Subject {
            name: name.to_string(),
            arch: name.to_string(),
            model: model.map_err(Error::into_usage)?,
            padding,
            preprocessing: None,
        })
    }

    /// How pictures become its input.
    ///
    /// # Errors
    /// A usage error where nothing says by which mean and deviation its images were normalised.
    pub fn preprocessing(&self) -> Result<&Preprocessing> {
        self.preprocessing.as_ref().ok_or_else(|| {
            let problem = format!(
                "{} does not say by which mean and deviation its images were normalised",
                self.name
            );
            let remedy = "give both; torchvision's networks have .485,.456,.406 and .229,.224,.225, networks \
                          without any 0 and 1";
            Error::usage("mean", problem, remedy)
        })
    }
}

fn preprocessing(
    about: &About,
    checkpoint: &Checkpoint,
    channels: usize,
) -> Result<Option<Preprocessing>> {
    let described = checkpoint.description.as_ref();
    let mean = about.mean.clone().or(described.map(|d| d.mean.clone()));
    let std = about.std.clone().or(described.map(|d| d.std.clone()));
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
    given.for_channels(channels).map(Some)
}
