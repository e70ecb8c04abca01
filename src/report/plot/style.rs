//! Colours and markers that tell schemes apart, on light and dark pages and without colour vision.

use super::colours::{Colour, INK};
use crate::study::summary::CONTROL;

/// The shape of a marker, so that colour is never the only difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A triangle that points up.
    Triangle,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
    /// A triangle that points down.
    Down,
    /// Two crossed lines.
    Cross,
}

/// How one scheme is drawn in every chart of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Of line and marker.
    pub colour: Colour,
    /// The shape of its points.
    pub marker: Marker,
    /// Whether its line is broken.
    pub dashed: bool,
}

/// After Okabe and Ito, the light ones darkened to keep a contrast of 3 on white.
const PALETTE: [Colour; 6] = [
    Colour(0x1a, 0x7f, 0xc4),
    Colour(0xd5, 0x5e, 0x00),
    Colour(0x00, 0x94, 0x6c),
    Colour(0xc4, 0x6a, 0x9c),
    Colour(0xb4, 0x7e, 0x00),
    Colour(0x7e, 0x6b, 0xd6),
];

const MARKERS: [Marker; 5] = [
    Marker::Circle,
    Marker::Triangle,
    Marker::Square,
    Marker::Diamond,
    Marker::Down,
];

/// The style of `scheme` among all `schemes` of a report; the control is dashed in the text colour.
pub fn style_of(scheme: &str, schemes: &[&str]) -> Style {
    if scheme == CONTROL {
        return Style {
            colour: INK,
            marker: Marker::Cross,
            dashed: true,
        };
    }
    let mut padded = schemes.iter().filter(|s| **s != CONTROL);
    let index = padded.position(|s| *s == scheme).unwrap_or(0);
    // 6 colours and 5 markers have no common factor: 30 schemes all differ.
    Style {
        colour: PALETTE[index % PALETTE.len()],
        marker: MARKERS[index % MARKERS.len()],
        dashed: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_of_a_study_looks_different() {
        let names: Vec<String> = (0..12).map(|i| format!("scheme {i}")).collect();
        let mut schemes: Vec<&str> = names.iter().map(String::as_str).collect();
        schemes.insert(3, CONTROL);
        let styles: Vec<Style> = schemes.iter().map(|s| style_of(s, &schemes)).collect();
        for (i, style) in styles.iter().enumerate() {
            assert!(!styles[..i].contains(style), "{}", schemes[i]);
        }
    }
}
