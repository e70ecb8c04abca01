//! Experiments as values: what is computed of many networks, and the run folders that it is kept in.
//!
//! Nothing here prints, draws or knows a flag: settings come as structs, progress goes to a closure
//! ([`progress`]), pictures and pages are drawn by whoever gives a folder its [`folder::Drawing`]. Begin reading at
//! [`experiment`], a study from its settings ([`config`]) to its results; [`folder`] and [`results`] are what lies in a
//! run's folder and its schema. [`growth`] says by how much a pattern grew, [`claims`] whether that is claimed
//! ([`growth::GrowthRow::verdict`]) and what the finding of a run rests on. What is in the files of a run is
//! read by other versions and by people, so a field may be added, but none renamed.

pub mod backbone;
pub mod binding;
pub mod check;
pub mod checksums;
pub mod claims;
pub mod config;
pub mod contrast;
pub mod csv;
pub mod effort;
pub mod evaluate;
pub mod experiment;
pub mod feasible;
pub mod finished;
pub mod folder;
pub mod gradient_flow;
pub mod grid;
pub mod growth;
mod keys;
pub mod learned;
pub mod location;
pub mod lock;
pub mod majority;
pub mod measure;
pub mod merge;
pub mod moments;
pub mod networks;
pub mod pattern;
pub mod posenet;
#[cfg(test)]
mod power_loss;
pub mod progress;
pub mod provenance;
pub mod readout;
pub mod record;
pub mod reliability;
pub mod results;
pub mod schema;
pub mod shard;
pub mod shift;
pub mod stop;
pub mod subject;
pub mod summary;
pub mod surgery;
pub mod swap;
pub mod verify;
