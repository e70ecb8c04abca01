//! What a run is turned into: tables, charts, heatmaps and one page that explains them.

pub mod charts;
pub mod csv;
mod finding;
pub mod heatmap;
pub mod npy;
pub mod number;
pub mod results;
pub mod summary;
pub mod table;

pub use finding::finding;
