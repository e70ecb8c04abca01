//! What a shift of the image changes, besides shifting: measures of others that need no true surroundings and take
//! any network, and one of what borders cost.
//!
//! [`equivariance`]: how far the features of a shifted image are from the shifted features, in decibels (Karras
//! et al., *Alias-Free Generative Adversarial Networks*, NeurIPS 2021, arXiv 2106.12423, who measure images).
//! [`disagreement`]: how often two overlapping crops of a picture disagree on a pixel (Kim et al., *PP-Pad*,
//! ICIP 2023). [`by_distance`]: how accurate a classifier is as the object comes near the border of the image.
//!
//! Shifts are multiples of the network's total stride, so that what is found is due to the border and not to
//! subsampling: without padding the first two find nothing, bit for bit.

mod crops;
mod equivariance;
mod placed;

pub use crops::{Crops, disagreement};
pub use equivariance::{Equivariance, equivariance, rolled};
pub use placed::{Placed, Placements, by_distance};
