//! Networks: layers, what is made of them, and their state.
//!
//! A [`Network`] is data: named nodes, each with a [`Layer`] and its inputs. [`layers::Sequential`] and
//! [`layers::Residual`] are ways to write one down, [`models`] functions that build one. Shapes, margins,
//! receptive fields, the pass itself and fusion are walks over the nodes, one file each. To begin reading:
//! `network.rs`, then `run.rs`.
//!
//! A layer is a description: it holds no parameters. Parameters and buffers live in a [`State`] under
//! dotted names in torchvision's style (`features.0.weight`), so saving, loading, optimising and
//! comparing networks are operations on named tensors.
//!
//! The same forward code computes a network's features under its padding and under *optimal padding*:
//! a [`Feature`] knows how many true pixels it has around its grid, and layers with a window take their
//! border from those when the [`Context`] asks for it.

mod context;
mod feature;
mod fusion;
pub mod init;
mod layer;
pub mod layers;
mod margins;
mod misfit;
mod model;
pub mod models;
mod network;
mod normed;
mod planted;
mod positions;
mod receptive;
mod run;
mod sampling;
mod shapes;
mod state;
mod surroundings;
mod uneven;
mod windowed;

pub use context::{Collected, Context, Mode, Surroundings, Tap};
pub use feature::{Feature, aligned};
pub use layer::{Geometry, Kind, Layer};
pub use misfit::misfit;
pub use model::{LayerInfo, Model};
pub use network::{AsLayer, AsNetwork, Network, Node, Part, Value};
pub use planted::Planted;
pub use positions::Positions;
pub use receptive::ReceptiveField;
pub use sampling::{Reached, Sampled, Sampling};
pub use state::{FillReport, Misshaped, State, dotted};
pub use uneven::LayerWindow;
pub use windowed::Windowed;
