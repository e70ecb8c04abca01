//! Networks on disk: safetensors with torchvision's names and the resolved configuration.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use crate::data::DataConfig;
use crate::error::{Error, Result};
use crate::formats::safetensors::File;
use crate::nn::{FillReport, Model, models};
use crate::padding::Padding;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// What the values of a network depend on: two that differ in any of it are not of one study.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Digest of all settings, defaults included.
    pub config: String,
    /// Version of padgrad.
    pub version: String,
    /// The commit that it was built from.
    pub commit: String,
    /// The instruction set of the kernels.
    pub isa: String,
    /// Digest of the data's names, sizes and some of its images.
    pub data: String,
}

/// What a checkpoint says about its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Version of padgrad that wrote it.
    pub version: String,
    /// Name of the architecture.
    pub arch: String,
    /// The padding, as [`Padding::parse`] reads it.
    pub padding: String,
    /// Image shape [C, H, W].
    pub input: [usize; 3],
    /// Class names, in label order.
    pub classes: Vec<String>,
    /// Mean and deviation per channel by which images were normalised, in [0, 1] units.
    pub mean: Vec<f32>,
    /// See `mean`.
    pub std: Vec<f32>,
    /// What it was trained on.
    pub data: DataConfig,
    /// How.
    pub train: TrainConfig,
    /// Seed of weights and training.
    pub seed: u64,
    /// Epochs finished.
    pub epoch: usize,
    /// Steps taken.
    pub step: u64,
    /// What else its values depend on, where it is a network of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
}

impl Description {
    /// Checks that the parts make sense together; a file may say anything.
    fn validate(&self) -> std::result::Result<(), String> {
        let wrong = |what: &str| Err(format!("its description is damaged ({what})"));
        if let Err(error) = models::find(&self.arch).and(Padding::parse(&self.padding)) {
            return wrong(&error.to_string());
        }
        let [channels, height, width] = self.input;
        if self
            .input
            .iter()
            .any(|side| !(1..=LARGEST_SIDE).contains(side))
        {
            return wrong(&format!("images of {channels}×{height}×{width}"));
        }
        if self.classes.is_empty() || self.classes.len() > MOST_CLASSES {
            return wrong(&format!("{} classes", self.classes.len()));
        }
        let sound = |values: &[f32], least: f32| {
            let fits = |v: &f32| v.is_finite() && *v >= least;
            values.len() == channels && values.iter().all(fits)
        };
        if !sound(&self.mean, f32::MIN) || !sound(&self.std, 0.0) {
            return wrong(&format!("means and deviations of {channels} channels"));
        }
        Ok(())
    }
}

/// How far a training has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Epochs finished.
    pub epoch: usize,
    /// Steps taken.
    pub step: u64,
    /// What is known of the epoch that has begun.
    #[serde(default, skip_serializing_if = "Sums::is_empty")]
    pub sums: Sums,
}

/// Sums over the steps of an epoch that has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// Its steps so far.
    pub steps: usize,
    /// Their images.
    pub images: f64,
    /// The losses of these.
    pub loss: f64,
    /// Those that were classified right.
    pub right: f64,
    /// The learning rate of the last step.
    pub lr: f64,
    /// Time.
    pub seconds: f64,
}

impl Sums {
    fn is_empty(&self) -> bool {
        self.steps == 0
    }
}

/// A file's tensors and, where padgrad wrote it, their description.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// What padgrad says about its own networks.
    pub description: Option<Description>,
    /// Parameters and buffers by name.
    pub tensors: BTreeMap<String, Tensor<f32>>,
    /// How far training had come.
    pub progress: Progress,
    /// The optimiser's state by name.
    pub optimizer: BTreeMap<String, Tensor<f32>>,
}

/// The largest side of an image, and the most channels.
const LARGEST_SIDE: usize = 4096;
/// More classes than any data set has.
const MOST_CLASSES: usize = 100_000;
/// The metadata key under which the description stands, as JSON.
const KEY: &str = "padgrad";
/// The key of [`Progress`], where no description says all of it.
const PROGRESS: &str = "padgrad.progress";
/// What the optimiser's names begin with.
const OPTIMIZER: &str = "optimizer.";

impl Checkpoint {
    /// The values of a network and of its optimiser.
    pub fn new(
        model: &Model<f32>,
        optimizer: Vec<(String, Tensor<f32>)>,
        progress: Progress,
    ) -> Checkpoint {
        let all = model.state.parameters.iter().chain(&model.state.buffers);
        Checkpoint {
            description: None,
            tensors: all
                .map(|(name, tensor)| (name.clone(), tensor.clone()))
                .collect(),
            progress,
            optimizer: optimizer.into_iter().collect(),
        }
    }

    /// The same with a description of the network, from which [`Checkpoint::model`] builds it.
    pub fn described(self, description: Description) -> Checkpoint {
        Checkpoint {
            progress: Progress {
                epoch: description.epoch,
                step: description.step,
                sums: self.progress.sums,
            },
            description: Some(description),
            ..self
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn save(&self, path: &Path) -> Result<()> {
        let own = self.tensors.iter().map(|(n, t)| (n.clone(), t.clone()));
        let prefixed = |(n, t): (&String, &Tensor<f32>)| (format!("{OPTIMIZER}{n}"), t.clone());
        let mut file = File {
            tensors: own.chain(self.optimizer.iter().map(prefixed)).collect(),
            metadata: BTreeMap::new(),
        };
        let unusable =
            |e: serde_json::Error| Error::file(path, e.to_string(), "give finite settings");
        if let Some(description) = &self.description {
            let json = serde_json::to_string(description).map_err(unusable)?;
            file.metadata.insert(KEY.to_string(), json);
        }
        if self.description.is_none() || !self.progress.sums.is_empty() {
            let json = serde_json::to_string(&self.progress).map_err(unusable)?;
            file.metadata.insert(PROGRESS.to_string(), json);
        }
        file.write(path)
    }

    /// Reads a file of padgrad, or any safetensors file of weights.
    ///
    /// # Errors
    /// Those of [`File::read`], and where it describes a network that cannot be.
    pub fn load(path: &Path) -> Result<Checkpoint> {
        let file = File::read(path)?;
        let refuse = |problem| {
            let remedy = "give a file that padgrad has written, or one without a description";
            Error::file(path, problem, remedy)
        };
        let unread = |e| refuse(format!("its description cannot be read ({e})"));
        let mut checkpoint = Checkpoint {
            description: None,
            tensors: BTreeMap::new(),
            progress: Progress::default(),
            optimizer: BTreeMap::new(),
        };
        if let Some(json) = file.metadata.get(PROGRESS) {
            checkpoint.progress = serde_json::from_str(json).map_err(unread)?;
        }
        if let Some(json) = file.metadata.get(KEY) {
            let found: Description = serde_json::from_str(json).map_err(unread)?;
            found.validate().map_err(refuse)?;
            checkpoint = checkpoint.described(found);
        }
        for (name, tensor) in file.tensors {
            match name.strip_prefix(OPTIMIZER) {
                Some(own) => checkpoint.optimizer.insert(own.to_string(), tensor),
                None => checkpoint.tensors.insert(name, tensor),
            };
        }
        Ok(checkpoint)
    }

    /// The network that the description describes, with the file's values.
    ///
    /// # Errors
    /// Where there is no description, or it and the tensors do not fit each other; `path` is named.
    pub fn model(&self, path: &Path) -> Result<Model<f32>> {
        let Some(description) = &self.description else {
            return Err(Error::file(
                path,
                "it does not say which network it holds",
                "build the network and fill it from the file, or name architecture, padding and data",
            ));
        };
        let architecture = models::find(&description.arch)?;
        let padding = Padding::parse(&description.padding)?;
        let classes = description.classes.len();
        self.judge(architecture.head, description)
            .map_err(|problem| Error::file(path, problem, FillReport::REMEDY))?;
        let mut model = architecture.build(description.input, classes, padding, Seed(0))?;
        self.fill(&mut model, path)?;
        Ok(model)
    }

    /// Whether the file has a tensor for every class and one for every channel: of a network that is described larger
    /// than what is there nothing is built.
    fn judge(&self, head: &str, description: &Description) -> std::result::Result<(), String> {
        let classes = description.classes.len();
        let weight = format!("{head}.weight");
        let Some(found) = self.tensors.get(&weight) else {
            return Err(format!("missing: {weight}"));
        };
        if found.shape().first() != Some(&classes) || found.is_empty() {
            let shape = found.shape();
            return Err(format!(
                "it describes {classes} classes, and has {weight} with the shape {shape:?}"
            ));
        }
        let [channels, ..] = description.input;
        let of_channels = |t: &Tensor<f32>| t.shape().get(1) == Some(&channels) && !t.is_empty();
        match self.tensors.values().any(of_channels) {
            true => Ok(()),
            false => Err(format!(
                "it describes images of {channels} channels, which no tensor has"
            )),
        }
    }

    /// Puts the file's values into `model`.
    ///
    /// # Errors
    /// Where a tensor is missing, unexpected, or of another shape; nothing is changed then.
    pub fn fill(&self, model: &mut Model<f32>, path: &Path) -> Result<()> {
        let refuse = |problem| Error::file(path, problem, FillReport::REMEDY);
        model.state.fill_strict(&self.tensors).map_err(refuse)
    }
}
