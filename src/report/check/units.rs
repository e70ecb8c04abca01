//! Shares and pixels as a check writes them.

use crate::report::text::short;
use crate::study::check::Check;

/// Pixels from the border of a window to its middle.
pub(super) fn middle(check: &Check) -> usize {
    let [h, w] = check.size;
    h.min(w) / 2
}

/// Pixels, which are whole but behind layers that enlarge.
pub(super) fn pixels(pixels: f64) -> String {
    match pixels.fract() == 0.0 {
        true => format!("{pixels:.0}"),
        false => short(pixels),
    }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match (percent - percent.round()).abs() < 1e-9 {
        true => format!("{percent:.0}%"),
        false => format!("{}%", short(percent)),
    }
}
