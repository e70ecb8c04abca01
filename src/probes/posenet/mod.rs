//! PosENet (Islam, Jia and Bruce, *How Much Position Information Do Convolutional Neural Networks
//! Encode?*, ICLR 2020, arXiv 2001.08248).
//!
//! A readout without padding of its own is trained to paint a fixed map, such as a ramp from left to
//! right, from the features of a frozen network, whatever the image. Where it succeeds on images that it
//! has not seen, the features tell position. *Image alone* is the control: the readout gets the image
//! in place of the features.
//!
//! What could not be confirmed and is this project's choice: all layers of a deeper readout are padded alike.
//! Images are normalised as the frozen network was trained; the image alone is read in [0, 1], as in the paper,
//! so that a padded readout's zeros are black. [`PUBLISHED`] holds the paper's values.

mod frozen;
mod published;
mod readout;
mod target;

pub use frozen::{Frozen, grid_side, taps};
pub use published::{PUBLISHED, Published};
pub use readout::{Reading, ReadoutOptions, read_out};
pub use target::Target;
