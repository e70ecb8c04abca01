//! padgrad
#![deny(unsafe_code)]
pub mod autodiff;
pub mod error;
pub mod kernels;
pub mod optim;
pub mod padding;
pub mod rng;
pub mod tensor;
