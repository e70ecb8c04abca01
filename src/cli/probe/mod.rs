//! `padgrad probe`: what networks can be made to say about position.

mod location;
mod posenet;
mod shift;

use clap::Subcommand;

use crate::error::Result;

/// The probes.
#[derive(Subcommand)]
pub enum ProbeCommand {
    /// Train small networks where location may stand in for content, and see whether it does
    Location(Box<location::LocationArgs>),
    /// Train readouts that predict the position of every pixel from a frozen network's features
    Posenet(Box<posenet::PosenetArgs>),
    /// Shift and crop the images of trained networks, and see what else changes: needs no true surroundings
    Shift(Box<shift::ShiftArgs>),
}

/// Runs a probe.
pub fn run(command: &ProbeCommand) -> Result<()> {
    match command {
        ProbeCommand::Location(args) => args.common.in_pool(|| location::run(args)),
        ProbeCommand::Posenet(args) => args.common.in_pool(|| posenet::run(args)),
        ProbeCommand::Shift(args) => args.common.in_pool(|| shift::run(args)),
    }
}
