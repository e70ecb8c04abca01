//! Autodiff from scratch, convolution with every padding, and the measurement of **PPP**, the
//! *Position-information Pattern from Padding* (Lin, Tseng, Lee, Singh and Yang, "Unveiling The Mask of
//! Position-Information Pattern Through the Mist of Image Features", ICML 2023, arXiv 2206.01202).
//!
//! # A tour
//!
//! A [`tensor`] is contiguous and row-major. [`autodiff`] records operations on a tape and plays them back;
//! its [`gradcheck`](autodiff::gradcheck) says whether a gradient is right, and if not, where. A
//! [`padding`] is an extent times a scheme, and a convolution reads its border through the padding's
//! tables:
//!
//! ```
//! use padgrad::autodiff::{Tape, ops::{self, ConvOptions}};
//! use padgrad::padding::{Extent, Padding};
//! use padgrad::tensor::Tensor;
//!
//! let padding = Padding::parse("reflect")?.extent(Extent::Uniform(1));
//! let tape = Tape::new();
//! let x = tape.leaf(Tensor::<f64>::ones(&[1, 1, 4, 4]));
//! let w = tape.leaf(Tensor::<f64>::ones(&[1, 1, 3, 3]));
//! let y = ops::conv2d(&x, &w, None, &ConvOptions::new(padding));
//! let gradients = ops::sum(&y, &[]).backward();
//! // Reflection reads the second row and column once more for the border on their side.
//! let of_x = gradients.get(&x).unwrap();
//! assert_eq!(of_x.at(&[0, 0, 0, 0]), 4.0);
//! assert_eq!(of_x.at(&[0, 0, 1, 1]), 16.0);
//! # Ok::<(), padgrad::error::Error>(())
//! ```
//!
//! [`nn`] has layers and models whose features can be computed under their padding and under *optimal
//! padding*, the true pixels around an image; [`data`] has images with such surroundings; [`train`] trains;
//! [`ppp`] measures the pattern that padding leaves.
//!
//! # Letters
//!
//! N images, C channels, H rows, W columns, O output channels, Kh×Kw kernel, s stride, d dilation,
//! p padding per side. Everything is row-major NCHW.
//!
//! # Layers
//!
//! Each imports only from those before it: [`error`], [`files`], [`rng`] → [`tensor`] → [`padding`] →
//! [`kernels`] → [`autodiff`] → [`nn`], [`optim`], [`data`] → [`train`] → [`ppp`] → `report` → `cli`.
//!
//! # Features
//!
//! `cli` (default) is the tool, `report` charts and pages, `files` compressed data sets, pictures and
//! checkpoints. With `default-features = false` the library alone remains.
//!
//! # Conventions
//!
//! Shapes that do not fit panic and name the operation, the shapes and the padding's arithmetic; files,
//! flags and configurations return an [`error::Error`] that says what to do. Results are the same, bit for
//! bit, for any number of threads.
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
