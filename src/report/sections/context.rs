//! What every section may draw on.

use std::path::Path;

use crate::study::finished::Run;
use crate::study::results::Results;
use crate::study::summary::{Stage, Summary};

pub const ZERO_LINE: &str = "The vertical axis is logarithmic; values of exactly 0, which have no \
                         logarithm, are drawn on the line marked 0 below the double rule.";

pub const HOLLOW: &str = "A hollow marker stands at the upper end of the interval of a value that chance could \
                          give: nothing is measurable there, and no line joins it.";

/// What every section may draw on.
pub struct Context<'a> {
    pub results: &'a Results,
    pub summary: Summary<'a>,
    /// The moments of the run, by ascending step.
    pub stages: Vec<Stage>,
    /// The last layer at which the pattern was measured: where comparisons are made.
    pub layer: Option<&'a str>,
    pub config: Option<&'a str>,
    /// The folder of the run.
    pub dir: &'a Path,
    /// The other runs that the page shows.
    pub others: &'a [&'a Run],
}

/// A layer's name with the shape of its features, `features.14 (128×8×8)`.
pub fn with_shape(context: &Context, layer: &str) -> String {
    let mut layers = context.results.layers.iter();
    match layers.find(|l| l.name == layer) {
        Some(found) => {
            let [c, h, w] = found.shape;
            format!("{layer} ({c}×{h}×{w})")
        }
        None => layer.to_string(),
    }
}

/// What lines and bands of charts are.
pub fn means(summary: &Summary) -> String {
    match summary.seeds().len() {
        0 | 1 => "one seed".to_string(),
        n => format!("means over {n} seeds"),
    }
}
