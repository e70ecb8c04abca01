//! What a network's values depend on, so that none are joined that do not belong together.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::checksums::checksum;
use super::config::RunConfig;
use super::folder::file_part;
use super::provenance::{COMMIT, VERSION, isa};
use crate::data::{Dataset, Source};
use crate::error::{Error, Result};
pub use crate::train::checkpoint::Binding;

/// Images of each set that go into a fingerprint, evenly spaced.
const SAMPLE: usize = 8;

/// How a network was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Its settings: those of its run, with its own scheme and seed alone.
    pub settings: RunConfig,
    /// What else its values depend on, with a digest of the settings.
    pub binding: Binding,
}

impl Made {
    /// A network that is trained and measured here, with these settings on data of this fingerprint.
    ///
    /// # Errors
    /// Where the settings have no text.
    pub fn here(settings: RunConfig, data: &str) -> Result<Made> {
        Ok(Made {
            binding: Binding {
                config: digest(&settings)?,
                version: VERSION.into(),
                commit: COMMIT.into(),
                isa: isa().into(),
                data: data.into(),
            },
            settings,
        })
    }

    /// `reflect-seed0`: what the names of the network's files begin with.
    pub fn label(&self) -> String {
        let scheme = self.settings.padding.first();
        let scheme = file_part(scheme.map_or("", String::as_str));
        format!("{scheme}-seed{}", self.settings.seed)
    }

    /// Whether a network of `path` that was made like this belongs beside one that is made like `own`; the
    /// instruction set counts unless it may be `any`.
    ///
    /// # Errors
    /// A usage error that names the first thing in which they differ.
    pub fn belongs(&self, path: &Path, own: &Made, any_isa: bool) -> Result<()> {
        let settings = self.settings.difference(&own.settings);
        let differing = settings.or_else(|| difference(&self.binding, &own.binding, any_isa));
        differing.map_or(Ok(()), |difference| {
            Err(Error::usage(
                path.display().to_string(),
                format!("it does not belong to this run: {difference} here"),
                "go on with the settings, the data, the instruction set (unless any is allowed) and the padgrad that \
                 made it",
            ))
        })
    }
}

/// A digest of the settings that values depend on, defaults included.
///
/// # Errors
/// Where they have no text.
pub fn digest(settings: &RunConfig) -> Result<String> {
    Ok(checksum(settings.of_values().to_toml()?.as_bytes()))
}

/// A digest of the names and sizes of data and of some of its images.
///
/// # Errors
/// Where they cannot be read.
pub fn fingerprint(data: &Dataset) -> Result<String> {
    let mut bytes = format!(
        "{:?} {:?} {} {} {:?}",
        data.classes,
        [data.channels, data.height, data.width],
        data.train.len(),
        data.test.len(),
        data.wide_len()
    )
    .into_bytes();
    for source in [&data.train, &data.test] {
        add_sample(&mut bytes, &**source)?;
    }
    if data.wide_len() != Some(0) {
        let wide = data.wide(0..1, 0)?;
        bytes.extend(wide.images.data().iter().flat_map(|v| v.to_le_bytes()));
    }
    Ok(checksum(&bytes))
}

fn add_sample(bytes: &mut Vec<u8>, source: &dyn Source) -> Result<()> {
    let count = source.len().min(SAMPLE);
    let indices: Vec<usize> = (0..count).map(|i| i * source.len() / count).collect();
    let (images, labels) = source.batch(&indices)?;
    bytes.extend(images.data().iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend(labels.iter().flat_map(|label| label.to_le_bytes()));
    Ok(())
}

/// In what two bindings differ other than their settings: its name, and both values. The instruction set counts
/// unless it may be `any`.
pub fn difference(own: &Binding, other: &Binding, any_isa: bool) -> Option<String> {
    let isas = match any_isa {
        true => ["", ""],
        false => [own.isa.as_str(), other.isa.as_str()],
    };
    let short = |data: &String| data.get(..12).unwrap_or(data).to_string();
    [
        ("version", [&own.version, &other.version].map(String::clone)),
        ("commit", [&own.commit, &other.commit].map(String::clone)),
        ("instruction set", isas.map(String::from)),
        (
            "the data's fingerprint",
            [&own.data, &other.data].map(short),
        ),
    ]
    .into_iter()
    .find(|(_, [own, other])| own != other)
    .map(|(what, [own, other])| format!("{what} is {own} and {other}"))
}
