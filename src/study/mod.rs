//! Experiments as values: results and their schema, statistics over runs.

pub mod csv;
pub mod growth;
pub mod results;
pub mod summary;
