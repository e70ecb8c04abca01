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

mod scenes;
mod train;

pub use scenes::{SIDE, Scene, Scenes};
pub use train::{Location, LocationOptions, network, run};
