//! Trained networks that a command compares: checkpoints, alone or those of a run folder.

use std::path::{Path, PathBuf};

use super::binding::{self, Binding};
use super::checksums::Checksums;
use super::checksums::checksum;
use super::config::RunConfig;
use super::feasible::{check_margin, check_measuring};
use super::folder::{CHECKPOINTS, file_part};
use super::moments::FINAL;
use super::record::Moment;
use crate::data::{DataConfig, Dataset, load};
use crate::error::{Error, Result};
use crate::files::entries;
use crate::nn::{Model, models};
use crate::padding::Padding;
use crate::ppp::{Taps, check_images};
use crate::rng::Seed;
use crate::train::checkpoint::{Checkpoint, Description};

/// How many networks an error names.
const NAMED: usize = 6;

/// A network that says how it was trained.
pub struct Network {
    /// Its file.
    pub path: PathBuf,
    /// What the file says of it.
    pub description: Description,
    /// The padding that it was trained under.
    pub padding: Padding,
    /// Its tensors.
    pub checkpoint: Checkpoint,
}

impl Network {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// Where the file is none, or does not say which network it holds.
    pub fn load(path: PathBuf) -> Result<Network> {
        let checkpoint = Checkpoint::load(&path)?;
        let Some(description) = checkpoint.description.clone() else {
            let problem = "it does not say which network it holds";
            let remedy = "give a checkpoint that padgrad train or study has written";
            return Err(Error::file(&path, problem, remedy));
        };
        let padding = Padding::parse(&description.padding)?;
        Ok(Network {
            path,
            description,
            padding,
            checkpoint,
        })
    }

    /// The same weights under another padding.
    ///
    /// # Errors
    /// Where the images are too small for the network under it.
    pub fn under(&self, padding: Padding) -> Result<Model<f32>> {
        let Description {
            arch,
            input,
            classes,
            ..
        } = &self.description;
        let mut model = models::find(arch)?
            .build(*input, classes.len(), padding, Seed(0))
            .map_err(Error::into_usage)?;
        self.checkpoint.fill(&mut model, &self.path)?;
        Ok(model)
    }

    /// What rows say of it.
    pub fn moment(&self) -> Moment {
        Moment {
            scheme: self.padding.to_string(),
            seed: self.description.seed,
            stage: FINAL.into(),
            epoch: self.description.epoch,
            step: self.description.step,
        }
    }

    /// `zeros-seed0`, for names of files.
    pub fn label(&self) -> String {
        let scheme = file_part(&self.padding.to_string());
        format!("{scheme}-seed{}", self.description.seed)
    }
}

/// The networks of checkpoint files and of run folders, whose `final` ones are taken, in the order given.
///
/// # Errors
/// Where a file cannot be read or is damaged, a folder holds no final checkpoint, a network comes twice, or the
/// networks do not share their settings, data, instruction set (unless it may be `any`) and padgrad.
pub fn load_networks(paths: &[PathBuf], any_isa: bool) -> Result<Vec<Network>> {
    let mut networks: Vec<Network> = Vec::new();
    for path in paths {
        let known = match path.is_dir() {
            true => Checksums::read(path)?.unwrap_or_default(),
            false => Checksums::default(),
        };
        for file in checkpoint_files(path)? {
            let name = file.strip_prefix(path).unwrap_or(&file).to_string_lossy();
            known.check_file(&name, &file)?;
            let network = Network::load(file)?;
            if let Some(first) = networks.first() {
                comparable(first, &network, any_isa)?;
            }
            let label = network.label();
            if let Some(same) = networks.iter().find(|other| other.label() == label) {
                return Err(Error::usage(
                    format!("{} and {}", same.path.display(), network.path.display()),
                    format!("both hold {label}"),
                    "leave one of them out",
                ));
            }
            networks.push(network);
        }
    }
    Ok(networks)
}

/// The file itself, or the final checkpoints of a run folder.
///
/// # Errors
/// Where a folder cannot be listed or holds none.
pub fn checkpoint_files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let folder = path.join(CHECKPOINTS);
    let entries = std::fs::read_dir(&folder).map_err(|e| Error::io(&folder, "list", e))?;
    let is_final = |file: &PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.ends_with("-final.safetensors"))
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(is_final)
        .collect();
    files.sort();
    if files.is_empty() {
        let remedy = "give the folder of a finished study, or name checkpoints";
        return Err(Error::file(&folder, "it holds no final checkpoint", remedy));
    }
    Ok(files)
}

/// The path again, where one network is asked for and it is no folder.
///
/// # Errors
/// For a folder; the error names the networks in it.
pub fn one_network(path: &Path) -> Result<&Path> {
    if !path.is_dir() {
        return Ok(path);
    }
    let is_network = |file: &PathBuf| file.extension().is_some_and(|kind| kind == "safetensors");
    let mut folders = vec![path.to_path_buf(), path.join(CHECKPOINTS)];
    folders.extend(
        entries(path)?
            .into_iter()
            .map(|inner| inner.join(CHECKPOINTS)),
    );
    let inside = folders.iter().filter(|folder| folder.is_dir());
    let inside: Vec<Vec<PathBuf>> = inside
        .map(|folder| entries(folder))
        .collect::<Result<_>>()?;
    let found: Vec<PathBuf> = inside.into_iter().flatten().filter(is_network).collect();
    let named = found
        .iter()
        .take(NAMED)
        .map(|file| file.display().to_string());
    let named = named.collect::<Vec<_>>().join(", ");
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (problem, remedy) = match found.is_empty() {
        true => (
            "it is a folder without a network",
            "name the file of one".into(),
        ),
        false => (
            "it is a folder",
            format!("name one of its networks: {named}{more}"),
        ),
    };
    Err(Error::file(path, problem, remedy))
}

/// The architecture of networks that can be compared.
pub fn arch_of(networks: &[Network]) -> &str {
    networks.first().map_or("", |one| &one.description.arch)
}

/// What the values of networks depend on: of several, the binding of the first with a digest of all their settings.
pub fn binding_of<'n>(networks: impl IntoIterator<Item = &'n Network>) -> Option<Binding> {
    let all: Option<Vec<&Binding>> = (networks.into_iter())
        .map(|network| network.description.binding.as_ref())
        .collect();
    let all = all?;
    let first = (*all.first()?).clone();
    if all.iter().all(|other| other.config == first.config) {
        return Some(first);
    }
    let digests: Vec<&str> = all.iter().map(|binding| binding.config.as_str()).collect();
    Some(Binding {
        config: checksum(digests.concat().as_bytes()),
        ..first
    })
}

fn comparable(a: &Network, b: &Network, any_isa: bool) -> Result<()> {
    let (own, other) = (&a.description, &b.description);
    let bound = || {
        let (own, other) = (own.binding.as_ref()?, other.binding.as_ref()?);
        binding::difference(own, other, any_isa)
    };
    let differing = match own.settings().difference(&other.settings()) {
        Some(setting) => setting,
        None if own.input != other.input || own.classes != other.classes => {
            "their images or classes differ".into()
        }
        None => match bound() {
            Some(difference) => difference,
            None => return Ok(()),
        },
    };
    Err(Error::usage(
        format!("{} and {}", a.path.display(), b.path.display()),
        format!("{differing}, so they cannot be compared"),
        "give networks of one study",
    ))
}

impl Description {
    /// The settings that networks of one study share, as far as a checkpoint says them.
    fn settings(&self) -> RunConfig {
        RunConfig {
            arch: self.arch.clone(),
            data: self.data.clone(),
            train: self.train.clone(),
            ..RunConfig::default()
        }
    }
}

/// The data that `config` names, normalised as those were that a network was trained on.
///
/// # Errors
/// Where the data cannot be loaded or has images of another shape.
pub fn load_data(config: &DataConfig, trained_on: &Description) -> Result<Dataset> {
    load_around(config, trained_on, 0)
}

/// The same with pixels of surroundings around each image, besides those of the images of training: those that
/// `config` has more than these.
///
/// # Errors
/// As [`load_data`].
pub fn load_surrounded(config: &DataConfig, trained_on: &Description) -> Result<Dataset> {
    let more = config.surround.saturating_sub(trained_on.data.surround);
    load_around(config, trained_on, more)
}

fn load_around(config: &DataConfig, trained_on: &Description, more: usize) -> Result<Dataset> {
    let mut data = load(config)?;
    if let Some(bound) = trained_on
        .binding
        .as_ref()
        .filter(|_| *config == trained_on.data)
        && bound.data != binding::fingerprint(&data)?
    {
        return Err(Error::usage(
            "data",
            format!(
                "{} has other images than when the network was trained on it",
                config.name
            ),
            "put the images back that it was trained on",
        ));
    }
    if config.true_margin > 0 {
        // What a stored network does is asked under its padding.
        let true_margin = 0;
        data = load(&DataConfig {
            true_margin,
            ..config.clone()
        })?;
    }
    let found = [data.channels, data.height, data.width];
    let [c, h, w] = trained_on.input;
    let wanted = [c, h + 2 * more, w + 2 * more];
    if found != wanted {
        return Err(Error::usage(
            "data",
            format!("{} has images of {found:?} [C, H, W]", config.name),
            format!("use images of the shape that the network takes, {wanted:?}"),
        ));
    }
    data.mean.clone_from(&trained_on.mean);
    data.std.clone_from(&trained_on.std);
    Ok(data)
}

/// Whether a measurement of `model` on `images` images is possible.
///
/// # Errors
/// A usage error that names what is not.
pub fn check_measurement(
    model: &Model<f32>,
    padding: Padding,
    taps: &Taps,
    data: &Dataset,
    images: usize,
) -> Result<()> {
    check_images(images, data)?;
    let margin = model.needed_margin()?;
    check_measuring(model, padding, &taps.select(model)?, margin)?;
    check_margin(data, margin)
}
