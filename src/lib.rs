//! padgrad
#![deny(unsafe_code)]
pub mod autodiff;
#[cfg(feature = "cli")]
pub mod cli;
pub mod data;
pub mod error;
pub mod files;
pub mod kernels;
pub mod nn;
pub mod optim;
pub mod padding;
pub mod ppp;
#[cfg(feature = "report")]
pub mod report;
pub mod rng;
pub mod tensor;
pub mod train;
