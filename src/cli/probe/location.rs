//! `padgrad probe location`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::common::Common;
use crate::cli::output::{print_json, say};
use crate::error::Result;
use crate::report::table::{Cell, Table};
use crate::study::config::split_schemes;
use crate::study::folder::RunFolder;
use crate::study::location::{LocationConfig, LocationTest, all_paddings, over_seeds};
use crate::study::results::Results;

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
            padding: split_schemes(&self.list()),
            seed: self.seed,
            seeds: self.seeds,
            epochs: self.epochs,
            train_images: self.train_images,
            validation_images: self.validation_images,
            test_images: self.test_images,
        }
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
    let test = LocationTest::prepare(&args.config())?;
    let folder = RunFolder::create(args.out.as_deref(), "location")?.made_by(args.command());
    let results = args.common.watch(|progress| test.run(&folder, progress))?;
    let text = table(&results, &test).text();
    folder.write("location.txt", text.as_bytes())?;
    folder.write_checksums()?;
    if args.common.json {
        return print_json(&results);
    }
    say(format!("{text}\nresults  {}", folder.path().display()))
}

/// Mean and population standard deviation over the seeds, in percent.
fn table(results: &Results, test: &LocationTest) -> Table {
    let images = test.options.test_images;
    let caption = format!(
        "Accuracy in percent on {images} similar and {images} dissimilar images: mean and population \
         standard deviation over seeds. The gap is what the network owes to absolute location."
    );
    let mut table = Table::new(caption, &["padding", "similar", "dissimilar", "gap"]);
    for &padding in &test.paddings {
        let cell = |metric: &str| {
            let [mean, deviation] = over_seeds(results, padding, metric).map(|v| 100.0 * v);
            Cell::text(format!("{mean:.2} ± {deviation:.2}"))
        };
        let [similar, dissimilar, gap] =
            ["similar_accuracy", "dissimilar_accuracy", "gap"].map(cell);
        table.push(vec![
            Cell::text(padding.to_string()),
            similar,
            dissimilar,
            gap,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::padding::Padding;

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
            let test = LocationTest::prepare(&args.config()).expect("a test");
            let run: Vec<String> = test.paddings.iter().map(Padding::to_string).collect();
            let command = args.command();
            let named = command
                .split(' ')
                .skip_while(|word| *word != "--padding")
                .nth(1);
            assert_eq!(named, Some(run.join(",").as_str()));
        }
    }
}
