//! A sheet to draw on in CSS pixels: a list of marks that is written as SVG or filled into pixels.

use super::colours::{INK, Paint};
use super::style::{Marker, Style};
use crate::study::summary::Estimate;

/// Average width of a character of a sans-serif font, as a share of its size.
const CHARACTER: f64 = 0.58;

/// Where a text lies relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Left,
    /// Its middle lies there.
    Middle,
    /// It ends there.
    Right,
}

/// Something drawn; all coordinates are CSS pixels from the top left corner.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line through points.
    Line {
        /// Its points, in order.
        points: Vec<(f64, f64)>,
        /// Its colour.
        paint: Paint,
        /// How wide it is.
        width: f64,
    },
    /// A filled outline.
    Area {
        /// Its corners, in order.
        points: Vec<(f64, f64)>,
        /// Its colour.
        paint: Paint,
    },
    /// A text beside its point, at the middle of its height.
    Text {
        /// What is written.
        text: String,
        /// Its point.
        at: (f64, f64),
        /// The size of the font.
        size: f64,
        /// Its colour.
        paint: Paint,
        /// Where it lies relative to the point.
        anchor: Anchor,
    },
}

/// A value of the chart that can be pointed at.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Where it is drawn.
    pub at: (f64, f64),
    /// The name of its line.
    pub series: String,
    /// The point of the horizontal axis, as it is named.
    pub x: String,
    /// The value with its interval.
    pub y: Estimate,
}

/// The sheet.
#[derive(Default)]
pub struct Canvas {
    marks: Vec<Mark>,
    hits: Vec<Hit>,
}

/// A finished drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// CSS pixels from left to right.
    pub width: f64,
    /// CSS pixels from top to bottom.
    pub height: f64,
    /// All that is drawn, what lies on top last.
    pub marks: Vec<Mark>,
    /// The values that can be pointed at.
    pub hits: Vec<Hit>,
    /// What is shown, in words, for those who cannot see it.
    pub description: String,
    /// What the horizontal axis shows.
    pub x_label: String,
    /// The points of the horizontal axis: value, CSS pixels from the left.
    pub positions: Vec<(f64, f64)>,
    /// Top and bottom of the plotted part.
    pub span: (f64, f64),
    /// How much of its top is a legend that charts beside it share; on a page it is left out.
    pub legend: f64,
    /// The entries of that legend: names with samples of [`KEY`] CSS pixels.
    pub key: Vec<(String, Vec<Mark>)>,
}

/// Width and height of a sample of a shared legend, in CSS pixels.
pub const KEY: [f64; 2] = [26.0, 14.0];

impl Canvas {
    /// What was drawn.
    pub fn marks(self) -> Vec<Mark> {
        self.marks
    }

    /// What was drawn, as a drawing of this size.
    pub fn finish(self, (width, height): (f64, f64), description: &str) -> Drawing {
        Drawing {
            width,
            height,
            marks: self.marks,
            hits: self.hits,
            description: description.to_string(),
            x_label: String::new(),
            positions: Vec::new(),
            span: (0.0, height),
            legend: 0.0,
            key: Vec::new(),
        }
    }

    /// A line through `points`.
    pub fn line(&mut self, points: &[(f64, f64)], paint: Paint, width: f64) {
        let points = points.to_vec();
        self.marks.push(Mark::Line {
            points,
            paint,
            width,
        });
    }

    /// A double rule: where an axis is broken.
    pub fn doubled(&mut self, from: (f64, f64), to: (f64, f64)) {
        let across = match from.0 == to.0 {
            true => (1.5, 0.0),
            false => (0.0, 1.5),
        };
        for side in [-1.0, 1.0] {
            let moved = |end: (f64, f64)| (end.0 + side * across.0, end.1 + side * across.1);
            self.line(&[moved(from), moved(to)], ink(0.35), 0.8);
        }
    }

    /// A dashed line through `points`.
    pub fn dashed(&mut self, points: &[(f64, f64)], paint: Paint, width: f64) {
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
                    self.line(&[point(from), point(from + DASH)], paint, width);
                }
                from += PERIOD;
            }
            walked += length;
        }
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[(f64, f64)], paint: Paint) {
        let points = points.to_vec();
        self.marks.push(Mark::Area { points, paint });
    }

    /// A marker of a style, about `size` wide; hollow ones show the page through.
    pub fn marker(&mut self, (x, y): (f64, f64), style: &Style, size: f64, hollow: bool) {
        let r = size / 2.0;
        let paint = style.colour.opaque(1.0);
        if style.marker == Marker::Cross {
            self.line(&[(x - r, y - r), (x + r, y + r)], paint, 1.6);
            return self.line(&[(x - r, y + r), (x + r, y - r)], paint, 1.6);
        }
        let mut outline = outline(style.marker, r);
        for point in &mut outline {
            *point = (x + point.0, y + point.1);
        }
        if hollow {
            outline.push(outline[0]);
            outline.push(outline[1]);
            self.line(&outline, paint, 1.5);
        } else {
            self.polygon(&outline, paint);
        }
    }

    /// A text in the page's colour, at the middle of its height.
    pub fn text(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor) {
        let text = text.to_string();
        self.marks.push(Mark::Text {
            text,
            at,
            size,
            paint: ink(1.0),
            anchor,
        });
    }

    /// A text of this size and colour around its point.
    pub fn coloured_text(&mut self, text: &str, at: (f64, f64), (size, paint): (f64, Paint)) {
        self.marks.push(Mark::Text {
            text: text.to_string(),
            at,
            size,
            paint,
            anchor: Anchor::Middle,
        });
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), paint: Paint) {
        let (right, bottom) = (x + width, y + height);
        self.polygon(&[(x, y), (right, y), (right, bottom), (x, bottom)], paint);
    }

    /// Notes a value that can be pointed at.
    pub fn hit(&mut self, hit: Hit) {
        self.hits.push(hit);
    }
}

/// The page's text colour at `strength` from 0 to 1: grid lines and the like.
pub fn ink(strength: f64) -> Paint {
    INK.opaque(strength)
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
