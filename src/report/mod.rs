//! What is made of a run: sentences, tables, charts, maps, and one page that explains it all.
//!
//! Here is drawn and written what [`study`](crate::study) decides and computes. From below upwards: [`text`];
//! [`plot`], the drawing toolkit; [`table`] and `grid`; [`charts`] of a run; `page`, HTML; `sections`; `html`, the
//! page; `lesson`, the page that computes. Each imports only from those before it.

mod amounts;
pub mod charts;
pub mod check;
mod figures;
mod finding;
mod grid;
mod grids;
mod headline;
mod html;
pub mod learned;
mod lesson;
pub mod metrics;
mod overview;
mod page;
mod plain;
pub mod plot;
mod probe_charts;
mod sections;
pub mod swap;
pub mod table;
mod terminal;
pub mod text;

pub use figures::{Figure, figures, figures_of};
pub use finding::finding;
pub use headline::headline;
pub use html::{html, of_runs};
pub use lesson::lesson;
pub use overview::overview;
pub use plain::plain;
pub use sections::overview::scheme_table;
pub use terminal::bars;
