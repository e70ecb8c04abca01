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
use super::results::{Results, Row, RunKind};
use crate::error::{Error, Result};
use crate::padding::{Padding, Scheme, schemes};
use crate::probes::location::{self, Location, LocationOptions, Protocol, Sets};
use crate::rng::Seed;
use crate::statistics::{Measured, mean_over_images, share};

/// The convolution types of the paper, in its order, and circular padding.
const FIRST: [&str; 4] = ["valid", "zeros", "circular", "zeros@full"];
/// More images than this are a mistake.
const MOST_IMAGES: usize = 1_000_000;
/// The layer under which the rows stand.
const LAYER: &str = "location";
/// More image sets than this are a mistake.
const MOST_SETS: usize = 1000;

/// The settings of the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocationConfig {
    /// Where the images of validation and tests come from.
    pub protocol: Protocol,
    /// Padding schemes.
    pub padding: Vec<String>,
    /// The first seed.
    pub seed: u64,
    /// Networks per padding and image set, each with a seed of its own.
    pub seeds: usize,
    /// Image sets that networks share; `None` for three under the published protocol, and for none where every
    /// network has images of its own.
    pub image_sets: Option<usize>,
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
            protocol: Protocol::HeldOut,
            padding: FIRST.map(String::from).into(),
            seed: 0,
            seeds: 10,
            image_sets: None,
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
    /// Image sets that networks share; none where every network has images of its own.
    pub image_sets: usize,
    networks: Vec<Network>,
}

/// A network of the test.
struct Network {
    cell: Cell,
    /// The image set that it shares with others.
    set: Option<usize>,
    /// What its padding lets it reach.
    ceiling: f64,
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
        check_count("train_images", config.train_images, 1, MOST_IMAGES)?;
        // What the published tests show are training images.
        let most = match config.protocol {
            Protocol::HeldOut => MOST_IMAGES,
            Protocol::Published => config.train_images,
        };
        check_count("validation_images", config.validation_images, 1, most)?;
        check_count("test_images", config.test_images, 1, most)?;
        let image_sets = image_sets(config)?;
        Ok(LocationTest {
            networks: networks(cells(&run, &paddings), image_sets)?,
            image_sets,
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

    fn train(&self, network: &Network) -> Result<Location> {
        let (padding, seed) = (network.cell.padding, Seed(network.cell.seed));
        match network.set {
            None => location::run(padding, &self.options, seed),
            Some(set) => {
                let sets =
                    Sets::published(self.options.sizes(), Seed(set as u64).child("image set"));
                location::run_on(&sets, padding, &self.options, seed)
            }
        }
    }

    fn work(&self, folder: &RunFolder, progress: &Progress) -> Result<Results> {
        let of = self.networks.len();
        phase(progress, "location test", of, "networks");
        let results = folder.results_of(RunKind::Location, self.options.test_images);
        let mut results = results.on("fconv", "squares");
        let train = |network: &Network| {
            let start = Instant::now();
            let found = self.train(network)?;
            Ok((rows(network, &found), start.elapsed().as_secs_f64()))
        };
        let found = each(&self.networks, train, |number, network, (rows, seconds)| {
            let percent = |i: usize| 100.0 * rows.get(i).and_then(|r| r.value).unwrap_or(0.0);
            progress(Event::At(number));
            progress(Event::Line(&format!(
                "[{number}/{of}] {}: similar {:.1}%, dissimilar {:.1}%, {seconds:.1} s",
                network.name(),
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

/// How many image sets networks share.
fn image_sets(config: &LocationConfig) -> Result<usize> {
    match (config.protocol, config.image_sets) {
        (Protocol::HeldOut, None) => Ok(0),
        (Protocol::HeldOut, Some(_)) => Err(Error::usage(
            "image_sets",
            "every held-out network has images of its own",
            "leave it out, or use the published protocol",
        )),
        (Protocol::Published, sets) => {
            let sets = sets.unwrap_or(3);
            check_count("image_sets", sets, 1, MOST_SETS)?;
            Ok(sets)
        }
    }
}

/// A network per cell, or one per cell and image set.
fn networks(cells: Vec<Cell>, image_sets: usize) -> Result<Vec<Network>> {
    let sets: Vec<Option<usize>> = match image_sets {
        0 => vec![None],
        count => (0..count).map(Some).collect(),
    };
    let mut networks = Vec::new();
    for cell in cells {
        let ceiling = location::ceiling(cell.padding)?;
        networks.extend(sets.iter().map(|&set| Network { cell, set, ceiling }));
    }
    Ok(networks)
}

impl Network {
    /// What it is called while it trains.
    fn name(&self) -> String {
        let Cell { padding, seed } = self.cell;
        let set = self.set.map(|set| format!(", image set {set}"));
        format!("{padding}, seed {seed}{}", set.unwrap_or_default())
    }
}

/// The layer under which the rows of an image set stand, or those without one.
fn layer(set: Option<usize>) -> String {
    set.map_or_else(|| LAYER.to_string(), |set| format!("{LAYER}.set-{set}"))
}

fn rows(network: &Network, found: &Location) -> Vec<Row> {
    let moment = Moment {
        scheme: network.cell.padding.to_string(),
        seed: network.cell.seed,
        stage: FINAL.into(),
        epoch: found.best_epoch,
        step: found.best_step,
    };
    let fresh = found.fresh.iter().flat_map(|right| {
        let names = ["fresh_similar_accuracy", "fresh_dissimilar_accuracy"];
        names.into_iter().zip(right).map(|(name, right)| {
            let count = right.iter().filter(|right| **right).count();
            let value = count as f64 / right.len().max(1) as f64;
            (name, share(value, right.len()))
        })
    });
    let facts = [
        ("ceiling", Measured::exact(network.ceiling)),
        ("epochs_trained", Measured::exact(found.epochs as f64)),
    ];
    let all: Vec<_> = metrics(found)
        .into_iter()
        .chain(fresh)
        .chain(facts)
        .collect();
    moment.rows(&layer(network.set), &all)
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

/// Mean and population standard deviation over networks of a metric of the test, as the paper gives them; over
/// those of one image set, or over all.
pub fn over_networks(
    results: &Results,
    padding: Padding,
    set: Option<usize>,
    metric: &str,
) -> [f64; 2] {
    let (scheme, of_set) = (padding.to_string(), set.map(|set| layer(Some(set))));
    let of_scheme = results.rows.iter().filter(|r| r.scheme == scheme);
    let of_set = of_scheme.filter(|r| of_set.as_ref().is_none_or(|own| *own == r.layer));
    let values = of_set.filter(|r| r.metric == metric);
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
            fresh: None,
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
