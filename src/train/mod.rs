//! Training: the loop, its records, and checkpoints.

pub mod checkpoint;
mod config;
mod diagnose;
mod evaluate;
mod trainer;

pub use config::TrainConfig;
pub use evaluate::{Score, evaluate};
pub use trainer::{AfterStep, EpochRecord, StepRecord, Trainer, calibrate};
