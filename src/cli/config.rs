//! The settings of a run, as its `config.toml` holds them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::data::DataConfig;
use crate::error::{Error, Result};
use crate::nn::models;
use crate::padding::Padding;
use crate::ppp::Taps;
use crate::train::TrainConfig;

/// Everything that decides what a run computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfig {
    /// Architecture.
    pub arch: String,
    /// Padding schemes; `valid` is the control.
    pub padding: Vec<String>,
    /// The first seed.
    pub seed: u64,
    /// How many networks are trained under each scheme.
    pub seeds: usize,
    /// Images on which PPP is measured.
    pub images: usize,
    /// Layers at which it is measured: `conv`, `all`, or names separated by commas.
    pub layers: String,
    /// PPP is measured at initialisation, every so many epochs, and at the end.
    pub measure_every: usize,
    pub data: DataConfig,
    pub train: TrainConfig,
}

impl Default for RunConfig {
    fn default() -> RunConfig {
        let schemes = [
            "zeros",
            "reflect",
            "replicate",
            "circular",
            "randn",
            "valid",
        ];
        RunConfig {
            arch: "small".into(),
            padding: schemes.map(String::from).into(),
            seed: 0,
            seeds: 1,
            images: 500,
            layers: "conv".into(),
            measure_every: 1,
            data: DataConfig::default(),
            train: TrainConfig::default(),
        }
    }
}

impl RunConfig {
    /// Reads a TOML file; what it leaves out is at its default.
    ///
    /// # Errors
    /// Where the file cannot be read, is not TOML, or has a setting that is not known.
    pub fn read(path: &Path) -> Result<RunConfig> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", e))?;
        toml::from_str(&text).map_err(|e| {
            let place = match e.span() {
                Some(span) => format!("line {}: ", text[..span.start].lines().count().max(1)),
                None => String::new(),
            };
            let remedy = "compare with the config.toml of a finished run";
            Error::file(path, format!("{place}{}", e.message()), remedy)
        })
    }

    /// The file's text.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self)
            .map_err(|e| Error::invalid("config.toml", e.to_string(), "this is a bug; report it"))
    }

    /// Checks everything that can be checked before any work is done, and gives the paddings.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn validate(&self) -> Result<Vec<Padding>> {
        models::find(&self.arch)?;
        self.train.validate()?;
        for (what, value) in [("seeds", self.seeds), ("measure_every", self.measure_every)] {
            if value == 0 {
                return Err(Error::usage(
                    what,
                    "0 gives nothing to do",
                    "use at least 1",
                ));
            }
        }
        let paddings: Vec<Padding> = self
            .padding
            .iter()
            .map(|p| Padding::parse(p.trim()))
            .collect::<Result<_>>()?;
        if paddings.is_empty() {
            let remedy = "name at least one, for example zeros";
            return Err(Error::usage("padding", "the list is empty", remedy));
        }
        for (i, padding) in paddings.iter().enumerate() {
            if paddings[..i]
                .iter()
                .any(|other| other.to_string() == padding.to_string())
            {
                let problem = format!("{padding} is named twice");
                return Err(Error::usage("padding", problem, "name each scheme once"));
            }
        }
        Ok(paddings)
    }

    /// The layers that are measured.
    pub fn taps(&self) -> Taps {
        Taps::parse(&self.layers)
    }
}
