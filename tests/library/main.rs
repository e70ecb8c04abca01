//! The library: one crate, because every test crate compiles the generic kernels anew.

mod available;
mod calibration;
mod checkpoint;
mod course;
mod difference;
mod exactness;
mod fusion;
#[cfg(feature = "gradcheck")]
mod gradcheck_power;
mod known_bugs;
mod naive;
mod network;
mod norms;
#[cfg(feature = "files")]
mod onnx;
#[cfg(feature = "gradcheck")]
mod ops;
mod own_data;
mod own_layer;
mod ppp;
mod ppp_nulls;
mod ppp_numpy;
mod properties;
mod pytorch;
mod science;
mod stored;
#[cfg(feature = "files")]
mod threads;
mod torch;
mod torch_windows;
#[cfg(feature = "files")]
mod train_resume;
mod windows;
