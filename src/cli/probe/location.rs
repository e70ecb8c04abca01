//! `padgrad probe location`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::{Common, typed};
use crate::cli::output::{print_json, say};
use crate::error::Result;
use crate::padding::Padding;
use crate::probes::location::{PUBLISHED, Protocol};
use crate::report::table::{Cell, Table};
use crate::study::config::split_schemes;
use crate::study::folder::RunFolder;
use crate::study::location::{LocationConfig, LocationTest, all_paddings, over_networks};
use crate::study::results::Results;

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct LocationArgs {
    /// Where the images of validation and tests come from
    #[arg(long, value_enum, value_name = "NAME", default_value = "held-out")]
    protocol: ProtocolFlag,
    /// Paddings, separated by commas; `all` adds every other scheme [default: valid,zeros,circular,zeros@full]
    #[arg(long, value_name = "LIST")]
    padding: Option<String>,
    /// Networks per padding, and per image set where there are such, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 10)]
    seeds: usize,
    /// Image sets of the published protocol [default: 3]
    #[arg(long, value_name = "N")]
    image_sets: Option<usize>,
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

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq)]
enum ProtocolFlag {
    /// Every set drawn by itself: the tests show images that training did not
    HeldOut,
    /// That of the public code: validation and similar test are training images; fresh images beside them
    Published,
}

impl LocationArgs {
    /// The paddings as the flag takes them.
    fn list(&self) -> String {
        match self.padding.as_deref() {
            None => LocationConfig::default().padding.join(","),
            Some("all") => all_paddings().join(","),
            Some(list) => list.to_string(),
        }
    }

    fn config(&self) -> LocationConfig {
        LocationConfig {
            protocol: match self.protocol {
                ProtocolFlag::HeldOut => Protocol::HeldOut,
                ProtocolFlag::Published => Protocol::Published,
            },
            padding: split_schemes(&self.list()),
            seed: self.seed,
            seeds: self.seeds,
            image_sets: self.image_sets,
            epochs: self.epochs,
            train_images: self.train_images,
            validation_images: self.validation_images,
            test_images: self.test_images,
        }
    }
}

/// Trains and tests every network.
pub fn run(args: &LocationArgs) -> Result<()> {
    let config = args.config();
    let test = LocationTest::prepare(&config)?;
    let folder = RunFolder::create(args.out.as_deref(), "location")?;
    let folder = folder.made_by(typed()).configured(&config);
    let results = args.common.watch(|progress| test.run(&folder, progress))?;
    let text = table(&results, &test).text();
    folder.write("location.txt", text.as_bytes())?;
    folder.write_checksums()?;
    if args.common.json {
        return print_json(&results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}

/// What each column shows.
#[derive(Clone, Copy)]
enum Column {
    /// Mean and deviation of a share, in percent.
    Percent(&'static str),
    /// The mean of a share that is the same for all networks, in percent.
    Exact(&'static str),
    /// Mean and deviation as they are.
    Plain(&'static str),
    /// What the paper gives for the similar and the dissimilar test.
    Published,
}

const HELD_OUT: [(&str, Column); 5] = [
    ("similar", Column::Percent("similar_accuracy")),
    ("dissimilar", Column::Percent("dissimilar_accuracy")),
    ("gap", Column::Percent("gap")),
    ("ceiling", Column::Exact("ceiling")),
    ("epochs", Column::Plain("epochs_trained")),
];
const ON_TRAINING_IMAGES: [(&str, Column); 7] = [
    ("similar", Column::Percent("similar_accuracy")),
    ("dissimilar", Column::Percent("dissimilar_accuracy")),
    ("published", Column::Published),
    ("fresh similar", Column::Percent("fresh_similar_accuracy")),
    (
        "fresh dissimilar",
        Column::Percent("fresh_dissimilar_accuracy"),
    ),
    ("ceiling, fresh", Column::Exact("ceiling")),
    ("epochs", Column::Plain("epochs_trained")),
];

/// Mean and population standard deviation over networks, in percent.
fn table(results: &Results, test: &LocationTest) -> Table {
    let images = test.options.test_images;
    let (shown, columns) = match test.image_sets {
        0 => ("images that training has not shown", &HELD_OUT[..]),
        _ => (
            "images of which training has shown the similar ones, and on as many fresh ones",
            &ON_TRAINING_IMAGES[..],
        ),
    };
    let caption = format!(
        "Accuracy in percent on {images} similar and {images} dissimilar {shown}: mean and population standard \
         deviation over networks. What the dissimilar images cost is what the network owes to absolute location. \
         The ceiling is the best that any weights can reach on fresh images."
    );
    let titles: Vec<&str> = ["padding"]
        .into_iter()
        .chain(columns.iter().map(|(title, _)| *title))
        .collect();
    let mut table = Table::new(caption, &titles);
    for &padding in &test.paddings {
        table.push(row(results, padding, None, columns));
        for set in (0..test.image_sets).filter(|_| test.image_sets > 1) {
            table.push(row(results, padding, Some(set), columns));
        }
    }
    table
}

/// A padding over all networks, or over those of an image set.
fn row(
    results: &Results,
    padding: Padding,
    set: Option<usize>,
    columns: &[(&str, Column)],
) -> Vec<Cell> {
    let over = |metric: &str| over_networks(results, padding, set, metric);
    let cell = |(_, column): &(&str, Column)| match column {
        Column::Percent(metric) => {
            let [mean, deviation] = over(metric).map(|v| 100.0 * v);
            Cell::text(format!("{mean:.2} ± {deviation:.2}"))
        }
        Column::Exact(metric) => Cell::text(format!("{:.2}", 100.0 * over(metric)[0])),
        Column::Plain(metric) => {
            let [mean, deviation] = over(metric);
            Cell::text(format!("{mean:.1} ± {deviation:.1}"))
        }
        Column::Published => published(padding)
            .filter(|_| set.is_none())
            .unwrap_or_else(Cell::none),
    };
    let name = match set {
        None => padding.to_string(),
        Some(set) => format!("  image set {set}"),
    };
    std::iter::once(Cell::text(name))
        .chain(columns.iter().map(cell))
        .collect()
}

/// The paper's mean accuracies on its similar and its dissimilar images.
fn published(padding: Padding) -> Option<Cell> {
    let name = padding.to_string();
    let (_, [[similar, _], [dissimilar, _]]) = PUBLISHED.iter().find(|(own, _)| *own == name)?;
    Some(Cell::text(format!("{similar:.1} / {dissimilar:.1}")))
}
