//! padgrad
#![deny(unsafe_code)]
pub mod data;
pub mod error;
pub mod rng;
pub mod tensor;
