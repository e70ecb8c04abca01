//! Colours and markers that tell schemes apart, on light and dark pages and without colour vision.

use super::colours::{Colour, INK};
use crate::padding::schemes;
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

/// The style of the control.
const CONTROLS: Style = Style {
    colour: INK,
    marker: Marker::Cross,
    dashed: true,
};

const MARKERS: [Marker; 5] = [
    Marker::Circle,
    Marker::Triangle,
    Marker::Square,
    Marker::Diamond,
    Marker::Down,
];

/// The style of `scheme` among all `schemes` of a chart; the control is dashed in the text colour.
///
/// A scheme looks the same in every chart and every run: its colour and marker go with its place in the list of all
/// schemes. Variants of one, such as `zeros:detach`, share its colour and are dashed; names that are no schemes are
/// told apart by their order.
pub fn style_of(scheme: &str, schemes: &[&str]) -> Style {
    let mut known: Vec<(&str, Style)> = Vec::new();
    for (place, &name) in schemes.iter().enumerate() {
        let taken = |style: &Style| known.iter().any(|(_, other)| other == style);
        let mut own = candidates(name, place);
        let style = own.find(|style| !taken(style)).unwrap_or(CONTROLS);
        known.push((name, style));
    }
    let found = known.iter().find(|(name, _)| *name == scheme);
    found.map_or_else(
        || candidates(scheme, 0).next().unwrap_or(CONTROLS),
        |(_, style)| *style,
    )
}

/// The styles that a scheme may have, in order of preference.
fn candidates(scheme: &str, place: usize) -> impl Iterator<Item = Style> {
    let base = scheme.split([':', '/', '@']).next().unwrap_or(scheme);
    let listed = schemes().iter().position(|known| known.name == base);
    // 6 colours and 5 markers have no common factor: 30 schemes all differ.
    let index = listed.unwrap_or(place);
    let solid = base == scheme;
    let looks = 2 * MARKERS.len();
    // Another colour only where every marker of its own is taken.
    let style = move |turn: usize| Style {
        colour: PALETTE[(index + turn / looks) % PALETTE.len()],
        marker: MARKERS[(index + turn) % MARKERS.len()],
        dashed: !solid || turn % looks >= MARKERS.len(),
    };
    let control = (scheme == CONTROL).then_some(CONTROLS);
    // A variant has a marker of its own too, for dots have no line.
    let first = usize::from(!solid);
    let turns = first..PALETTE.len() * looks;
    control.into_iter().chain(turns.map(style))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::padding::samples;

    #[test]
    fn every_scheme_of_a_study_looks_different() {
        let names: Vec<String> = (0..12).map(|i| format!("scheme {i}")).collect();
        let mut schemes: Vec<&str> = names.iter().map(String::as_str).collect();
        schemes.insert(3, CONTROL);
        let styles: Vec<Style> = schemes.iter().map(|s| style_of(s, &schemes)).collect();
        for (i, style) in styles.iter().enumerate() {
            assert!(!styles[..i].contains(style), "{}", schemes[i]);
        }
        let all: Vec<String> = samples().map(|padding| padding.to_string()).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let styles: Vec<Style> = all.iter().map(|s| style_of(s, &all)).collect();
        for (i, style) in styles.iter().enumerate() {
            assert!(!styles[..i].contains(style), "{}", all[i]);
        }
    }

    #[test]
    fn a_scheme_looks_the_same_whatever_stands_beside_it() {
        for schemes in [&["zeros", "circular"][..], &["valid", "circular", "zeros"]] {
            for scheme in ["zeros", "circular", "valid"] {
                assert_eq!(style_of(scheme, schemes), style_of(scheme, &[]), "{scheme}");
            }
        }
        let detached = style_of("zeros:detach", &["zeros", "zeros:detach"]);
        assert_eq!(detached.colour, style_of("zeros", &[]).colour);
        assert!(detached.dashed && detached.marker != style_of("zeros", &[]).marker);
    }
}
