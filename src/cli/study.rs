//! `padgrad study`: train under each scheme, measure as the networks learn, write the run.

use clap::Args;

use super::common::{Common, RunFlags};
use super::config::RunConfig;
use super::feasible::load_checked;
use super::output::{RunFolder, print_json, say};
use super::progress::Progress;
use super::run::{Plan, Run};
use crate::error::Result;
use crate::report::{self, summary::Summary};

/// Flags of the command.
#[derive(Args, Clone, Debug)]
pub struct StudyArgs {
    /// Padding schemes, separated by commas [default: zeros,reflect,replicate,circular,randn,valid]
    #[arg(long, value_name = "LIST")]
    padding: Option<String>,
    /// Networks per scheme, each with a seed of its own [default: 1]
    #[arg(long, value_name = "N")]
    seeds: Option<usize>,
    /// Images on which PPP is measured [default: 500]
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Layers to measure: conv, all, or names separated by commas [default: conv]
    #[arg(long, value_name = "LIST")]
    layers: Option<String>,
    /// Measure every so many epochs, besides the beginning and the end [default: 1]
    #[arg(long, value_name = "EPOCHS")]
    measure_every: Option<usize>,
    #[command(flatten)]
    run: RunFlags,
    #[command(flatten)]
    common: Common,
}

impl StudyArgs {
    fn resolve(&self) -> Result<RunConfig> {
        let mut config = self.run.resolve()?;
        if let Some(list) = &self.padding {
            config.padding = split_schemes(list);
        }
        config.seeds = self.seeds.unwrap_or(config.seeds);
        config.images = self.images.unwrap_or(config.images);
        config.measure_every = self.measure_every.unwrap_or(config.measure_every);
        if let Some(layers) = &self.layers {
            config.layers.clone_from(layers);
        }
        Ok(config)
    }
}

/// Splits a list of paddings at its commas, but not inside the four numbers of an extent.
pub(super) fn split_schemes(list: &str) -> Vec<String> {
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

/// Runs the study.
pub fn run(args: &StudyArgs) -> Result<()> {
    args.common.apply()?;
    let config = args.resolve()?;
    let paddings = config.validate()?;
    let data = load_checked(Plan::Study, &config, &paddings)?;
    let folder = RunFolder::create(args.run.out.as_deref(), "study")?;
    let progress = Progress::new(args.common.quiet);
    let run = Run::carry_out(Plan::Study, config, folder, progress, &paddings, &data)?;
    conclude(run, args.common.json)
}

/// Writes the page and says what was found: in a table, in bars, in a sentence, and where the page is.
///
/// # Errors
/// Where the page cannot be written.
pub fn conclude(run: Run, json: bool) -> Result<()> {
    let page = run.path().join("report.html");
    let results = run.finish()?;
    if json {
        return print_json(&results);
    }
    let summary = Summary::new(&results);
    if let Some(layer) = summary.last_layer() {
        say(report::scheme_table(&summary, layer).text())?;
    }
    say(report::bars(&summary))?;
    let finding = report::table::wrap(&report::finding(&results), report::table::TEXT_WIDTH);
    say(format!("{finding}\n\nreport  {}", page.display()))
}

#[cfg(test)]
mod tests {
    use super::split_schemes;

    #[test]
    fn a_list_keeps_the_numbers_of_an_extent_together() {
        let schemes = split_schemes("zeros@1,2,0,3,reflect, constant:1,valid");
        assert_eq!(schemes, ["zeros@1,2,0,3", "reflect", "constant:1", "valid"]);
    }
}
