//! Which measures of position information can be believed.
//!
//! Every measure is read off the same kinds of networks: some in which padding cannot have left any
//! position, where it must be 0; some with zero padding, to see how it varies with the seed; and some in
//! which a position signal of known strength was planted, which it must find and rank. Begin at
//! [`comparison`]; [`measures`] are what is compared, [`tasks`] what is read off which network, as [`found`], and
//! [`summary`] decides what may be believed; [`response`] reads the answers to planted signals off a finished run.

pub mod comparison;
pub mod config;
pub mod found;
pub mod measures;
pub mod response;
pub mod summary;
pub mod tasks;
