//! The settings of a run, as its `config.toml` holds them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::data::DataConfig;
use crate::error::{Error, Result};
use crate::files::read_up_to;
use crate::nn::models;
use crate::padding::Padding;
use crate::ppp::Taps;
use crate::train::TrainConfig;

/// The longest configuration that is read.
const LARGEST_FILE: u64 = 1 << 20;
/// More networks per scheme than this are a slip.
const MOST_SEEDS: usize = 10_000;

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
        const REMEDY: &str = "compare with the config.toml of a finished run";
        let bytes = read_up_to(path, LARGEST_FILE)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::file(path, "it is not a text in UTF-8", REMEDY))?;
        let config: RunConfig = toml::from_str(&text).map_err(|e| {
            let place = e.span().map_or_else(String::new, |span| {
                let before = text.bytes().take(span.start);
                format!("line {}: ", before.filter(|&b| b == b'\n').count() + 1)
            });
            Error::file(path, format!("{place}{}", e.message()), REMEDY)
        })?;
        match unknown_key(&text, &config) {
            None => Ok(config),
            Some(key) => {
                let problem = format!("there is no setting `{key}`");
                Err(Error::file(path, problem, REMEDY))
            }
        }
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
        self.validate_counts()?;
        if let Some(dir) = &self.data.dir
            && dir.to_str().is_none()
        {
            let problem = format!("{} is not UTF-8, as config.toml must be", dir.display());
            return Err(Error::usage("data-dir", problem, "rename the folder"));
        }
        self.parse_paddings()
    }

    fn validate_counts(&self) -> Result<()> {
        for (what, value) in [("seeds", self.seeds), ("measure_every", self.measure_every)] {
            if value == 0 {
                let problem = "0 gives nothing to do";
                return Err(Error::usage(what, problem, "use at least 1"));
            }
        }
        if self.seeds > MOST_SEEDS || self.seed.checked_add(self.seeds as u64).is_none() {
            return Err(Error::usage(
                "seeds",
                format!("{} from {} on cannot be used", self.seeds, self.seed),
                format!("use at most {MOST_SEEDS}, and a first seed that leaves room for them"),
            ));
        }
        Ok(())
    }

    /// The paddings, at least one and none twice.
    fn parse_paddings(&self) -> Result<Vec<Padding>> {
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

/// The first key of `text` that `config`, which was read from it, knows nothing of.
///
/// Serde lets unknown keys pass in parts of the configuration that are flattened into others.
fn unknown_key(text: &str, config: &RunConfig) -> Option<String> {
    let given: toml::Table = toml::from_str(text).ok()?;
    let known = toml::Table::try_from(config).ok()?;
    first_missing(&given, &known)
}

/// The dotted name of the first key of `given` that `known` does not have.
fn first_missing(given: &toml::Table, known: &toml::Table) -> Option<String> {
    given.iter().find_map(|(key, value)| match known.get(key) {
        None => Some(key.clone()),
        Some(toml::Value::Table(known)) => value
            .as_table()
            .and_then(|given| first_missing(given, known))
            .map(|inner| format!("{key}.{inner}")),
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RunConfig> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("study.toml");
        std::fs::write(&path, text).expect("a write");
        RunConfig::read(&path)
    }

    #[test]
    fn what_is_written_is_read() {
        let config = RunConfig::default();
        let text = config.to_toml().expect("a text");
        assert_eq!(read(&text).ok(), Some(config));
        assert_eq!(read("").ok(), Some(RunConfig::default()));
    }

    #[test]
    fn a_slip_is_told_with_its_line_or_its_name() {
        for (text, expected) in [
            ("arch = \"small\"\nseeds = \n", "line 2: "),
            (
                "arch = \"small\"\n\nseedz = 3\n",
                "line 3: unknown field `seedz`",
            ),
            ("seeds = \"three\"\n", "line 1: invalid type"),
            ("[train]\nepochs = 3\nlr = -\n", "line 3: "),
            (
                "[train.schedule]\ndecay = \"constant\"\nwarmpu = 3\n",
                "`train.schedule.warmpu`",
            ),
            ("[data]\nname = \"canvas\"\nsise = 3\n", "sise"),
        ] {
            let message = read(text).map_err(|e| e.to_string());
            assert!(
                matches!(&message, Err(m) if m.contains(expected) && m.contains("study.toml")),
                "{text:?} gives {message:?}"
            );
        }
    }

    #[test]
    fn seeds_that_run_beyond_the_last_are_refused() {
        let config = |seed, seeds| RunConfig {
            seed,
            seeds,
            ..RunConfig::default()
        };
        assert!(config(u64::MAX - 3, 3).validate().is_ok());
        for (seed, seeds) in [(u64::MAX - 1, 3), (0, 0), (0, usize::MAX)] {
            let code = config(seed, seeds).validate().map_err(|e| e.exit_code());
            assert!(matches!(code, Err(2)), "{seeds} from {seed}");
        }
    }
}
