//! Labelled images, in batches, and with their true surroundings.
//!
//! A [`Dataset`] has two sources of batches, to train and to test with; anything that gives images by index
//! is a [`Source`]: tensors in memory ([`Tensors`]), a function ([`FromFn`]), or what [`load`] finds. What a
//! network is measured on are [`WideImages`]: with a margin of real pixels around them, which is what it sees
//! under optimal padding. They may be of other data ([`Dataset::with_wide`]).
//!
//! ```
//! use padgrad::data::{DataConfig, load};
//! let config = DataConfig {
//!     train_images: Some(20),
//!     test_images: Some(10),
//!     ..DataConfig::named("canvas")
//! };
//! let data = load(&config)?;
//! let (images, labels) = data.test_batch(0..4)?;
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

mod augment;
mod budget;
#[cfg(feature = "files")]
mod class_folders;
mod config;
mod dataset;
#[cfg(feature = "files")]
mod exif;
mod folder;
mod load;
mod locate;
#[cfg(feature = "files")]
mod measured;
mod mosaic;
#[cfg(feature = "files")]
mod photographs;
mod pixels;
mod prefetch;
mod preprocessing;
mod resample;
mod source;
mod wide;

pub use augment::{Augment, epoch_order};
#[cfg(feature = "files")]
pub use class_folders::ClassFolders;
pub use config::{DataConfig, NAMES, Placement, Windows};
pub use dataset::Dataset;
pub use load::load;
pub use locate::{Installed, installed};
#[cfg(feature = "files")]
pub use photographs::{LeftOut, Photographs, Survey};
pub use pixels::{Labelled, Pixels};
pub use prefetch::prefetch;
pub use preprocessing::{Order, Preprocessing};
pub use source::{Batch, FromFn, Source, Tensors};
pub use wide::{Wide, WideImages, WideTensors};
