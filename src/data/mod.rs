//! Labelled images, in batches, and with their true surroundings.
//!
//! Every data set can show its test images *wide*: with a margin of real pixels around them, which
//! is what a network sees under optimal padding.
//!
//! ```
//! use padgrad::data::{DataConfig, load};
//! let config = DataConfig {
//!     train_images: Some(20),
//!     test_images: Some(10),
//!     ..DataConfig::named("canvas")
//! };
//! let data = load(&config)?;
//! let (images, labels) = data.test_batch(0..4);
//! assert_eq!((images.shape(), labels), (&[4, 3, 32, 32][..], vec![0, 1, 2, 3]));
//! let wide = data.wide(0..4, 6)?;
//! assert_eq!(wide.images.shape(), [4, 3, 44, 44]);
//! assert_eq!(wide.images.at(&[2, 0, 6, 6]), images.at(&[2, 0, 0, 0]));
//! # Ok::<(), padgrad::error::Error>(())
//! ```

pub mod canvas;
pub mod cifar;
pub mod idx;
pub mod picture;

mod ahead;
mod augment;
mod config;
mod dataset;
mod folder;
mod load;
mod locate;
mod mosaic;
mod pixels;
mod read;
mod resample;

pub use ahead::ahead;
pub use augment::{Augment, epoch_order};
pub use config::{DataConfig, NAMES, Windows};
pub use dataset::{Dataset, Wide};
pub use load::load;
pub use locate::{Installed, installed};
pub use pixels::{Labelled, Pixels};
