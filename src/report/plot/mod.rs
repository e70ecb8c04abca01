//! One drawing toolkit: colours and styles, axes, charts of lines and of changes as SVG or pixels, maps as PNG.
//!
//! A chart is drawn on a [`canvas`], which keeps marks; `svg`, `pdf` and `pixels` write them. Begin with [`lines`].

pub mod axis;
pub mod canvas;
pub mod change;
pub mod colours;
mod font;
pub mod heatmap;
pub mod lines;
pub mod matrix;
mod pdf;
mod pixels;
pub mod raster;
pub mod sheet;
pub mod style;
mod svg;
