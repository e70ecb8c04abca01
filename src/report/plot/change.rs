//! Dots by row: one value per scheme, or two, such as before and after training.

use super::axis::{Axis, Spread};
use super::canvas::{Anchor, Canvas, Drawing, Hit, ink, text_width};
use super::colours::INK;
use super::lines::Point;
use super::style::{Marker, Style};

/// One scheme's values, such as before and after training.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeRow {
    /// The scheme.
    pub name: String,
    /// How it is drawn.
    pub style: Style,
    /// The hollow dot.
    pub init: Option<Point>,
    /// The filled dot.
    pub last: Option<Point>,
}

/// A chart with one line of dots per scheme, hollow above filled.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeChart {
    /// What the horizontal axis shows, with its unit.
    pub x_label: String,
    /// How the horizontal axis spreads values.
    pub x_spread: Spread,
    /// What hollow and filled dots mean.
    pub ends: [&'static str; 2],
    /// The schemes, from top to bottom.
    pub rows: Vec<ChangeRow>,
}

const WIDTH: f64 = 470.0;
const ROW: f64 = 40.0;
const FONT: f64 = 13.0;
const TOP: f64 = 30.0;
/// How far the dots of before and after stand apart from the middle of their row.
const APART: f64 = 8.0;

/// The horizontal axis and where it lies.
struct Frame {
    axis: Axis,
    left: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    fn x(&self, position: f64) -> f64 {
        self.left + (self.right - self.left) * position
    }
}

impl ChangeChart {
    /// The chart; `description` says in words what it shows.
    pub fn drawing(&self, description: &str) -> Drawing {
        let frame = self.frame();
        let mut canvas = Canvas::default();
        self.draw_axis(&mut canvas, &frame);
        self.draw_key(&mut canvas);
        for (i, row) in self.rows.iter().enumerate() {
            let y = TOP + ROW * (i as f64 + 0.5);
            canvas.text(&row.name, (frame.left - 10.0, y), FONT, Anchor::Right);
            let apart = if self.has(true) && self.has(false) {
                APART
            } else {
                0.0
            };
            self.draw_dot(&mut canvas, &frame, y - apart, (row, row.init), true);
            self.draw_dot(&mut canvas, &frame, y + apart, (row, row.last), false);
        }
        canvas.finish((WIDTH, frame.bottom + FONT * 3.6), description)
    }

    fn frame(&self) -> Frame {
        let both = self.rows.iter().flat_map(|r| [r.init, r.last]).flatten();
        let names = self.rows.iter().map(|row| text_width(&row.name, FONT));
        Frame {
            axis: Axis::for_estimates(both.map(|p| p.drawn()), &[], self.x_spread),
            // Long names may take at most two fifths of the width.
            left: names.fold(0.0, f64::max).min(WIDTH * 0.4) + 16.0,
            right: WIDTH - 18.0,
            bottom: TOP + ROW * self.rows.len() as f64,
        }
    }

    fn draw_axis(&self, canvas: &mut Canvas, frame: &Frame) {
        for (position, label) in &frame.axis.ticks {
            let x = frame.x(*position);
            canvas.line(&[(x, TOP), (x, frame.bottom)], ink(0.14), 1.0);
            canvas.text(label, (x, frame.bottom + FONT), FONT, Anchor::Middle);
        }
        if let Some(position) = frame.axis.zero_break() {
            let x = frame.x(position);
            canvas.doubled((x, TOP), (x, frame.bottom));
        }
        let middle = (frame.x(0.5), frame.bottom + FONT * 2.5);
        canvas.text(&self.x_label, middle, FONT, Anchor::Middle);
    }

    /// Whether any row has a hollow dot, or a filled one.
    fn has(&self, hollow: bool) -> bool {
        let dot = |row: &ChangeRow| if hollow { row.init } else { row.last };
        self.rows.iter().any(|row| dot(row).is_some())
    }

    /// A dot with its interval as a bar.
    fn draw_dot(
        &self,
        canvas: &mut Canvas,
        frame: &Frame,
        y: f64,
        (row, point): (&ChangeRow, Option<Point>),
        hollow: bool,
    ) {
        let Some(found) = point.filter(|p| p.y.value.is_finite()) else {
            return;
        };
        let estimate = found.y;
        if let (Some(lo), Some(hi)) = (estimate.lo, estimate.hi)
            && hi > lo
        {
            let [lo, hi] = [lo, hi].map(|end| frame.x(frame.axis.position_of_end(end)));
            let colour = row.style.colour.opaque(1.0);
            canvas.line(&[(lo, y), (hi, y)], colour, 1.5);
            for end in [lo, hi] {
                canvas.line(&[(end, y - 4.0), (end, y + 4.0)], colour, 1.5);
            }
        }
        let point = (frame.x(frame.axis.position(found.drawn().value)), y);
        canvas.hit(Hit {
            at: point,
            series: row.name.clone(),
            x: self.ends[usize::from(!hollow)].into(),
            y: estimate,
        });
        canvas.marker(point, &row.style, 9.0, hollow);
    }

    /// What hollow and filled mean, above the rows.
    fn draw_key(&self, canvas: &mut Canvas) {
        let sample = Style {
            colour: INK,
            marker: Marker::Circle,
            dashed: false,
        };
        let (mut x, y) = (10.0, FONT);
        for (words, hollow) in self.ends.into_iter().zip([true, false]) {
            if self.has(hollow) && !words.is_empty() {
                canvas.marker((x, y), &sample, 9.0, hollow);
                canvas.text(words, (x + 12.0, y), FONT, Anchor::Left);
                x += 32.0 + text_width(words, FONT);
            }
        }
    }
}
