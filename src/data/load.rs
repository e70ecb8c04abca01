//! From a configuration to a data set in memory.

use std::path::Path;
use std::sync::Arc;

use super::canvas::{self, Paintings, Planes};
use super::config::{DataConfig, Kind, Placement, Windows};
use super::dataset::Dataset;
use super::folder::Photos;
use super::mosaic::Mosaic;
use super::pixels::{Labelled, subset};
use super::source::Source;
use super::wide::WideImages;
use super::{cifar, folder, idx, locate};
use crate::error::{Error, Result};

/// The most bytes of images that a set may take in memory.
const MOST_BYTES: usize = 16 << 30;

const GARMENTS: [&str; 10] = [
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle-boot",
];

/// Loads or paints the data set of a configuration.
///
/// # Errors
/// If the configuration makes no sense, or a file is missing, damaged or of another kind; the
/// message names it and says what to do.
pub fn load(config: &DataConfig) -> Result<Dataset> {
    let data = match config.kind()? {
        Kind::Canvas { channels } => load_canvas(config, channels),
        Kind::Folder(root) => load_folder(config, &root),
        kind @ Kind::Idx(name) => {
            let classes: Vec<String> = match name {
                "mnist" => (0..10).map(|digit| digit.to_string()).collect(),
                _ => GARMENTS.map(str::to_string).to_vec(),
            };
            let (train, test) = idx::load(&locate::find(config, &kind)?, classes.len())?;
            small_images(config, train, test, classes)
        }
        kind @ Kind::Cifar(variant) => {
            let dir = locate::find(config, &kind)?;
            let (train, test, names) = cifar::load(&dir, variant)?;
            small_images(config, train, test, names)
        }
    };
    let data = data?.named(&config.name).standardise()?;
    match &config.measure_on {
        None => Ok(data),
        Some(folder) => {
            let photographs = photographs(config, folder, data.width)?;
            data.with_shared_wide(photographs)
        }
    }
}

/// Windows of `side` pixels on the photographs in `folder`.
#[cfg(feature = "files")]
fn photographs(config: &DataConfig, folder: &Path, side: usize) -> Result<Arc<dyn WideImages>> {
    let seed = config.root_seed().child("measured");
    let windows = super::measured::PhotoWindows::of(folder, side, config.windows, seed)?;
    Ok(Arc::new(windows))
}

#[cfg(not(feature = "files"))]
fn photographs(_: &DataConfig, folder: &Path, _: usize) -> Result<Arc<dyn WideImages>> {
    Err(no_pictures(&folder.display().to_string()))
}

fn no_pictures(name: &str) -> Error {
    Error::usage(
        name,
        "this build cannot read pictures",
        "build with the feature `files`",
    )
}

/// The pictures of a `split` where the configuration places them.
fn placed(config: &DataConfig, tiles: &Arc<Labelled>, split: &str) -> Arc<dyn Source> {
    let windows = match config.placement {
        Placement::Own if config.surround + config.true_margin == 0 => {
            return Arc::clone(tiles) as _;
        }
        Placement::Own => Windows::Centred,
        Placement::Rolled | Placement::Mosaic => Windows::Anywhere,
    };
    Arc::new(Mosaic {
        tiles: Arc::clone(tiles),
        seed: config.root_seed().child("placed").child(split),
        windows,
        repeated: config.placement == Placement::Rolled,
        surround: config.surround + config.true_margin,
    })
}

fn load_canvas(config: &DataConfig, channels: usize) -> Result<Dataset> {
    let (size, seed) = (config.side(), config.root_seed());
    let train_images = config.train_images.unwrap_or(5000);
    let test_images = config.test_images.unwrap_or(1000);
    check_memory("train_images", train_images, channels * size * size)?;
    check_memory("test_images", test_images, channels * size * size)?;
    let planes = |split| Planes::new(seed, split, channels, size);
    let train = Paintings::new(planes("train"), train_images);
    let test = planes("test");
    let test_set = test.gallery.images(test_images, size);
    Dataset::new(train, test_set, canvas::class_names())?.with_wide(test)
}

fn check_memory(what: &str, images: usize, bytes: usize) -> Result<()> {
    if images.checked_mul(bytes).is_some_and(|b| b <= MOST_BYTES) {
        return Ok(());
    }
    Err(Error::usage(
        what,
        format!("{images} images of {bytes} bytes do not fit into 16 GiB"),
        "ask for fewer or smaller ones",
    ))
}

fn small_images(
    config: &DataConfig,
    train: Labelled,
    test: Labelled,
    classes: Vec<String>,
) -> Result<Dataset> {
    let seed = config.root_seed();
    let kept = |set: Labelled, count: Option<usize>, what: &str| {
        let chosen = subset(&set.labels, count, seed, what)?;
        let all = chosen.len() == set.len();
        Ok::<Labelled, Error>(if all { set } else { set.select(&chosen) })
    };
    let train = Arc::new(kept(train, config.train_images, "train_images")?);
    let tiles = Arc::new(kept(test, config.test_images, "test_images")?);
    let [train, test] =
        [(&train, "train"), (&tiles, "test")].map(|(tiles, split)| placed(config, tiles, split));
    let mosaic = Mosaic {
        tiles,
        seed: seed.child("mosaic"),
        windows: config.windows,
        repeated: false,
        surround: config.surround,
    };
    let data = Dataset::shared(train, test, classes)?;
    data.with_margin(config.true_margin)?.with_wide(mosaic)
}

fn load_folder(config: &DataConfig, root: &Path) -> Result<Dataset> {
    if cfg!(not(feature = "files")) {
        return Err(no_pictures(&config.name));
    }
    let (side, seed) = (config.side(), config.root_seed());
    let listing = folder::list(root, seed)?;
    let kept = |entries: &[folder::Entry], count: Option<usize>, what: &str| {
        let labels: Vec<usize> = entries.iter().map(|&(_, label)| label).collect();
        let chosen = subset(&labels, count, seed, what)?;
        check_memory(what, chosen.len(), 3 * side * side)?;
        Ok::<Vec<folder::Entry>, Error>(chosen.iter().map(|&i| entries[i].clone()).collect())
    };
    let train = kept(&listing.train, config.train_images, "train_images")?;
    let test = kept(&listing.test, config.test_images, "test_images")?;
    let train_set = Arc::new(folder::load(&train, side)?);
    let test_set = match train == test {
        true => Arc::clone(&train_set),
        false => Arc::new(folder::load(&test, side)?),
    };
    let photos = Photos {
        files: test.into_iter().map(|(path, _)| path).collect(),
        labels: listing.labelled.then(|| test_set.labels.clone()),
        side: side + 2 * config.surround,
        windows: config.windows,
        seed: seed.child("photo"),
    };
    let [train, test] = [(&train_set, "train"), (&test_set, "test")]
        .map(|(tiles, split)| placed(config, tiles, split));
    let data = Dataset::shared(train, test, listing.classes)?;
    let mut data = data.with_margin(config.true_margin)?;
    data.overlapping = !listing.labelled;
    data.with_wide(photos)
}
