//! The location test of F-Conv (Kayhan and van Gemert, *On Translation Invariance in CNNs: Convolutional
//! Layers can Exploit Absolute Spatial Location*, CVPR 2020, arXiv 2003.07064).
//!
//! A red and a green square stand on a black image, and the class is which of them is on the left. In
//! training the two of class 0 also stand in the upper half and those of class 1 in the lower: a network
//! may use either. On a *similar* test set both tell the class; on the *dissimilar* one the halves are
//! exchanged. The gap between the two accuracies is the use of absolute location.
//!
//! Under `zeros@full` and `circular` the gap is 0 exactly, for any weights: a shift by 16 rows, a multiple
//! of the total stride 8, shifts every feature map, and the global maximum does not see it.
//!
//! [`ceiling`] is the best accuracy that a padding leaves to any network on fresh images. The published
//! accuracies ([`PUBLISHED`]) are on training images, which [`Protocol::Published`] repeats: a network may pass
//! its ceiling there.

mod ceiling;
mod scenes;
mod sets;
mod train;

pub use ceiling::ceiling;
pub use scenes::{SIDE, Scene, Scenes};
pub use sets::{Protocol, Sets};
pub use train::{Location, LocationOptions, network, run, run_on};

/// The table of the paper: a padding, then mean and standard deviation of the accuracy in percent over ten
/// weights, similar and dissimilar.
pub const PUBLISHED: [(&str, [[f64; 2]; 2]); 4] = [
    ("valid", [[100.0, 0.0], [0.2, 0.1]]),
    ("zeros", [[99.8, 0.1], [8.4, 0.7]]),
    ("circular", [[73.7, 1.0], [73.7, 1.0]]),
    ("zeros@full", [[89.7, 0.5], [89.7, 0.5]]),
];
