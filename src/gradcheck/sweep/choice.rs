//! What a sweep checks, case by case.

use super::broken::Broken;
use crate::autodiff::ops::Case;
use crate::gradcheck::Report;
use crate::padding::Padding;

/// What to check; the default is everything.
///
/// ```
/// use padgrad::gradcheck::{Broken, Sweep};
/// use padgrad::padding::Padding;
/// let pads = Sweep { op: Some("pad2d".into()), size: Some(3), ..Sweep::default() };
/// assert!(pads.run()?.passed());
/// let reflect = Sweep { padding: Some(Padding::parse("reflect@1")?), ..pads };
/// let broken = Sweep { broken: Some(Broken::HaloDropped), ..reflect };
/// assert!(!broken.run()?.passed());
/// # Ok::<(), padgrad::error::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// This operation alone.
    pub op: Option<String>,
    /// This padding alone, over its extent where it has one. As the next four it leaves only the
    /// operations that have a window.
    pub padding: Option<Padding>,
    /// This stride alone.
    pub stride: Option<usize>,
    /// This dilation alone.
    pub dilation: Option<usize>,
    /// Square kernels of this size alone.
    pub kernel: Option<usize>,
    /// Square images of this size alone.
    pub size: Option<usize>,
    /// Gradients that are wrong on purpose, to see them caught.
    pub broken: Option<Broken>,
    /// Where cotangents and samples are drawn from.
    pub seed: u64,
}

/// One case of the sweep and where it belongs.
pub(super) struct Trial {
    pub op: &'static str,
    /// The scheme, for operations that have a border.
    pub padding: Option<String>,
    pub case: Case,
    /// Whether the first input counts for the map of errors over the image.
    pub mapped: bool,
}

/// What checking one case gave.
pub(super) struct Checked<'a> {
    pub trial: &'a Trial,
    pub report: Report,
    /// Whether every linear input passed the adjoint identity.
    pub adjoint: bool,
}
