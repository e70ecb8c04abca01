//! The font of figures on paper: a subset of Arimo, which has the widths of Arial, embedded in every file.

use std::sync::OnceLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};
use zeno::Command;

use super::canvas::Anchor;

/// The font file.
pub const BYTES: &[u8] = include_bytes!("arimo.ttf");
/// Its name.
pub const NAME: &str = "Arimo";

/// The font.
pub fn font() -> &'static Face<'static> {
    static FONT: OnceLock<Face<'static>> = OnceLock::new();
    FONT.get_or_init(|| Face::parse(BYTES, 0).expect("the embedded file is a font"))
}

/// The glyphs of a text; an empty box for what the font lacks.
pub fn glyphs(text: &str) -> impl Iterator<Item = GlyphId> {
    text.chars()
        .map(|c| font().glyph_index(c).unwrap_or(GlyphId(0)))
}

/// How far a glyph advances, as a share of the font's size.
pub fn advance(glyph: GlyphId) -> f64 {
    let advance = font().glyph_hor_advance(glyph).unwrap_or(0);
    f64::from(advance) / f64::from(font().units_per_em())
}

/// How wide a text is at a size.
pub fn width(text: &str, size: f64) -> f64 {
    glyphs(text).map(advance).sum::<f64>() * size
}

/// Where a text of this width begins whose point lies at `x`.
pub fn left(x: f64, width: f64, anchor: Anchor) -> f64 {
    match anchor {
        Anchor::Left => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::Right => x - width,
    }
}

/// How far the line that letters stand on lies below their middle, as a share of the size.
pub const BASELINE: f64 = 0.36;

/// The outlines of a text whose left end lies at `x` on a line at `y`.
pub fn outlines(text: &str, (x, y): (f64, f64), size: f64) -> Vec<Command> {
    let mut pen = Pen {
        commands: Vec::new(),
        at: (x, y),
        scale: size / f64::from(font().units_per_em()),
    };
    for glyph in glyphs(text) {
        // A space has no outline.
        let _ = font().outline_glyph(glyph, &mut pen);
        pen.at.0 += advance(glyph) * size;
    }
    pen.commands
}

/// Writes outlines down at their place and size.
struct Pen {
    commands: Vec<Command>,
    at: (f64, f64),
    scale: f64,
}

impl Pen {
    fn point(&self, x: f32, y: f32) -> zeno::Point {
        let of = |at: f64, offset: f32| (at + f64::from(offset) * self.scale) as f32;
        zeno::Point::new(of(self.at.0, x), of(self.at.1, -y))
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::MoveTo(self.point(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.commands.push(Command::LineTo(self.point(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (control, end) = (self.point(x1, y1), self.point(x, y));
        self.commands.push(Command::QuadTo(control, end));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let [a, b, end] = [(x1, y1), (x2, y2), (x, y)].map(|(x, y)| self.point(x, y));
        self.commands.push(Command::CurveTo(a, b, end));
    }

    fn close(&mut self) {
        self.commands.push(Command::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_letter_that_figures_write() {
        for letter in (' '..='~').chain("×–—“”‘’…²³√≤≥≈−±°·½τσμΔ→∞".chars())
        {
            assert!(font().glyph_index(letter).is_some(), "{letter}");
        }
        assert_eq!(width("", 10.0), 0.0);
        // As in Arial: digits of 0.556 and a W of 0.944.
        assert!((width("00", 1.0) - 2.0 * 0.556).abs() < 1e-3);
        assert!((width("W", 1.0) - 0.944).abs() < 1e-3);
        assert!(outlines(" ", (0.0, 0.0), 10.0).is_empty());
        assert!(outlines("a", (0.0, 0.0), 10.0).len() > 10);
    }
}
