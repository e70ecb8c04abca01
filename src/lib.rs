//! Autodiff from scratch, convolution with every padding, and the measurement of **PPP**, the
//! *Position-information Pattern from Padding* (Lin, Tseng, Lee, Singh and Yang, "Unveiling The Mask of
//! Position-Information Pattern Through the Mist of Image Features", ICML 2023, arXiv 2206.01202).
//!
//! # A tour
//!
//! A [`tensor`] is contiguous and row-major. [`autodiff`] records operations on a tape and plays them back;
//! `gradcheck` says whether a gradient is right, and if not, where. A
//! [`padding`] is an extent times a scheme, and a convolution reads its border through the padding's
//! tables:
//!
//! ```
//! use padgrad::autodiff::{Tape, ops::ConvOptions};
//! use padgrad::padding::Padding;
//! use padgrad::tensor::Tensor;
//!
//! let tape = Tape::new();
//! let x = tape.leaf(Tensor::<f64>::ones(&[1, 1, 4, 4]));
//! let w = tape.leaf(Tensor::<f64>::ones(&[1, 1, 3, 3]));
//! let y = x.conv2d(&w, None, &ConvOptions::new(Padding::reflect(1)));
//! let gradients = y.sum(&[]).backward();
//! // Reflection reads the second row and column once more for the border on their side.
//! let of_x = gradients.get(&x).unwrap();
//! assert_eq!(of_x.at(&[0, 0, 0, 0]), 4.0);
//! assert_eq!(of_x.at(&[0, 0, 1, 1]), 16.0);
//! ```
//!
//! [`nn`] has layers and models whose features can be computed under their padding and under *optimal
//! padding*, the true pixels around an image; [`data`] has images with such surroundings; [`train`] trains.
//! [`ppp`] measures the pattern that padding leaves: the mean over images of the difference of the two.
//!
//! ```
//! use padgrad::data::{DataConfig, load};
//! use padgrad::nn::models;
//! use padgrad::padding::Padding;
//! use padgrad::ppp::{MeasureOptions, Metric, measure};
//! use padgrad::rng::Seed;
//!
//! // Textures painted on an unbounded plane: the true surroundings exist to any margin.
//! let canvas = DataConfig { train_images: Some(20), ..DataConfig::named("canvas-grey") };
//! let data = load(&canvas)?;
//! let strength = |scheme| {
//!     let padding = Padding::parse(scheme)?;
//!     let model = models::find("small")?.build([1, 32, 32], 10, padding, Seed(0))?;
//!     let options = MeasureOptions { images: 40, ..MeasureOptions::default() };
//!     let found = measure(&model, &data, &options, &mut |_| {})?;
//!     let last = found.layers.last().expect("five convolutions");
//!     let mae = last.get(Metric::MaePpp).and_then(|mae| mae.value);
//!     Ok::<f64, padgrad::error::Error>(mae.expect("finite features"))
//! };
//! assert!(strength("zeros")? > 0.0);
//! // Without padding there is nothing to leak: exactly zero, bit for bit.
//! assert_eq!(strength("valid")?, 0.0);
//! # Ok::<(), padgrad::error::Error>(())
//! ```
//!
//! # Threads
//!
//! Operations share rayon's pool of threads; results are the same bits for any number of them. Whatever trains,
//! scores or measures enters the pool by itself, a single [`train::Step`] too, and calls its callbacks there. A loop of
//! one's own over operations runs faster in [`in_pool`]`(|| ...)`: from outside, every operation waits for another
//! thread to begin and to end it.
//!
//! # Further
//!
//! The numbered examples in `examples/` are a course in twelve lessons, from a tensor to data, a layer
//! and a study of your own, each with a question, an exercise and its answer; [`guide`] says how to add a [scheme](guide::adding_a_scheme), an [operation](guide::adding_an_op)
//! and a [model](guide::adding_a_model), how to run [studies at scale](guide::studies_at_scale), what
//! [a run records](guide::schema), and what
//! [came out](guide::science) so far.
//!
//! # Letters
//!
//! N images, C channels, H rows, W columns, O output channels, Kh×Kw kernel, s stride, d dilation,
//! p padding per side. Everything is row-major NCHW.
//!
//! # Layers
//!
//! Each imports only from those before it: [`error`], [`files`], [`rng`] → [`tensor`] → [`padding`] →
//! [`kernels`] → [`autodiff`] → `gradcheck`, [`nn`], [`optim`], [`data`], [`formats`] → [`train`] →
//! [`ppp`], [`probes`] → `lesson`, `study` → `report` → `cli`; [`npy`] and [`statistics`] stand beside [`tensor`].
//!
//! # Features
//!
//! `cli` (default) is the tool, `gradcheck` the check of gradients with the cases of every operation,
//! `report` charts and pages, `files` the module `study`, ONNX files, compressed data sets and pictures, `lesson` what
//! the teaching page computes, which is built for WebAssembly alone. With `default-features = false` the
//! library alone remains; it reads and writes safetensors, and reads PyTorch's files.
//!
//! # Conventions
//!
//! Shapes that do not fit panic and name the operation, the shapes and the padding's arithmetic; files,
//! weights and configurations return an [`error::Error`] that says what to do. Results are the same, bit for
//! bit, for any number of threads.
#![deny(missing_docs, unsafe_code)]

pub mod autodiff;
#[cfg(feature = "cli")]
pub mod cli;
pub mod data;
pub mod error;
pub mod files;
pub mod formats;
#[cfg(feature = "gradcheck")]
pub mod gradcheck;
pub mod guide;
pub mod kernels;
#[cfg(any(feature = "lesson", all(test, feature = "gradcheck")))]
pub mod lesson;
pub mod nn;
pub mod npy;
pub mod optim;
pub mod padding;
pub mod ppp;
pub mod prelude;
pub mod probes;
#[cfg(feature = "report")]
pub mod report;
pub mod rng;
pub mod statistics;
#[cfg(feature = "files")]
pub mod study;
pub mod tensor;
mod threads;
pub mod train;
#[cfg(feature = "files")]
mod words;

pub use threads::in_pool;
