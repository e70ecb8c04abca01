//! Shares and pixels as a check writes them.

use crate::report::text::short;
use crate::study::check::Check;

/// Pixels from the border of a window to its middle.
pub(super) fn middle(check: &Check) -> usize {
    let [h, w] = check.size;
    h.min(w) / 2
}

/// Pixels, which are whole but behind layers that enlarge.
pub(in crate::report) fn pixels(pixels: f64) -> String {
    match pixels.fract() == 0.0 {
        true => format!("{pixels:.0}"),
        false => short(pixels),
    }
}

/// Pixels with their unit.
pub(super) fn in_pixels(count: f64) -> String {
    let unit = if count == 1.0 { "pixel" } else { "pixels" };
    format!("{} {unit}", pixels(count))
}

/// A share as a percentage.
pub(in crate::report) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match (percent - percent.round()).abs() < 1e-9 {
        true => format!("{percent:.0}%"),
        false => format!("{}%", short(percent)),
    }
}
