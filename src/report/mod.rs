//! What a run is turned into: tables, charts, heatmaps and one page that explains them.

pub mod csv;
pub mod npy;
pub mod results;
