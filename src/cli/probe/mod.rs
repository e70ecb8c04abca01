//! `padgrad probe`: what networks can be made to say about position.

pub mod backbone;
pub mod cells;
pub mod location;
pub mod posenet;

use clap::Subcommand;

use crate::error::{Error, Result};

/// The probes.
#[derive(Subcommand)]
pub enum ProbeCommand {
    /// Train small networks where location may stand in for content, and see whether it does
    Location(Box<location::LocationArgs>),
    /// Train readouts that shall tell the place of every pixel from a frozen network's features
    Posenet(Box<posenet::PosenetArgs>),
}

/// Runs a probe.
pub fn run(command: &ProbeCommand) -> Result<()> {
    match command {
        ProbeCommand::Location(args) => args.common.in_pool(|| location::run(args)),
        ProbeCommand::Posenet(args) => args.common.in_pool(|| posenet::run(args)),
    }
}

/// Refuses a number outside of what can be worked on.
pub fn check_count(flag: &str, count: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&count) {
        return Ok(());
    }
    Err(Error::usage(
        flag,
        format!("{count} cannot be used"),
        format!("use from {least} to {most}"),
    ))
}
