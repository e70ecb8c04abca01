//! Layers, models and their state.
//!
//! A [`Module`] is a description: it holds no numbers. Parameters and buffers live in a [`State`] under
//! dotted names in torchvision's style (`features.0.weight`), so saving, loading, optimising and
//! comparing networks are operations on named tensors.
//!
//! The same forward code computes a network's features under its padding and under *optimal padding*:
//! a [`Feature`] knows how many true pixels it has around its grid, and windowed layers take their
//! border from those when the [`Context`] asks for it.

mod context;
mod feature;
pub mod init;
pub mod layers;
mod model;
pub mod models;
mod module;
mod planted;
mod state;
mod windowed;

pub use context::{Context, Mode};
pub use feature::Feature;
pub use model::{LayerInfo, Model};
pub use module::{Kind, Module, Part};
pub use planted::Planted;
pub use state::{FillReport, Misshaped, State};
