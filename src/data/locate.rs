//! Where data sets lie, and how to get those that do not.

use std::path::{Path, PathBuf};

use super::config::{DataConfig, Kind};
use super::{cifar, idx};
use crate::error::{Error, Result};

/// Where the Debian package `dataset-fashion-mnist` puts its files.
const DEBIAN_FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";

/// A data set, whether it was found, and how to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its name in a [`DataConfig`].
    pub name: String,
    /// The folder it was found in; `None` for what is missing or needs no files.
    pub found: Option<PathBuf>,
    /// What to do to have it.
    pub how: String,
}

/// All data sets that a user can name, with the places where their files were found.
///
/// The search goes through `$PADGRAD_DATA/NAME`, `./datasets/NAME`, `~/.cache/padgrad/NAME` and, for
/// Fashion-MNIST, the folder of its Debian package. Only the presence of a file is checked here.
pub fn installed() -> Vec<Installed> {
    super::config::NAMES
        .iter()
        .map(|&name| {
            let kind = DataConfig::named(name).kind().ok();
            Installed {
                name: name.into(),
                found: kind.and_then(|kind| {
                    let mut places = places(name);
                    places.retain(|dir| holds(dir, &kind));
                    places.into_iter().next()
                }),
                how: how(name).into(),
            }
        })
        .collect()
}

/// The folder with the files of `config`: the one it names, or the first place that has them.
pub(super) fn find(config: &DataConfig, kind: &Kind) -> Result<PathBuf> {
    // A folder that was asked for is used or refused by the reader, never passed over.
    if let Some(dir) = &config.dir {
        return if dir.is_dir() {
            Ok(dir.clone())
        } else {
            Err(Error::file(
                dir,
                "there is no such folder",
                "check the path",
            ))
        };
    }
    let places = places(&config.name);
    if let Some(dir) = places.iter().find(|dir| holds(dir, kind)) {
        return Ok(dir.clone());
    }
    let searched: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
    Err(Error::invalid(
        format!("data set {}", config.name),
        format!("not found in {}", searched.join(", ")),
        how(&config.name),
    ))
}

fn places(name: &str) -> Vec<PathBuf> {
    let variable = |key: &str| std::env::var_os(key).filter(|v| !v.is_empty());
    let mut places = Vec::new();
    places.extend(variable("PADGRAD_DATA").map(|root| Path::new(&root).join(name)));
    places.push(Path::new("datasets").join(name));
    places.extend(variable("HOME").map(|home| Path::new(&home).join(".cache/padgrad").join(name)));
    if name == "fashion-mnist" {
        places.push(DEBIAN_FASHION_MNIST.into());
    }
    places
}

fn holds(dir: &Path, kind: &Kind) -> bool {
    match *kind {
        Kind::Idx(_) => idx::is_in(dir),
        Kind::Cifar(variant) => cifar::is_in(dir, variant),
        Kind::Canvas { .. } | Kind::Folder(_) => false,
    }
}

fn how(name: &str) -> &'static str {
    match name {
        "canvas" | "canvas-grey" => "nothing to get: it is painted from the seed",
        "fashion-mnist" => {
            "`apt install dataset-fashion-mnist`, or put the four files of \
             https://github.com/zalandoresearch/fashion-mnist into datasets/fashion-mnist"
        }
        "mnist" => {
            "put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and \
             t10k-labels-idx1-ubyte (gzipped or not) into datasets/mnist"
        }
        "cifar10" => {
            "unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html \
             into datasets/cifar10"
        }
        "cifar100" => {
            "unpack cifar-100-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html \
             into datasets/cifar100"
        }
        _ => {
            "name any folder of PNG, JPEG or WebP pictures: PATH/class/picture.png or PATH/picture.png"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_says_how_to_get_it() {
        let all = installed();
        assert_eq!(all.len(), super::super::config::NAMES.len());
        for set in &all {
            assert!(!set.how.is_empty() && !set.how.contains("  "), "{set:?}");
        }
        assert_eq!(all[0].found, None);
    }

    #[test]
    fn a_folder_that_was_asked_for_is_not_passed_over() {
        let config = DataConfig {
            dir: Some("no/such/folder".into()),
            ..DataConfig::named("fashion-mnist")
        };
        let message = find(&config, &Kind::Idx("fashion-mnist")).unwrap_err();
        assert!(message.to_string().starts_with("no/such/folder: "));
    }
}
