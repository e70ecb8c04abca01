//! A grid of independent cells, each a network under one scheme with one seed.
//!
//! Begin at [`run`]: it prepares a grid, works on its cells side by side ([`workers`]) and puts together what the
//! finished ones found ([`cell`] says how they lie on disk). A cell's own work, from fresh weights to the last
//! measurement, is `work`; the names and order of its seeds decide every value of a study, so they stay as they are.

pub mod assemble;
pub mod cell;
mod kept;
mod measuring;
pub mod run;
mod work;
pub mod workers;
