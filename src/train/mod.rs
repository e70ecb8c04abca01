//! Training: one [`Step`], shared by everybody who trains; the [`Trainer`]'s loop over epochs; [`fit`], the
//! loop in one line; and [checkpoints](checkpoint), from which training goes on bit for bit.
//!
//! To change what a step does, begin at [`Step`]; what an epoch does, at [`Trainer::run_epoch`].

pub mod checkpoint;
mod config;
mod diagnose;
mod evaluate;
mod fit;
mod pass;
mod step;
mod trainer;

pub use config::TrainConfig;
pub(crate) use evaluate::right_rows;
pub use evaluate::{Score, evaluate};
pub use fit::{FitOptions, fit};
pub use pass::{Gradients, Pass};
pub use step::Step;
pub(crate) use step::error_of;
pub use trainer::{
    AfterStep, EpochRecord, Hook, Loss, StepRecord, Trainer, calibrate, calibrate_step,
};
