//! A sheet to draw on in CSS pixels; what comes out is SVG that takes the page's text colour.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::style::{INK, Marker, Style};
use crate::error::{Error, Result};
use crate::report::table::escape_html;

/// Drawing happens on whole units; this many make one CSS pixel, so that lines are smooth.
const UNITS: f64 = 8.0;
/// plotters' SVG backend divides font sizes by this.
const FONT_FACTOR: f64 = 1.24;
/// Average width of a character of a sans-serif font, as a share of its size.
const CHARACTER: f64 = 0.53;

/// Where a text lies relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Middle,
    Right,
}

/// The sheet; all coordinates are CSS pixels from the top left corner.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// The SVG that `paint` draws on a sheet of `width` × `height`, described for those who cannot see it.
pub fn draw(
    (width, height): (f64, f64),
    description: &str,
    paint: impl FnOnce(&Canvas) -> Result<()>,
) -> Result<String> {
    let mut svg = String::new();
    let size = (units(width) as u32, units(height) as u32);
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let canvas = Canvas { area };
        paint(&canvas)?;
        canvas.area.present().map_err(failed)?;
    }
    Ok(adapted(&svg, size, description))
}

impl Canvas<'_> {
    /// A line through `points`.
    pub fn line(&self, points: &[(f64, f64)], colour: RGBAColor, width: f64) -> Result<()> {
        let points: Vec<(i32, i32)> = points.iter().map(|&p| at(p)).collect();
        let style = colour.stroke_width(units(width) as u32);
        self.area
            .draw(&PathElement::new(points, style))
            .map_err(failed)
    }

    /// A dashed line through `points`.
    pub fn dashed(&self, points: &[(f64, f64)], colour: RGBAColor, width: f64) -> Result<()> {
        const DASH: f64 = 5.0;
        const PERIOD: f64 = 8.0;
        let mut walked = 0.0;
        for pair in points.windows(2) {
            let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
            let length = (x1 - x0).hypot(y1 - y0);
            let point = |s: f64| {
                let share = (s / length).clamp(0.0, 1.0);
                (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            };
            // Dashes go on around corners: the first may have begun on the segment before.
            let mut from = -(walked % PERIOD);
            while length > 0.0 && from < length {
                if from + DASH > 0.0 {
                    self.line(&[point(from), point(from + DASH)], colour, width)?;
                }
                from += PERIOD;
            }
            walked += length;
        }
        Ok(())
    }

    /// A filled polygon.
    pub fn polygon(&self, points: &[(f64, f64)], colour: RGBAColor) -> Result<()> {
        let points: Vec<(i32, i32)> = points.iter().map(|&p| at(p)).collect();
        self.area
            .draw(&Polygon::new(points, colour.filled()))
            .map_err(failed)
    }

    /// A marker of a style, about `size` wide; hollow ones show the page through.
    pub fn marker(&self, (x, y): (f64, f64), style: &Style, size: f64, hollow: bool) -> Result<()> {
        let r = size / 2.0;
        let colour = style.colour.to_rgba();
        if style.marker == Marker::Cross {
            self.line(&[(x - r, y - r), (x + r, y + r)], colour, 1.6)?;
            return self.line(&[(x - r, y + r), (x + r, y - r)], colour, 1.6);
        }
        let mut outline = outline(style.marker, r);
        for point in &mut outline {
            *point = (x + point.0, y + point.1);
        }
        if hollow {
            outline.push(outline[0]);
            outline.push(outline[1]);
            self.line(&outline, colour, 1.5)
        } else {
            self.polygon(&outline, colour)
        }
    }

    /// A text in the page's colour, centred vertically on its point.
    pub fn text(&self, text: &str, point: (f64, f64), size: f64, anchor: Anchor) -> Result<()> {
        let across = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let style = ("sans-serif", units(size) * FONT_FACTOR)
            .into_text_style(&self.area)
            .color(&INK)
            .pos(Pos::new(across, VPos::Center));
        let text = text.to_string();
        self.area
            .draw(&Text::new(text, at(point), style))
            .map_err(failed)
    }
}

/// The page's text colour at `strength` from 0 to 1: grid lines and the like.
pub fn ink(strength: f64) -> RGBAColor {
    INK.mix(strength)
}

/// About how wide `text` is at a font size; enough for legends and margins.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * CHARACTER * size
}

/// The corners of a marker of radius `r` around 0, of about equal areas.
fn outline(marker: Marker, r: f64) -> Vec<(f64, f64)> {
    let (diamond, square) = (r * 1.2, r * 0.86);
    match marker {
        Marker::Triangle => vec![(0.0, -r * 1.1), (r * 1.1, r * 0.9), (-r * 1.1, r * 0.9)],
        Marker::Down => vec![(0.0, r * 1.1), (r * 1.1, -r * 0.9), (-r * 1.1, -r * 0.9)],
        Marker::Square => vec![
            (-square, -square),
            (square, -square),
            (square, square),
            (-square, square),
        ],
        Marker::Diamond => vec![
            (0.0, -diamond),
            (diamond, 0.0),
            (0.0, diamond),
            (-diamond, 0.0),
        ],
        Marker::Circle | Marker::Cross => (0..24)
            .map(|i| f64::from(i) * std::f64::consts::TAU / 24.0)
            .map(|angle| (r * angle.cos(), r * angle.sin()))
            .collect(),
    }
}

fn units(pixels: f64) -> f64 {
    (pixels * UNITS).round()
}

fn at((x, y): (f64, f64)) -> (i32, i32) {
    (units(x) as i32, units(y) as i32)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::invalid(
        "a chart",
        error.to_string(),
        "report this as a bug of padgrad",
    )
}

/// Gives the SVG of plotters a description, a size that follows the page, and the page's colour.
fn adapted(svg: &str, (width, height): (u32, u32), description: &str) -> String {
    // The first tag is the one that states the size in drawing units.
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let body = body.replace("#010203", "currentColor");
    format!(
        "<svg class=\"chart\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {width} {height}\" \
         xmlns=\"http://www.w3.org/2000/svg\">{body}",
        escape_html(description)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_take_the_colour_of_the_page() {
        let svg = draw((100.0, 50.0), "a \"b\" <c>", |canvas| {
            canvas.text("<script>&", (1.0, 1.0), 12.0, Anchor::Left)
        })
        .expect("a chart");
        assert!(svg.contains("aria-label=\"a &quot;b&quot; &lt;c&gt;\""));
        assert!(svg.contains("&lt;script&gt;&amp;"));
        assert!(svg.contains("currentColor") && !svg.contains("#010203"));
        assert!(svg.contains("viewBox=\"0 0 800 400\""));
        assert!(svg.trim_end().ends_with("</svg>"));
    }
}
