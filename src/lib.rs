//! padgrad
#![deny(unsafe_code)]
pub mod error;
pub mod rng;
pub mod tensor;
