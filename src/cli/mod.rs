//! The command-line tool: one file per subcommand, which parses flags and prints, and imports no other.
//!
//! What the commands do is in the layers below; what they share is in `common` (flags), `flag_file` (flags from a
//! file), `flags` (which flag an error is about), `help` (headings and examples), `output` and `terminal` (what is printed) and `pages` (what is drawn
//! into a run folder). Begin at `Command`.
//!
//! Results go to stdout or to files, everything else to stderr. The exit code is 2 for a usage error, 3 where `check`
//! finds limits exceeded, 128 and the number of the signal for an interruption, and 1 for any other error.

mod check;
mod common;
mod data;
mod evaluate;
mod figures;
mod flag_file;
mod flags;
mod gradcheck;
mod help;
mod learned;
mod lesson;
mod lint;
mod measure;
mod merge;
mod metrics;
mod output;
mod pages;
mod probe;
mod reliability;
mod report;
mod schemes;
mod signals;
mod study;
mod subject;
mod surgery;
mod swap;
mod terminal;
mod train;
mod verify;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::error::Error as _;
use std::ffi::OsString;
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::error::ContextKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use flags::Flags;
use output::{complain, log};

use crate::error::{Error, Result, with_nearest};
use crate::kernels::Isa;
use crate::tensor::OutOfMemory;

/// The variable that chooses an instruction set.
const ISA: &str = "PADGRAD_ISA";

/// Train CNNs under every padding and measure PPP, the position-information pattern that padding leaves.
///
/// Without a subcommand it runs the study.
#[derive(Parser)]
#[command(
    name = "padgrad",
    version,
    args_conflicts_with_subcommands = true,
    args_override_self = true
)]
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
    /// Join the run folders of a study that was shared out with --shard
    Merge(merge::MergeArgs),
    /// Read every file of a run: what is missing, damaged or foreign, and how to make it again
    Verify(verify::VerifyArgs),
    /// Train one network and keep its checkpoints
    Train(train::TrainArgs),
    /// Measure PPP on a trained network
    Measure(measure::MeasureArgs),
    /// Say how far in padding spoils a trained network's features, on photographs with their true surroundings
    Check(check::CheckArgs),
    /// Look at a network's windows without data; MODEL may be an architecture's name: uneven padding, rows never read
    Lint(lint::LintArgs),
    /// Count the right predictions of a trained network on folders of pictures, one to a class
    Evaluate(evaluate::EvaluateArgs),
    /// Compute every metric from activations that any framework wrote as .npy files
    Metrics(metrics::MetricsArgs),
    /// Run trained networks under the paddings that they were not trained with
    Swap(swap::SwapArgs),
    /// Measure a trained network beside untrained ones: is its pattern learned, or inherent in the padding?
    Learned(learned::LearnedArgs),
    /// Remove the padding of trained networks, and find the channels that depended on it
    Surgery(surgery::SurgeryArgs),
    /// Make report.html again from one run folder or several: studies side by side, other runs as sections
    Report(report::ReportArgs),
    /// Write a paper's figures of a run: fixed sizes, legible in print, safe for colour-blind readers
    Figures(figures::FiguresArgs),
    /// Write the page that computes: students train networks and watch PPP form, in a browser, offline
    Lesson(lesson::LessonArgs),
    /// Ask networks for positions: the location test of F-Conv, PosENet, and what a shift changes
    #[command(subcommand, arg_required_else_help = false)]
    Probe(probe::ProbeCommand),
    /// Find out which measures of position information can be believed
    Reliability(reliability::ReliabilityArgs),
    /// Check every gradient, through every padding, against finite differences
    Gradcheck(gradcheck::GradcheckArgs),
    /// List the padding schemes, each with its picture, its gradient and its source
    Schemes(schemes::SchemesArgs),
    /// Say which data sets are installed, and how to get the others
    Data(data::DataArgs),
}

/// Runs the tool on the process's arguments.
pub fn main() -> ExitCode {
    report_panics_in_one_line();
    let command = command();
    let words = std::env::args_os().collect();
    let words = match flag_file::with_flags_of_file(&command, words) {
        Ok(words) => words,
        Err(error) => {
            complain(&error);
            return ExitCode::from(error.exit_code());
        }
    };
    let (cli, flags) = match parse(&command, words) {
        Ok(parsed) => parsed,
        Err(asked) if !asked.use_stderr() => {
            // Help or the version; a reader that has gone away needs no more of it.
            let _ = asked.print();
            return ExitCode::SUCCESS;
        }
        Err(misuse) => {
            complain(told(&misuse));
            return ExitCode::from(2);
        }
    };
    match check_instruction_set().and_then(|()| run(cli)) {
        Ok(code) => code,
        Err(interrupted @ Error::Interrupted { .. }) => {
            log(interrupted);
            ExitCode::from(signals::exit_code())
        }
        Err(error) => {
            let code = error.exit_code();
            complain(flags.named_in(error));
            ExitCode::from(code)
        }
    }
}

/// Whether the processor has the instruction set that the environment asks for.
fn check_instruction_set() -> Result<()> {
    let Ok(wanted) = std::env::var(ISA) else {
        return Ok(());
    };
    let known: Vec<&str> = Isa::available().iter().map(|isa| isa.name()).collect();
    if known.contains(&wanted.as_str()) {
        return Ok(());
    }
    Err(Error::usage(
        format!("{ISA}={wanted}"),
        format!("this processor has {}", known.join(", ")),
        with_nearest("set one of them, or unset it for the best", &wanted, &known),
    ))
}

/// The parser of the whole command line.
fn command() -> clap::Command {
    // The message for `--lr -1` should be that -1 is no learning rate, not that there is no flag -1.
    let negatives = |command: clap::Command| {
        command.mut_args(|arg| match arg.get_action().takes_values() {
            true => arg.allow_negative_numbers(true),
            false => arg,
        })
    };
    let command = negatives(Cli::command()).mut_subcommands(negatives);
    help::dressed(flag_file::with_config(command))
}

fn parse(
    command: &clap::Command,
    words: Vec<OsString>,
) -> std::result::Result<(Cli, Flags), clap::Error> {
    let matches = command.clone().try_get_matches_from(words)?;
    let flags = Flags::of(command, &matches);
    Ok((Cli::from_arg_matches(&matches)?, flags))
}

/// What the argument parser has found.
fn told(misuse: &clap::Error) -> String {
    let part = |kind| misuse.get(kind).map(ToString::to_string);
    let source = misuse.source();
    let remedy = source.and_then(|source| match source.downcast_ref::<ParseIntError>() {
        Some(error) if *error.kind() == IntErrorKind::PosOverflow => None,
        Some(_) => Some("it is no whole number; use 0 or more"),
        None if source.is::<ParseFloatError>() => Some("it is no number; use one such as 0.1"),
        None => None,
    });
    let (flag, value) = (
        part(ContextKind::InvalidArg),
        part(ContextKind::InvalidValue),
    );
    match (flag, value, remedy) {
        (Some(flag), Some(value), Some(remedy)) => {
            let flag = flag.split(' ').next().unwrap_or_default();
            format!("{flag} {value}: {remedy}")
        }
        _ => in_one_line(&misuse.to_string()),
    }
}

/// A message of the argument parser without the summary of usage, as one line.
fn in_one_line(message: &str) -> String {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let paragraphs: Vec<String> = message
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty() && !paragraph.starts_with("Usage:"))
        .collect();
    paragraphs.join("; ")
}

/// The last resort: a panic is a bug, and its user deserves a line that says so.
fn report_panics_in_one_line() {
    static FIRST: AtomicBool = AtomicBool::new(true);
    std::panic::set_hook(Box::new(|panic| {
        // When one thread panics, others often follow; only the first says why.
        if !FIRST.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Some(wanted) = panic.payload().downcast_ref::<OutOfMemory>() {
            complain(wanted);
            std::process::exit(1);
        }
        complain(format!(
            "{panic}; this is a bug in padgrad, please report it"
        ));
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            log(backtrace);
        }
    }));
}

fn run(cli: Cli) -> Result<ExitCode> {
    let done = match cli.command.unwrap_or(Command::Study(cli.study)) {
        Command::Study(args) => args.common.in_pool(|| study::run(&args)),
        Command::Merge(args) => merge::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Train(args) => args.common.in_pool(|| train::run(&args)),
        Command::Measure(args) => args.common.in_pool(|| measure::run(&args)),
        Command::Check(args) => return args.common.in_pool(|| check::run(&args)),
        Command::Evaluate(args) => args.common.in_pool(|| evaluate::run(&args)),
        Command::Metrics(args) => metrics::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Learned(args) => args.common.in_pool(|| learned::run(&args)),
        Command::Swap(args) => args.common.in_pool(|| swap::run(&args)),
        Command::Surgery(args) => args.common.in_pool(|| surgery::run(&args)),
        Command::Report(args) => report::run(&args),
        Command::Figures(args) => figures::run(&args),
        Command::Lesson(args) => lesson::run(&args),
        Command::Probe(command) => probe::run(&command),
        Command::Reliability(args) => args.common.in_pool(|| reliability::run(&args)),
        Command::Gradcheck(args) => args.common.in_pool(|| gradcheck::run(&args)),
        Command::Schemes(args) => schemes::run(&args),
        Command::Data(args) => data::run(&args),
    };
    done.map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parsers_messages_fit_on_a_line() {
        let message = "error: unexpected argument '--epoch' found\n\n  tip: a similar argument exists: \
                       '--epochs'\n\nUsage: padgrad --epochs <N>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            in_one_line(message),
            "unexpected argument '--epoch' found; tip: a similar argument exists: '--epochs'; \
             For more information, try '--help'."
        );
    }

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }
}
