//! The command-line tool: one file per subcommand.
//!
//! Results go to stdout or to files, everything else to stderr. The exit code is 2 for a usage error and
//! 1 for any other.

mod common;
mod config;
mod data;
mod gradcheck;
mod measure;
mod output;
mod progress;
mod run;
mod schemes;
mod study;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Result;

/// Train CNNs under every padding and measure PPP, the position-information pattern that padding leaves.
///
/// Without a subcommand it runs the study.
#[derive(Parser)]
#[command(name = "padgrad", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    study: study::StudyArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Train networks under each padding scheme, measure PPP as they learn, and write a report
    Study(study::StudyArgs),
    /// Train one network and keep its checkpoints
    Train(train::TrainArgs),
    /// Measure PPP on a trained network
    Measure(measure::MeasureArgs),
    /// Check every gradient, through every padding, against finite differences
    Gradcheck(gradcheck::GradcheckArgs),
    /// List the padding schemes, each with its picture, its gradient and its source
    Schemes(schemes::SchemesArgs),
    /// Say which data sets are installed, and how to get the others
    Data(data::DataArgs),
}

/// Runs the tool on the process's arguments.
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.command.unwrap_or(Command::Study(cli.study)) {
        Command::Study(args) => study::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Measure(args) => measure::run(&args),
        Command::Gradcheck(args) => gradcheck::run(&args),
        Command::Schemes(args) => schemes::run(&args),
        Command::Data(args) => data::run(&args),
    }
}
