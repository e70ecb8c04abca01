//! Which data set, how much of it, and how it is cut.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::cifar::Variant;
use crate::error::{Error, Result};
use crate::rng::Seed;

/// The names of all data sets, as a user writes them.
pub const NAMES: [&str; 7] = [
    "canvas",
    "canvas-grey",
    "mnist",
    "fashion-mnist",
    "cifar10",
    "cifar100",
    "folder:PATH",
];

/// More pixels around a picture than this are a mistake.
const WIDEST_SURROUND: usize = 1024;

/// What to load: the part of a run's configuration that names its data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataConfig {
    /// One of [`NAMES`].
    pub name: String,
    /// Where the files lie; without it the usual places are searched ([`super::installed`]).
    pub dir: Option<PathBuf>,
    /// Side of an image in pixels, for `canvas` and `folder:` only; 32 by default.
    pub size: Option<usize>,
    /// Training images; all by default, or 5000 for `canvas`.
    pub train_images: Option<usize>,
    /// Test images; all by default, or 1000 for `canvas`.
    pub test_images: Option<usize>,
    /// Where wide images of a mosaic or of a photo lie.
    pub windows: Windows,
    /// A folder of photographs to measure on, in windows whose surroundings are known; where nothing is said, the
    /// test images are measured on.
    pub measure_on: Option<PathBuf>,
    /// Where the pictures of small-image sets and folders lie in what a network trains and is tested on.
    pub placement: Placement,
    /// Pixels of other pictures around each of them, which belong to the image.
    pub surround: usize,
    /// Pixels of other pictures around each image, which networks in training read in the place of what their padding
    /// makes up: a control, into which no padded value goes. As many as the network needs, or none.
    pub true_margin: usize,
    /// Seed of everything that is drawn: textures, subsets, splits, windows.
    pub seed: u64,
}

/// Where a picture lies in the image that a network is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Where it is, so that content has the positions that photographers gave it.
    #[default]
    Own,
    /// Rolled around by a random offset (as `torch.roll`), so that content has no position.
    Rolled,
    /// The window lies anywhere on a mosaic of pictures, and the picture in its middle gives the class.
    Mosaic,
}

/// Where a wide image lies on the mosaic, or in the photo, that it is cut from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Windows {
    /// At a random place, so that the content's own layout averages out.
    #[default]
    Anywhere,
    /// With a test image (or the middle of a photo) exactly in its middle.
    Centred,
}

impl Default for DataConfig {
    fn default() -> DataConfig {
        DataConfig {
            name: "canvas".into(),
            dir: None,
            size: None,
            train_images: None,
            test_images: None,
            windows: Windows::default(),
            measure_on: None,
            placement: Placement::default(),
            surround: 0,
            true_margin: 0,
            seed: 0,
        }
    }
}

/// A data set whose name has been understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Canvas { channels: usize },
    Idx(&'static str),
    Cifar(Variant),
    Folder(PathBuf),
}

impl DataConfig {
    /// The default configuration of the data set `name`.
    pub fn named(name: impl Into<String>) -> DataConfig {
        DataConfig {
            name: name.into(),
            ..DataConfig::default()
        }
    }

    /// The side of an image for data sets whose images have no size of their own.
    pub(super) fn side(&self) -> usize {
        self.size.unwrap_or(32)
    }

    pub(super) fn root_seed(&self) -> Seed {
        Seed(self.seed).child("data")
    }

    /// Understands the name and checks that the other fields go with it.
    pub(super) fn kind(&self) -> Result<Kind> {
        let kind = self.named_kind()?;
        let sized = matches!(kind, Kind::Canvas { .. } | Kind::Folder(_));
        if self.size.is_some() && !sized {
            return Err(Error::usage(
                "size",
                format!("the images of {} have a size of their own", self.name),
                "leave it out, or use canvas or folder:PATH",
            ));
        }
        if !(1..=4096).contains(&self.side()) {
            return Err(Error::usage(
                "size",
                format!("{} is not a side of an image", self.side()),
                "choose from 1 to 4096",
            ));
        }
        if self.dir.is_some() && sized {
            return Err(Error::usage(
                "data-dir",
                format!("{} reads no folder of that kind", self.name),
                "leave it out, or write folder:PATH as the name",
            ));
        }
        let canvas = matches!(kind, Kind::Canvas { .. });
        if canvas && self.placement != Placement::Own {
            let problem = "the content of canvas has no position to take away";
            return Err(Error::usage("placement", problem, "leave it out"));
        }
        for (what, pixels, remedy) in [
            ("surround", self.surround, "choose a larger size"),
            (
                "true_margin",
                self.true_margin,
                "use the padding `valid` as a control",
            ),
        ] {
            if canvas && pixels > 0 {
                let problem = "canvas goes on beyond its images by itself";
                return Err(Error::usage(what, problem, remedy));
            }
            if pixels > WIDEST_SURROUND {
                let problem = format!("{pixels} pixels are more than {WIDEST_SURROUND}");
                return Err(Error::usage(what, problem, "choose fewer"));
            }
        }
        for (what, count) in [
            ("train_images", self.train_images),
            ("test_images", self.test_images),
        ] {
            if count == Some(0) {
                return Err(Error::usage(what, "0 images", "ask for at least one"));
            }
        }
        Ok(kind)
    }

    /// The shape [C, H, W] of the images where it is known before a file is opened.
    ///
    /// # Errors
    /// A usage error where the configuration makes no sense.
    pub fn shape(&self) -> Result<Option<[usize; 3]>> {
        let square = |channels| Some([channels, self.side(), self.side()]);
        let pictures = match self.kind()? {
            Kind::Canvas { channels } => square(channels),
            Kind::Folder(_) => square(3),
            Kind::Cifar(_) => Some(super::cifar::SHAPE),
            Kind::Idx(_) => None,
        };
        let around = 2 * self.surround;
        Ok(pictures.map(|[c, h, w]| [c, h + around, w + around]))
    }

    fn named_kind(&self) -> Result<Kind> {
        Ok(match self.name.as_str() {
            "canvas" => Kind::Canvas { channels: 3 },
            "canvas-grey" => Kind::Canvas { channels: 1 },
            "mnist" => Kind::Idx("mnist"),
            "fashion-mnist" => Kind::Idx("fashion-mnist"),
            "cifar10" => Kind::Cifar(Variant::Cifar10),
            "cifar100" => Kind::Cifar(Variant::Cifar100),
            other => match other.strip_prefix("folder:") {
                Some(path) if !path.is_empty() => Kind::Folder(path.into()),
                Some(_) => {
                    return Err(Error::usage(
                        "data set `folder:`",
                        "the path is missing",
                        "write it behind the colon, as in folder:photos",
                    ));
                }
                None => return Err(Error::unknown("data set", other, NAMES)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_do_not_go_with_the_name_are_refused() {
        let refused = |config: DataConfig| config.kind().unwrap_err().to_string();
        let mnist = DataConfig::named("mnist");
        let with_size = DataConfig {
            size: Some(64),
            ..mnist.clone()
        };
        assert!(refused(with_size).contains("a size of their own"));
        let empty = DataConfig {
            test_images: Some(0),
            ..mnist
        };
        assert!(refused(empty).contains("test_images: 0 images"));
        let unknown = refused(DataConfig::named("imagenet"));
        assert!(unknown.contains("canvas-grey") && !unknown.contains('\n'));
        assert!(refused(DataConfig::named("folder:")).contains("folder:photos"));
        let flat = DataConfig {
            size: Some(0),
            ..DataConfig::default()
        };
        assert!(refused(flat).contains("from 1 to 4096"));
    }
}
