//! Indirect tests of position information, as others have proposed them: what a network can be made to
//! say about location, where [PPP](https://arxiv.org/abs/2206.01202) measures what padding leaves in its
//! features.
//!
//! [`location`] trains a small network on a task in which the absolute location can be used instead of
//! the content; [`posenet`] trains a readout of a frozen network's features to paint where every pixel
//! lies; [`shift`] says what a shift of the image changes.

pub mod location;
pub mod planted;
pub mod posenet;
pub mod rank;
pub mod shift;
