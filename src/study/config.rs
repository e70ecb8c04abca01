//! The settings of a run, as its `config.toml` holds them.

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use super::folder::CONFIG;
use super::folder::file_part;
use super::keys::{first_difference, none_twice, split_data, unknown_key, with_nearest_quoted};
use super::moments::{Keep, Measure, Moments};
use crate::data::DataConfig;
use crate::error::{Error, Result, with_nearest};
use crate::files::read_up_to;
use crate::nn::models;
use crate::padding::Padding;
use crate::ppp::{Taps, enough_images};
use crate::train::TrainConfig;

/// The longest configuration that is read.
const LARGEST_FILE: u64 = 1 << 20;
/// More networks per scheme than this are a mistake.
const MOST_SEEDS: usize = 10_000;
/// Images of a measurement inside an epoch, where the settings do not say.
const STEP_IMAGES: usize = 100;

/// What is done with each network of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is measured before, during and after training.
    Study,
    /// It is trained, and kept after every epoch.
    Train,
}

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
    /// When PPP is measured besides initialisation and the end: `steps`, `epochs` or `ends`.
    pub measure: Measure,
    /// Only every n-th epoch.
    pub measure_every: usize,
    /// Images on which PPP is measured at steps inside an epoch, at most `images`; 100 of them by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_images: Option<usize>,
    /// Which checkpoints outlive training: `last`, `best` or `all`.
    pub keep: Keep,
    /// The data.
    pub data: DataConfig,
    /// How each network is trained.
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
            measure: Measure::default(),
            measure_every: 1,
            step_images: None,
            keep: Keep::default(),
            data: DataConfig::default(),
            train: TrainConfig::default(),
        }
    }
}

impl RunConfig {
    /// Two networks that are trained and measured in a second, for tests.
    #[cfg(test)]
    pub(super) fn tiny() -> RunConfig {
        let mut config = RunConfig {
            padding: vec!["zeros".into(), "randn".into()],
            images: 40,
            ..RunConfig::default()
        };
        config.data.size = Some(12);
        config.data.train_images = Some(40);
        config.data.test_images = Some(20);
        config.train.epochs = 2;
        config.train.batch_size = 20;
        config
    }

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
            let problem = format!("{place}{}", e.message());
            Error::file(path, problem, with_nearest_quoted(REMEDY, e.message()))
        })?;
        match unknown_key(&text, &config) {
            None => Ok(config),
            Some((key, known)) => {
                let problem = format!("there is no setting `{key}`");
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                Err(Error::file(
                    path,
                    problem,
                    with_nearest(REMEDY, &key, &known),
                ))
            }
        }
    }

    /// The file's text.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self)
            .map_err(|e| Error::invalid("config.toml", e.to_string(), "this is a bug; report it"))
    }

    /// Images on which PPP is measured at steps inside an epoch.
    pub fn images_of_a_step(&self) -> usize {
        self.step_images.unwrap_or(STEP_IMAGES).min(self.images)
    }

    /// The grids of a study, one for each architecture on each data set that the settings list, each with
    /// the name of its folder inside the study's; a single one has the study's own.
    ///
    /// # Errors
    /// A usage error where an architecture is not known, or two grids would be the same or have the same folder.
    pub fn workloads(&self) -> Result<Vec<(Option<String>, RunConfig)>> {
        let archs: Vec<&str> = self.arch.split(',').map(str::trim).collect();
        let sets = split_data(&self.data.name);
        archs
            .iter()
            .try_for_each(|arch| models::find(arch).map(drop))?;
        none_twice("arch", &archs)?;
        none_twice("data", &sets)?;
        let single = archs.len() * sets.len() == 1;
        let mut workloads = Vec::new();
        for name in &sets {
            for arch in &archs {
                let mut config = self.clone();
                config.arch = (*arch).to_string();
                config.data.name.clone_from(name);
                let folder = (!single).then(|| file_part(&format!("{arch}-{name}")));
                workloads.push((folder, config));
            }
        }
        let folders: Vec<&String> = workloads.iter().flat_map(|(folder, _)| folder).collect();
        none_twice("the folder of a network on its data", &folders)?;
        Ok(workloads)
    }

    /// The settings that values depend on: which checkpoints are kept is none of them.
    pub fn of_values(&self) -> RunConfig {
        RunConfig {
            keep: Keep::default(),
            ..self.clone()
        }
    }

    /// The first setting on which values depend and in which two configurations differ, with its two values.
    pub fn difference(&self, other: &RunConfig) -> Option<String> {
        let other = toml::Table::try_from(other).unwrap_or_default();
        self.difference_from(&other)
    }

    /// The same of settings that stand in results.
    pub fn difference_from(&self, other: &toml::Table) -> Option<String> {
        let mut own = toml::Table::try_from(self).unwrap_or_default();
        let mut other = other.clone();
        for table in [&mut own, &mut other] {
            table.remove("keep");
        }
        first_difference(&own, &other)
    }

    /// Checks everything that can be checked before any work is done, and gives the paddings.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn validate(&self) -> Result<Vec<Padding>> {
        models::find(&self.arch)?;
        self.train.validate()?;
        self.validate_counts()?;
        enough_images(self.step_images.unwrap_or(STEP_IMAGES))?;
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
        if let Some(images) = self.step_images.filter(|images| *images > self.images) {
            let problem = format!(
                "{images} are more than the {} images of an epoch's end",
                self.images
            );
            return Err(Error::usage(
                "step_images",
                problem,
                "use at most as many as images",
            ));
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
        none_twice("padding", &paddings)?;
        Ok(paddings)
    }

    /// When a network of `steps_per_epoch` steps per epoch is measured.
    pub fn moments(&self, steps_per_epoch: usize) -> Moments {
        Moments {
            measure: self.measure,
            every: self.measure_every,
            steps_per_epoch,
        }
    }

    /// The layers that are measured.
    pub fn taps(&self) -> Taps {
        Taps::parse(&self.layers)
    }
}

/// Splits a list of paddings at its commas, but not inside the four numbers of an extent.
///
/// ```
/// let schemes = padgrad::study::config::split_schemes("zeros@1,2,0,3,reflect, constant:1,valid");
/// assert_eq!(schemes, ["zeros@1,2,0,3", "reflect", "constant:1", "valid"]);
/// ```
pub fn split_schemes(list: &str) -> Vec<String> {
    let mut schemes: Vec<String> = Vec::new();
    for part in list.split(',') {
        let number = part.trim().parse::<usize>().is_ok();
        match schemes.last_mut() {
            Some(last) if number && last.contains('@') => *last += &format!(",{}", part.trim()),
            _ => schemes.push(part.trim().to_string()),
        }
    }
    schemes
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
    fn a_mistake_is_named_with_its_line_or_its_name() {
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
                "`train.schedule.warmpu`; did you mean `train.schedule.warmup`?",
            ),
            ("paddings = []\n", "; did you mean `padding`? compare with"),
            (
                "[train.optimizer]\nname = \"sdg\"\n",
                "; did you mean `sgd`? compare with",
            ),
            (
                "[train.schedule]\ndecay = \"cosin\"\n",
                "; did you mean `cosine`? compare with",
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
    fn lists_of_networks_and_data_give_a_grid_each() {
        let mut config = RunConfig {
            arch: "small, vgg11".into(),
            ..RunConfig::default()
        };
        config.data.name = "canvas,folder:a,b,mnist".into();
        let found = config.workloads().expect("six grids");
        let folders: Vec<&str> = found.iter().filter_map(|(f, _)| f.as_deref()).collect();
        assert_eq!(
            folders[..3],
            ["small-canvas", "vgg11-canvas", "small-folder-a-b"]
        );
        assert_eq!(
            (found.len(), found[2].1.data.name.as_str()),
            (6, "folder:a,b")
        );
        let single = RunConfig::default();
        assert_eq!(single.workloads().ok(), Some(vec![(None, single.clone())]));
        for (arch, data) in [
            ("small,small", "canvas"),
            ("small", "folder:a/b,folder:a-b"),
        ] {
            let mut twice = single.clone();
            (twice.arch, twice.data.name) = (arch.into(), data.into());
            let message = twice.workloads().map_err(|e| e.to_string());
            assert!(
                matches!(&message, Err(m) if m.contains("named twice")),
                "{message:?}"
            );
        }
    }

    #[test]
    fn a_difference_is_named_with_both_values() {
        let mut other = RunConfig::default();
        assert_eq!(RunConfig::default().difference(&other), None);
        other.train.epochs = 7;
        let found = RunConfig::default().difference(&other);
        assert_eq!(found.as_deref(), Some("train.epochs is 3 and 7"));
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
