//! `padgrad probe location`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::cells;
use super::check_count;
use crate::cli::common::Common;
use crate::cli::config::RunConfig;
use crate::cli::feasible::check_training;
use crate::cli::output::{RunFolder, print_json, say};
use crate::cli::progress::Progress;
use crate::cli::record::{Moment, write_results};
use crate::cli::study::split_schemes;
use crate::error::{Error, Result};
use crate::padding::{Padding, schemes};
use crate::probes::location::{self, Location, LocationOptions};
use crate::report::table::{Cell, Table};
use crate::rng::Seed;
use crate::statistics::{Measured, mean_over_images, share};
use crate::study::results::{Results, Row};
use crate::study::summary::FINAL;

/// The convolution types of the paper, in its order, and circular padding.
const FIRST: [&str; 4] = ["valid", "zeros", "circular", "zeros@full"];
/// More images than this are a slip.
const MOST_IMAGES: usize = 1_000_000;
/// The layer under which the rows stand.
const LAYER: &str = "location";

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct LocationArgs {
    /// Paddings, separated by commas; `all` adds every other scheme [default: valid,zeros,circular,zeros@full]
    #[arg(long, value_name = "LIST")]
    padding: Option<String>,
    /// Networks per padding, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 10)]
    seeds: usize,
    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Passes over the training set, at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    epochs: usize,
    /// Training images
    #[arg(long, value_name = "N", default_value_t = 2000)]
    train_images: usize,
    /// Validation images
    #[arg(long, value_name = "N", default_value_t = 1000)]
    validation_images: usize,
    /// Images of each of the two tests
    #[arg(long, value_name = "N", default_value_t = 1000)]
    test_images: usize,
    /// Folder to write; it must not exist [default: the next free runs/location-001]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

/// One network to be trained.
struct Network {
    padding: Padding,
    seed: u64,
}

/// Every padding of the registry, those of the paper first.
fn all_paddings() -> String {
    let named = |scheme: &crate::padding::Scheme| match scheme.samples.first() {
        Some(Some(argument)) => format!("{}:{argument}", scheme.name),
        _ => scheme.name.to_string(),
    };
    let first = FIRST.map(String::from).into_iter();
    let others = schemes().iter().map(named);
    let others = others.filter(|name| !FIRST.contains(&name.as_str()));
    first.chain(others).collect::<Vec<_>>().join(",")
}

impl LocationArgs {
    /// The paddings as the flag takes them.
    fn list(&self) -> String {
        match self.padding.as_deref() {
            None => FIRST.join(","),
            Some("all") => all_paddings(),
            Some(list) => list.to_string(),
        }
    }

    fn paddings(&self) -> Result<Vec<Padding>> {
        let config = RunConfig {
            padding: split_schemes(&self.list()),
            seed: self.seed,
            seeds: self.seeds,
            ..RunConfig::default()
        };
        let paddings = config.validate()?;
        for &padding in &paddings {
            let model = location::network(padding, Seed(0)).map_err(Error::into_usage)?;
            check_training(&model, padding, LocationOptions::default().batch)?;
        }
        Ok(paddings)
    }

    fn options(&self) -> Result<LocationOptions> {
        check_count("--epochs", self.epochs, 1, 100_000)?;
        for (flag, count) in [
            ("--train-images", self.train_images),
            ("--validation-images", self.validation_images),
            ("--test-images", self.test_images),
        ] {
            check_count(flag, count, 1, MOST_IMAGES)?;
        }
        Ok(LocationOptions {
            train_images: self.train_images,
            validation_images: self.validation_images,
            test_images: self.test_images,
            epochs: self.epochs,
            ..LocationOptions::default()
        })
    }

    /// The command line that repeats the run.
    fn command(&self) -> String {
        let list = self.list();
        format!(
            "padgrad probe location --padding {list} --seeds {} --seed {} --epochs {} --train-images {} \
             --validation-images {} --test-images {}",
            self.seeds,
            self.seed,
            self.epochs,
            self.train_images,
            self.validation_images,
            self.test_images
        )
    }
}

/// Trains and tests every network.
pub fn run(args: &LocationArgs) -> Result<()> {
    let (paddings, options) = (args.paddings()?, args.options()?);
    let folder = RunFolder::create(args.out.as_deref(), LAYER)?;
    let results = match work(args, &paddings, &options, &folder) {
        Ok(results) => results,
        Err(error) => {
            if !folder.path().join("results.json").exists() {
                folder.discard();
            }
            return Err(error);
        }
    };
    let text = table(&results, &paddings, &options).text();
    folder.write("location.txt", text.as_bytes())?;
    if args.common.json {
        return print_json(&results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}

/// All networks, each on a thread of its own; what has been found is written after each.
fn work(
    args: &LocationArgs,
    paddings: &[Padding],
    options: &LocationOptions,
    folder: &RunFolder,
) -> Result<Results> {
    let seeds = args.seed..args.seed + args.seeds as u64;
    let networks: Vec<Network> = paddings
        .iter()
        .flat_map(|&padding| seeds.clone().map(move |seed| Network { padding, seed }))
        .collect();
    let mut progress = Progress::new(args.common.quiet);
    progress.phase("location test", networks.len(), "networks");
    let mut results = Results::new("probe location", args.command(), options.test_images);
    let train = |network: &Network| {
        let start = Instant::now();
        let found = location::run(network.padding, options, Seed(network.seed))?;
        Ok((rows(network, &found), start.elapsed().as_secs_f64()))
    };
    let found = cells::each(&networks, train, |number, network, (rows, seconds)| {
        let percent = |i: usize| 100.0 * rows.get(i).and_then(|r| r.value).unwrap_or(0.0);
        progress.at(number);
        progress.line(&format!(
            "[{number}/{}] {}, seed {}: similar {:.1}%, dissimilar {:.1}%, {seconds:.1} s",
            networks.len(),
            network.padding,
            network.seed,
            percent(0),
            percent(1),
        ));
        results.rows.extend(rows.iter().cloned());
        write_results(folder, &results)
    });
    progress.finish();
    // Networks end in any order; the finished file has them in theirs.
    results.rows = found?.into_iter().flat_map(|(rows, _)| rows).collect();
    write_results(folder, &results)?;
    Ok(results)
}

fn rows(network: &Network, found: &Location) -> Vec<Row> {
    let moment = Moment {
        scheme: network.padding.to_string(),
        seed: network.seed,
        stage: FINAL.into(),
        epoch: found.best_epoch,
        step: found.best_step,
    };
    moment.rows(LAYER, &metrics(found))
}

/// Both accuracies and their gap, which is paired: both tests show the same squares.
pub fn metrics(found: &Location) -> [(&'static str, Measured); 3] {
    let [similar, dissimilar, _] = found.scores();
    let number = |right: bool| f64::from(u8::from(right));
    let pairs = found.similar.iter().zip(&found.dissimilar);
    let gaps: Vec<f64> = pairs.map(|(&a, &b)| number(a) - number(b)).collect();
    [
        ("similar_accuracy", share(similar, gaps.len())),
        ("dissimilar_accuracy", share(dissimilar, gaps.len())),
        ("gap", mean_over_images(&gaps)),
    ]
}

/// Mean and population standard deviation over the seeds, in percent.
fn table(results: &Results, paddings: &[Padding], options: &LocationOptions) -> Table {
    let caption = format!(
        "Accuracy in percent on {} similar and {} dissimilar images: mean and population standard \
         deviation over seeds. The gap is what the network owes to absolute location.",
        options.test_images, options.test_images
    );
    let mut table = Table::new(caption, &["padding", "similar", "dissimilar", "gap"]);
    for padding in paddings {
        let scheme = padding.to_string();
        let cell = |metric: &str| {
            let of_scheme = results.rows.iter().filter(|r| r.scheme == scheme);
            let values = of_scheme.filter(|r| r.metric == metric);
            let values: Vec<f64> = values.filter_map(|r| r.value).map(|v| 100.0 * v).collect();
            let [mean, deviation] = population(&values);
            Cell::text(format!("{mean:.2} ± {deviation:.2}"))
        };
        let [similar, dissimilar, gap] =
            ["similar_accuracy", "dissimilar_accuracy", "gap"].map(cell);
        table.push(vec![Cell::text(scheme), similar, dissimilar, gap]);
    }
    table
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
        let list = all_paddings();
        assert!(list.starts_with("valid,zeros,circular,zeros@full,constant:"));
        let names = split_schemes(&list);
        assert_eq!(names.len(), schemes().len() + 2);
        for name in names {
            let padding = Padding::parse(&name).expect("a padding");
            assert!(location::network(padding, Seed(0)).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_command_names_the_paddings_that_are_run() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: LocationArgs,
        }
        for flags in [
            &[][..],
            &["--padding", "all"],
            &["--padding", "zeros,reflect@2"],
        ] {
            let line = std::iter::once(&"padgrad").chain(flags);
            let args = <Line as clap::Parser>::parse_from(line).args;
            let run: Vec<String> = args
                .paddings()
                .expect("paddings")
                .iter()
                .map(Padding::to_string)
                .collect();
            let command = args.command();
            let named = command
                .split(' ')
                .skip_while(|word| *word != "--padding")
                .nth(1);
            assert_eq!(named, Some(run.join(",").as_str()));
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
