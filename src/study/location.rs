//! The location test of F-Conv over paddings and seeds.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::config::RunConfig;
use super::feasible::{check_count, check_training};
use super::folder::RunFolder;
use super::grid::cell::{Cell, cells};
use super::grid::workers::each;
use super::moments::FINAL;
use super::progress::{Event, Progress, phase};
use super::record::{Moment, write_results};
use super::results::{Results, Row};
use crate::error::{Error, Result};
use crate::padding::{Padding, Scheme, schemes};
use crate::probes::location::{self, Location, LocationOptions};
use crate::rng::Seed;
use crate::statistics::{Measured, mean_over_images, share};

/// The convolution types of the paper, in its order, and circular padding.
const FIRST: [&str; 4] = ["valid", "zeros", "circular", "zeros@full"];
/// More images than this are a mistake.
const MOST_IMAGES: usize = 1_000_000;
/// The layer under which the rows stand.
const LAYER: &str = "location";

/// The settings of the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocationConfig {
    /// Padding schemes.
    pub padding: Vec<String>,
    /// The first seed.
    pub seed: u64,
    /// Networks per padding, each with a seed of its own.
    pub seeds: usize,
    /// Passes over the training set, at most.
    pub epochs: usize,
    /// Training images.
    pub train_images: usize,
    /// Validation images.
    pub validation_images: usize,
    /// Images of each of the two tests.
    pub test_images: usize,
}

impl Default for LocationConfig {
    fn default() -> LocationConfig {
        LocationConfig {
            padding: FIRST.map(String::from).into(),
            seed: 0,
            seeds: 10,
            epochs: 50,
            train_images: 2000,
            validation_images: 1000,
            test_images: 1000,
        }
    }
}

/// Every padding of the registry, those of the paper first.
pub fn all_paddings() -> Vec<String> {
    let named = |scheme: &Scheme| match scheme.samples.first() {
        Some(Some(argument)) => format!("{}:{argument}", scheme.name),
        _ => scheme.name.to_string(),
    };
    let first = FIRST.map(String::from).into_iter();
    let others = schemes().iter().map(named);
    let others = others.filter(|name| !FIRST.contains(&name.as_str()));
    first.chain(others).collect()
}

/// A test that can be carried out.
pub struct LocationTest {
    /// Its paddings, in the order of the settings.
    pub paddings: Vec<Padding>,
    /// How each network is trained and tested.
    pub options: LocationOptions,
    cells: Vec<Cell>,
}

impl LocationTest {
    /// Checks the settings.
    ///
    /// # Errors
    /// A usage error that names the setting.
    pub fn prepare(config: &LocationConfig) -> Result<LocationTest> {
        let run = RunConfig {
            padding: config.padding.clone(),
            seed: config.seed,
            seeds: config.seeds,
            ..RunConfig::default()
        };
        let paddings = run.validate()?;
        for &padding in &paddings {
            let model = location::network(padding, Seed(0)).map_err(Error::into_usage)?;
            check_training(&model, padding, LocationOptions::default().batch)?;
        }
        check_count("epochs", config.epochs, 1, 100_000)?;
        for (what, count) in [
            ("train_images", config.train_images),
            ("validation_images", config.validation_images),
            ("test_images", config.test_images),
        ] {
            check_count(what, count, 1, MOST_IMAGES)?;
        }
        Ok(LocationTest {
            cells: cells(&run, &paddings),
            paddings,
            options: LocationOptions {
                train_images: config.train_images,
                validation_images: config.validation_images,
                test_images: config.test_images,
                epochs: config.epochs,
                ..LocationOptions::default()
            },
        })
    }

    /// Trains and tests every network, each on a thread of its own; what has been found is written after each.
    ///
    /// # Errors
    /// Where a network cannot be trained or the folder not be written; if nothing was found by then, the folder
    /// is taken away.
    pub fn run(&self, folder: &RunFolder, progress: &Progress) -> Result<Results> {
        let outcome = self.work(folder, progress);
        if folder.path().join("results.json").exists() {
            return outcome;
        }
        folder.or_discard(outcome)
    }

    fn work(&self, folder: &RunFolder, progress: &Progress) -> Result<Results> {
        let of = self.cells.len();
        phase(progress, "location test", of, "networks");
        let results = folder.results_of("probe location", self.options.test_images);
        let mut results = results.on("fconv", "squares");
        let train = |cell: &Cell| {
            let start = Instant::now();
            let found = location::run(cell.padding, &self.options, Seed(cell.seed))?;
            Ok((rows(cell, &found), start.elapsed().as_secs_f64()))
        };
        let found = each(&self.cells, train, |number, cell, (rows, seconds)| {
            let percent = |i: usize| 100.0 * rows.get(i).and_then(|r| r.value).unwrap_or(0.0);
            progress(Event::At(number));
            progress(Event::Line(&format!(
                "[{number}/{of}] {}, seed {}: similar {:.1}%, dissimilar {:.1}%, {seconds:.1} s",
                cell.padding,
                cell.seed,
                percent(0),
                percent(1),
            )));
            results.rows.extend(rows.iter().cloned());
            write_results(folder, &results)
        });
        // Networks end in any order; the finished file has them in theirs.
        results.rows = found?.into_iter().flat_map(|(rows, _)| rows).collect();
        write_results(folder, &results)?;
        Ok(results)
    }
}

fn rows(cell: &Cell, found: &Location) -> Vec<Row> {
    let moment = Moment {
        scheme: cell.padding.to_string(),
        seed: cell.seed,
        stage: FINAL.into(),
        epoch: found.best_epoch,
        step: found.best_step,
    };
    moment.rows(LAYER, &metrics(found))
}

/// Both accuracies and their gap, which is paired: both tests show the same squares.
pub fn metrics(found: &Location) -> [(&'static str, Measured); 3] {
    let [similar, dissimilar, _] = found.scores();
    let value = |right: bool| f64::from(u8::from(right));
    let pairs = found.similar.iter().zip(&found.dissimilar);
    let gaps: Vec<f64> = pairs.map(|(&a, &b)| value(a) - value(b)).collect();
    [
        ("similar_accuracy", share(similar, gaps.len())),
        ("dissimilar_accuracy", share(dissimilar, gaps.len())),
        ("gap", mean_over_images(&gaps)),
    ]
}

/// Mean and population standard deviation over seeds of a metric of the test, as the paper gives them.
pub fn over_seeds(results: &Results, padding: Padding, metric: &str) -> [f64; 2] {
    let scheme = padding.to_string();
    let of_scheme = results.rows.iter().filter(|r| r.scheme == scheme);
    let values = of_scheme.filter(|r| r.metric == metric);
    population(&values.filter_map(|r| r.value).collect::<Vec<_>>())
}

/// Mean and standard deviation of the values as the whole population.
fn population(values: &[f64]) -> [f64; 2] {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    [mean, variance.sqrt()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_paddings_are_every_scheme_once_and_all_can_be_trained() {
        let names = all_paddings();
        assert_eq!(names[..4], FIRST);
        assert!(names[4].starts_with("constant:"));
        assert_eq!(names.len(), schemes().len() + 2);
        for name in names {
            let padding = Padding::parse(&name).expect("a padding");
            assert!(location::network(padding, Seed(0)).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_gap_is_paired_and_has_no_interval_where_the_answers_agree() {
        let right: Vec<bool> = (0..200).map(|i| i % 3 > 0).collect();
        let mut found = Location {
            similar: right.clone(),
            dissimilar: right,
            epochs: 1,
            best_epoch: 1,
            best_step: 1,
            validation_loss: 0.0,
        };
        let [.., (_, gap)] = metrics(&found);
        assert_eq!([gap.value, gap.lo, gap.hi], [Some(0.0); 3]);
        found.dissimilar = vec![false; 200];
        let [.., (_, gap)] = metrics(&found);
        assert_eq!(gap.value, Some(133.0 / 200.0));
        assert!(gap.lo > Some(0.5) && gap.hi < Some(0.8));
        assert_eq!(population(&[1.0, 3.0]), [2.0, 1.0]);
    }
}
