//! Networks on disk: safetensors with torchvision's names and the resolved configuration.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use crate::data::DataConfig;
use crate::error::{Error, Result};
use crate::files::{read_up_to, write_atomic};
use crate::nn::{Model, models};
use crate::padding::Padding;
use crate::rng::Seed;
use crate::tensor::Tensor;

/// What a checkpoint says about its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Version of padgrad that wrote it.
    pub version: String,
    pub arch: String,
    pub padding: String,
    /// Image shape [C, H, W].
    pub input: [usize; 3],
    pub classes: Vec<String>,
    /// Mean and deviation per channel by which images were normalised, in [0, 1] units.
    pub mean: Vec<f32>,
    pub std: Vec<f32>,
    pub data: DataConfig,
    pub train: TrainConfig,
    pub seed: u64,
    pub epoch: usize,
    pub step: u64,
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
        let sound = |numbers: &[f32], least: f32| {
            let fits = |v: &f32| v.is_finite() && *v >= least;
            numbers.len() == channels && numbers.iter().all(fits)
        };
        if !sound(&self.mean, f32::MIN) || !sound(&self.std, 0.0) {
            return wrong(&format!("means and deviations of {channels} channels"));
        }
        Ok(())
    }
}

/// A file's tensors and, where padgrad wrote it, their description.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub description: Option<Description>,
    /// Parameters and buffers by name.
    pub tensors: BTreeMap<String, Tensor<f32>>,
    /// The optimiser's state by name.
    pub optimizer: BTreeMap<String, Tensor<f32>>,
}

/// The longest file that is read; the weights of the largest network take a hundredth of it.
const LARGEST: u64 = 16 << 30;
/// The largest side of an image, and the most channels.
const LARGEST_SIDE: usize = 4096;
/// More classes than any data set has.
const MOST_CLASSES: usize = 100_000;
/// The metadata key under which the description stands, as JSON.
const KEY: &str = "padgrad";
/// What the optimiser's names begin with.
const OPTIMIZER: &str = "optimizer.";
/// A counter that torchvision's files hold and nobody needs.
const IGNORED: &str = "num_batches_tracked";

impl Checkpoint {
    /// The numbers of a network and of its optimiser.
    pub fn new(
        model: &Model<f32>,
        optimizer: Vec<(String, Tensor<f32>)>,
        description: Description,
    ) -> Checkpoint {
        let all = model.state.parameters.iter().chain(&model.state.buffers);
        Checkpoint {
            description: Some(description),
            tensors: all
                .map(|(name, tensor)| (name.clone(), tensor.clone()))
                .collect(),
            optimizer: optimizer.into_iter().collect(),
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = |t: &Tensor<f32>| t.data().iter().flat_map(|v| v.to_le_bytes()).collect();
        let prefixed = self
            .optimizer
            .iter()
            .map(|(name, t)| (format!("{OPTIMIZER}{name}"), t));
        let named = self.tensors.iter().map(|(name, t)| (name.clone(), t));
        let raw: Vec<(String, Vec<usize>, Vec<u8>)> = named
            .chain(prefixed)
            .map(|(name, t)| (name, t.shape().to_vec(), bytes(t)))
            .collect();
        let refuse = |problem: String| Error::file(path, problem, "this is a bug; report it");
        let mut views = Vec::new();
        for (name, shape, bytes) in &raw {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
            views.push((name.as_str(), view.map_err(|e| refuse(e.to_string()))?));
        }
        let mut metadata = HashMap::new();
        if let Some(description) = &self.description {
            let json = serde_json::to_string(description).map_err(|e| refuse(e.to_string()))?;
            metadata.insert(KEY.to_string(), json);
        }
        let file = safetensors::serialize(views, Some(metadata));
        write_atomic(path, &file.map_err(|e| refuse(e.to_string()))?)
    }

    /// Reads a file of padgrad, or any safetensors file of f32 or f64 weights.
    ///
    /// # Errors
    /// Where the file cannot be read, is not safetensors, is cut short, holds other number types or
    /// numbers that are not finite, or describes a network that cannot be.
    pub fn load(path: &Path) -> Result<Checkpoint> {
        const REMEDY: &str = "give a .safetensors file that padgrad train or study has written";
        let bytes = read_up_to(path, LARGEST)?;
        let refuse = |problem: String| Error::file(path, problem, REMEDY);
        let not_one = |e| refuse(format!("not a whole safetensors file ({e})"));
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(not_one)?;
        let file = SafeTensors::deserialize(&bytes).map_err(not_one)?;
        let described = metadata.metadata().as_ref().and_then(|m| m.get(KEY));
        let description = match described {
            None => None,
            Some(json) => {
                let found: Description = serde_json::from_str(json)
                    .map_err(|e| refuse(format!("its description cannot be read ({e})")))?;
                found.validate().map_err(refuse)?;
                Some(found)
            }
        };
        let mut checkpoint = Checkpoint {
            description,
            tensors: BTreeMap::new(),
            optimizer: BTreeMap::new(),
        };
        for (name, view) in file.iter() {
            if name.ends_with(IGNORED) {
                continue;
            }
            let tensor = read(name, &view).map_err(|problem| {
                Error::file(path, problem, "save it with finite F32 or F64 numbers")
            })?;
            match name.strip_prefix(OPTIMIZER) {
                Some(own) => checkpoint.optimizer.insert(own.to_string(), tensor),
                None => checkpoint.tensors.insert(name.to_string(), tensor),
            };
        }
        Ok(checkpoint)
    }

    /// The network that the description describes, with the file's numbers.
    ///
    /// # Errors
    /// Where there is no description, or it and the tensors do not fit each other; `path` is named.
    pub fn model(&self, path: &Path) -> Result<Model<f32>> {
        let Some(description) = &self.description else {
            return Err(Error::file(
                path,
                "it does not say which network it holds",
                "name it with --arch, --padding and --data",
            ));
        };
        let architecture = models::find(&description.arch)?;
        let padding = Padding::parse(&description.padding)?;
        let classes = description.classes.len();
        let mut model = architecture.build(description.input, classes, padding, Seed(0))?;
        self.fill(&mut model, path)?;
        Ok(model)
    }

    /// Puts the file's numbers into `model`.
    ///
    /// # Errors
    /// Where a tensor is missing, is one too many, or has another shape; nothing is changed then.
    pub fn fill(&self, model: &mut Model<f32>, path: &Path) -> Result<()> {
        const REMEDY: &str = "check that architecture, classes and file belong together";
        let refuse = |problem: String| Err(Error::file(path, problem, REMEDY));
        let mut state = model.state.clone();
        let mut filled = 0;
        for (name, own) in state.parameters.iter_mut().chain(state.buffers.iter_mut()) {
            let Some(tensor) = self.tensors.get(name) else {
                return refuse(format!("it has no tensor {name}"));
            };
            if tensor.shape() != own.shape() {
                return refuse(format!(
                    "{name} has the shape {:?} where the network has {:?}",
                    tensor.shape(),
                    own.shape()
                ));
            }
            *own = tensor.clone();
            filled += 1;
        }
        if filled < self.tensors.len() {
            let known =
                |n: &&String| state.parameters.contains_key(*n) || state.buffers.contains_key(*n);
            let extra = self.tensors.keys().find(|name| !known(name));
            return refuse(format!(
                "it has a tensor {} too many",
                extra.map_or("", |n| n)
            ));
        }
        model.state = state;
        Ok(())
    }
}

fn read(name: &str, view: &TensorView<'_>) -> std::result::Result<Tensor<f32>, String> {
    let bytes = view.data();
    let data: Vec<f32> = match view.dtype() {
        Dtype::F32 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&b| f32::from_le_bytes(b))
            .collect(),
        Dtype::F64 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|&b| f64::from_le_bytes(b) as f32)
            .collect(),
        other => return Err(format!("{name} holds {other:?}, not F32 or F64")),
    };
    if data.iter().any(|v| !v.is_finite()) {
        return Err(format!("{name} holds a number that is not finite"));
    }
    Ok(Tensor::from_vec(data, view.shape()))
}
