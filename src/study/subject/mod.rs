//! A trained network of anybody's, opened by what its file says and by what is said about it.

mod about;
mod behind;
mod exported;

pub use about::About;
pub use exported::Output;

use std::path::{Path, PathBuf};

use about::preprocessing;

use crate::data::Preprocessing;
use crate::error::{Error, Result};
use crate::nn::{Kind, LayerInfo, LayerWindow, Model, models};
use crate::padding::Padding;
use crate::rng::Seed;
use crate::train::checkpoint::Checkpoint;

/// A network that can be run on pictures.
pub struct Subject {
    /// The name of its file.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// The network with its weights.
    pub model: Model<f32>,
    /// The padding of its layers, in words.
    pub padding: String,
    /// What it gives, the first of which its prediction is read from.
    pub outputs: Vec<Output>,
    /// What of its file is left out, in words.
    pub left_out: Option<String>,
    /// Whether padding acts on what is left out, and nobody asked for an end before it.
    pub lacks: bool,
    /// What lies behind a layer that mixes all positions, in words: no true surroundings get there.
    pub behind: Option<String>,
    /// How pictures become its input, where it is known.
    preprocessing: Option<Preprocessing>,
    /// The ONNX file that it was read from, which says for each size of images what its layers are.
    exported: Option<(PathBuf, About)>,
}

impl Subject {
    /// Opens the file of a network: padgrad's own, safetensors, one of PyTorch, or ONNX.
    ///
    /// Nodes of an ONNX file that are not understood are left out, with all that needs them.
    ///
    /// # Errors
    /// Where the file cannot be read, does not fit the architecture, or nothing says which that is.
    pub fn open(path: &Path, about: &About) -> Result<Subject> {
        match exported::is_onnx(path) {
            true => Subject::exported(path, about),
            false => Subject::trained(path, about),
        }
    }

    /// Whether it was read from an ONNX file.
    pub fn is_exported(&self) -> bool {
        self.exported.is_some()
    }

    /// The network of an ONNX file.
    fn exported(path: &Path, about: &About) -> Result<Subject> {
        let found = exported::open(path, about)?;
        Ok(Subject {
            name: file_name(path),
            arch: "ONNX".to_string(),
            padding: exported::padding(&found.model),
            model: found.model,
            outputs: found.outputs,
            left_out: found.left_out,
            lacks: found.lacks,
            behind: found.behind,
            preprocessing: found.preprocessing,
            exported: Some((path.to_path_buf(), about.clone())),
        })
    }

    /// The network of a file that holds weights alone.
    fn trained(path: &Path, about: &About) -> Result<Subject> {
        if let Some(until) = &about.until {
            let problem = format!(
                "`{until}` is asked for, and {} holds weights",
                path.display()
            );
            return Err(Error::usage(
                "until",
                problem,
                "only ONNX files have nodes to end at",
            ));
        }
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
        let [height, width] = about.size.unwrap_or([height, width]);
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
        let known = described.map(|d| (d.mean.clone(), d.std.clone()));
        let preprocessing = preprocessing(about, known, model.input()[0])?;
        Ok(Subject {
            name: file_name(path),
            arch: architecture.name.to_string(),
            outputs: logits(&model)?,
            model,
            padding: padding.to_string(),
            left_out: None,
            lacks: false,
            behind: None,
            preprocessing,
            exported: None,
        })
    }

    /// The same network for images of another size.
    ///
    /// # Errors
    /// Where it does not fit them.
    pub fn resized(self, size: [usize; 2]) -> Result<Subject> {
        match &self.exported {
            Some((path, about)) => {
                let about = About {
                    size: Some(size),
                    ..about.clone()
                };
                Subject::exported(path, &about)
            }
            None => Ok(Subject {
                model: self.model.resized(size)?,
                ..self
            }),
        }
    }

    /// The windows of its layers on images of another size.
    ///
    /// # Errors
    /// Where they do not fit them.
    pub fn windows(&self, size: [usize; 2]) -> Result<Vec<LayerWindow>> {
        match &self.exported {
            Some((path, about)) if exported::is_bound_to_size(&self.model) => {
                let about = About {
                    size: Some(size),
                    ..about.clone()
                };
                exported::open(path, &about)?.model.windows(size)
            }
            _ => self.model.windows(size),
        }
    }

    /// Whether the windows of its layers may all be even along an axis on images of another size: of those that come
    /// before any layer that its file fixes for one size, which costs no reading of the file.
    pub fn may_be_even(&self, size: [usize; 2], axis: usize) -> bool {
        let leading = self.model.leading_windows(size);
        leading.iter().all(|window| window.is_even_along(axis))
    }

    /// An architecture of this name as it begins, without weights: what shapes and windows need.
    ///
    /// # Errors
    /// Where the name is not known or the images are too small.
    pub fn untrained(name: &str, about: &About) -> Result<Subject> {
        let architecture = models::find(name)?;
        let padding = Padding::parse(about.padding.as_deref().unwrap_or("zeros"))?;
        let [height, width] = about.size.unwrap_or([architecture.side; 2]);
        let classes = about.classes.unwrap_or(10);
        let model = architecture.build([3, height, width], classes, padding, Seed(0));
        let model = model.map_err(Error::into_usage)?;
        Ok(Subject {
            name: name.to_string(),
            arch: name.to_string(),
            outputs: logits(&model)?,
            model,
            padding: padding.to_string(),
            left_out: None,
            lacks: false,
            behind: None,
            preprocessing: None,
            exported: None,
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
            let remedy = "give both; torchvision's networks have .485,.456,.406 and .229,.224,.225, those without any, or \
                          with one of their own inside, 0 and 1";
            Error::usage("mean", problem, remedy)
        })
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The one output of an architecture by name.
fn logits(model: &Model<f32>) -> Result<Vec<Output>> {
    let last = model.layers()?.pop();
    let of_layer = |layer: LayerInfo| Output {
        name: layer.name.clone(),
        layer: layer.name,
        classes: layer.shape[1..] == [1, 1],
        predicting: None,
    };
    Ok(last.into_iter().map(of_layer).collect())
}
