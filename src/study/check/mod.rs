//! What the borders of a trained network are worth: how far in its padding is felt, and what follows from it.
//!
//! A network is run on windows of photographs under its own padding and under the pixels that really surround the
//! windows. To begin reading: `findings.rs`, what is found; `run.rs`, how.

mod config;
mod findings;
mod geometry;
mod limits;
mod outputs;
mod run;
mod stages;
mod window;

pub use config::{CheckConfig, Limits};
pub use findings::{
    Check, Effect, Findings, Halved, Interval, OutputFindings, Predictions, Reach, Stage, Uneven,
    Verdict,
};
pub use geometry::{Lint, LintedLayer, LintedStage, lint};
pub(super) use run::batch;
pub use run::{Checked, check};
