//! How a pass is cut into pieces that threads take, for the algorithms that share the cut.

pub mod channel_shares;
pub mod factors;
pub mod weight_pieces;
