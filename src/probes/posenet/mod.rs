//! PosENet (Islam, Jia and Bruce, *How Much Position Information Do Convolutional Neural Networks
//! Encode?*, ICLR 2020, arXiv 2001.08248).
//!
//! A readout without padding of its own is trained to paint a fixed map, such as a ramp from left to
//! right, from the features of a frozen network, whatever the image. Where it succeeds on images that it
//! has not seen, the features tell position. *Image alone* is the control: the readout gets the image
//! in place of the features.
//!
//! What could not be confirmed and is this project's choice: readouts deeper than one layer are unpadded
//! throughout, and the images are normalised as the frozen network was trained.

mod frozen;
mod readout;
mod target;

pub use frozen::{Frozen, grid_side, taps};
pub use readout::{Reading, ReadoutOptions, read_out};
pub use target::Target;
