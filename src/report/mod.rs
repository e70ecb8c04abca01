//! What a run is turned into: tables, charts, heatmaps and one page that explains them.

mod bitmap_text;
pub mod charts;
mod figures;
mod finding;
mod headline;
pub mod heatmap;
pub mod html;
pub mod matrix;
pub mod number;
pub mod overview;
mod quantised;
mod sections;
pub mod sheet;
pub mod table;
mod terminal;
mod viewer;

pub use figures::{Figure, figures};
pub use finding::finding;
pub use headline::headline;
pub use html::{Run, html, of_runs};
pub use sections::scheme_table;
pub use terminal::bars;
