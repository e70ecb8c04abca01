//! Lines over epochs or distances, one per scheme, with a band for the interval.

use super::axis::{Axis, Spread};
use super::canvas::{Anchor, Canvas, Drawing, Hit, KEY, Mark, ink, text_width};
use super::style::Style;
use crate::study::summary::Estimate;

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Its position on the horizontal axis.
    pub x: f64,
    /// The value with its interval.
    pub y: Estimate,
    /// One that is not is drawn hollow at the upper end of its interval, and no line joins it.
    pub measurable: bool,
}

impl Point {
    /// One that is measurable.
    pub fn new(x: f64, y: Estimate) -> Point {
        let measurable = true;
        Point { x, y, measurable }
    }

    /// What is drawn of it: the upper end of its interval alone where it is not measurable.
    pub fn drawn(&self) -> Estimate {
        match self.y.hi {
            Some(hi) if !self.measurable => Estimate {
                value: hi,
                lo: None,
                ..self.y
            },
            _ => self.y,
        }
    }
}

/// One scheme's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The scheme.
    pub name: String,
    /// How it is drawn.
    pub style: Style,
    /// By ascending x.
    pub points: Vec<Point>,
}

/// The size of a chart and whether it names its lines itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Stands alone, with a legend.
    Full,
    /// As large, beside others on a page, under a legend that they share; its own is drawn where it stands alone.
    Grouped,
    /// One of many beside each other, under a legend that they share.
    Small,
}

/// A chart of lines.
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart {
    /// What the vertical axis shows, with its unit; written above it.
    pub y_label: String,
    /// What the horizontal axis shows.
    pub x_label: String,
    /// How the horizontal axis spreads values.
    pub x_spread: Spread,
    /// How the vertical axis spreads values.
    pub y_spread: Spread,
    /// Values that the vertical axis covers besides those of the lines, so that charts compare.
    pub y_also: Vec<f64>,
    /// The lines; the last one lies on top.
    pub series: Vec<Series>,
    /// Its size, and whether it has a legend.
    pub format: Format,
}

const LEGEND_ROW: f64 = 19.0;
const SAMPLE: f64 = 22.0;

/// The measures of a format, in CSS pixels.
struct Measures {
    size: (f64, f64),
    font: f64,
    line: f64,
    marker: f64,
}

impl Format {
    fn measures(self) -> Measures {
        match self {
            Format::Full | Format::Grouped => Measures {
                size: (470.0, 320.0),
                font: 13.0,
                line: 2.0,
                marker: 7.0,
            },
            Format::Small => Measures {
                size: (260.0, 190.0),
                font: 11.0,
                line: 1.6,
                marker: 5.0,
            },
        }
    }
}

/// The axes with the rectangle they span.
struct Frame {
    x: Axis,
    y: Axis,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        self.left + (self.right - self.left) * self.x.position(value)
    }

    fn y_at(&self, position: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * position
    }
}

impl LineChart {
    /// The chart; `description` says in words what it shows.
    pub fn drawing(&self, description: &str) -> Drawing {
        let measures = self.format.measures();
        let (width, height) = measures.size;
        let legend = match self.format {
            Format::Full | Format::Grouped => legend_rows(&self.series, width, measures.font),
            Format::Small => Vec::new(),
        };
        let legend_height = legend.len() as f64 * LEGEND_ROW;
        let frame = self.frame(&measures, legend_height);
        let mut canvas = Canvas::default();
        self.draw_axes(&mut canvas, &frame, &measures);
        for series in &self.series {
            draw_band(&mut canvas, &frame, series);
        }
        for series in &self.series {
            draw_line(&mut canvas, &frame, series, &measures);
        }
        draw_legend(&mut canvas, &legend, &measures);
        let mut drawing = canvas.finish((width, height + legend_height), description);
        let mut xs: Vec<f64> = self
            .series
            .iter()
            .flat_map(|s| &s.points)
            .map(|p| p.x)
            .collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        drawing.positions = xs.into_iter().map(|x| (x, frame.x(x))).collect();
        drawing.span = (frame.top, frame.bottom);
        drawing.x_label.clone_from(&self.x_label);
        if self.format == Format::Grouped {
            drawing.legend = legend_height;
            let entries = self.series.iter();
            drawing.key = entries.map(|s| (s.name.clone(), sample(s))).collect();
        }
        drawing
    }

    fn frame(&self, measures: &Measures, legend_height: f64) -> Frame {
        let points = || self.series.iter().flat_map(|s| &s.points);
        let xs: Vec<f64> = points().map(|p| p.x).collect();
        let y = Axis::for_estimates(points().map(Point::drawn), &self.y_also, self.y_spread);
        let widest = y
            .ticks
            .iter()
            .map(|(_, label)| text_width(label, measures.font));
        let (width, height) = measures.size;
        let x = Axis::over(&xs, self.x_spread);
        // The label of a tick at the end stands out by half its width.
        let at_end = x.ticks.iter().filter(|(position, _)| *position > 0.9);
        let out = at_end.map(|(_, label)| text_width(label, measures.font) / 2.0);
        Frame {
            left: widest.fold(0.0, f64::max) + 12.0,
            right: width - out.fold(12.0, f64::max),
            x,
            top: legend_height + measures.font * 2.5,
            bottom: height + legend_height - measures.font * 3.2,
            y,
        }
    }

    fn draw_axes(&self, canvas: &mut Canvas, frame: &Frame, measures: &Measures) {
        let font = measures.font;
        let label_y = frame.top - font * 1.6;
        canvas.text(&self.y_label, (4.0, label_y), font, Anchor::Left);
        for (position, label) in &frame.y.ticks {
            let y = frame.y_at(*position);
            canvas.line(&[(frame.left, y), (frame.right, y)], ink(0.14), 1.0);
            canvas.text(label, (frame.left - 6.0, y), font, Anchor::Right);
        }
        if let Some(position) = frame.y.zero_break() {
            let y = frame.y_at(position);
            canvas.doubled((frame.left, y), (frame.right, y));
        }
        for (position, label) in &frame.x.ticks {
            let x = frame.left + (frame.right - frame.left) * position;
            canvas.line(&[(x, frame.bottom), (x, frame.bottom + 4.0)], ink(0.5), 1.0);
            canvas.text(label, (x, frame.bottom + font), font, Anchor::Middle);
        }
        let base = [(frame.left, frame.bottom), (frame.right, frame.bottom)];
        canvas.line(&base, ink(0.5), 1.0);
        let middle = (frame.left + frame.right) / 2.0;
        let below = frame.bottom + font * 2.4;
        canvas.text(&self.x_label, (middle, below), font, Anchor::Middle);
    }
}

/// The band of the interval, in stretches between points without one.
fn draw_band(canvas: &mut Canvas, frame: &Frame, series: &Series) {
    let ends = series.points.iter().map(|p| {
        let (lo, hi) = (p.y.lo?, p.y.hi?);
        let wide = lo.is_finite() && hi.is_finite() && hi > lo;
        wide.then_some((p.x, lo, hi))
    });
    let ends: Vec<Option<(f64, f64, f64)>> = ends.collect();
    for stretch in ends.split(Option::is_none) {
        let ends = || stretch.iter().copied().flatten();
        let upper = ends().map(|(x, _, hi)| (x, hi));
        let lower = ends().rev().map(|(x, lo, _)| (x, lo));
        let outline: Vec<(f64, f64)> = upper
            .chain(lower)
            .map(|(x, end)| (frame.x(x), frame.y_at(frame.y.position_of_end(end))))
            .collect();
        if outline.len() > 2 {
            canvas.polygon(&outline, series.style.colour.opaque(0.16));
        }
    }
}

/// A point of a line where it is drawn.
struct Drawn {
    at: (f64, f64),
    measurable: bool,
    /// On the line of zeros below a logarithmic axis.
    on_zero: bool,
}

fn draw_line(canvas: &mut Canvas, frame: &Frame, series: &Series, measures: &Measures) {
    let finite = series.points.iter().filter(|p| p.y.value.is_finite());
    let drawn: Vec<Drawn> = finite
        .map(|p| {
            let y = frame.y.position(p.drawn().value);
            let at = (frame.x(p.x), frame.y_at(y));
            canvas.hit(Hit {
                at,
                series: series.name.clone(),
                x: p.x.to_string(),
                y: p.y,
            });
            Drawn {
                at,
                measurable: p.measurable,
                on_zero: frame.y.is_on_zero(p.drawn().value),
            }
        })
        .collect();
    // 0 is infinitely far below any other value of a logarithmic axis: no line leads there.
    let joined = |a: &Drawn, b: &Drawn| a.measurable && b.measurable && a.on_zero == b.on_zero;
    for stretch in drawn.chunk_by(joined) {
        let points: Vec<(f64, f64)> = stretch.iter().map(|drawn| drawn.at).collect();
        draw_stroke(canvas, &points, &series.style, measures.line);
    }
    // Markers on every point of a long line would hide it.
    let every = drawn.len().div_ceil(16).max(1);
    for drawn in drawn.iter().step_by(every) {
        canvas.marker(drawn.at, &series.style, measures.marker, !drawn.measurable);
    }
}

fn draw_stroke(canvas: &mut Canvas, points: &[(f64, f64)], style: &Style, width: f64) {
    let colour = style.colour.opaque(1.0);
    match (points.len(), style.dashed) {
        (0 | 1, _) => {}
        (_, true) => canvas.dashed(points, colour, width),
        (_, false) => canvas.line(points, colour, width),
    }
}

/// A line's look, for a legend that charts share.
fn sample(series: &Series) -> Vec<Mark> {
    let mut canvas = Canvas::default();
    let middle = (KEY[0] / 2.0, KEY[1] / 2.0);
    let ends = [(1.0, middle.1), (KEY[0] - 1.0, middle.1)];
    draw_stroke(&mut canvas, &ends, &series.style, 2.0);
    canvas.marker(middle, &series.style, 7.0, false);
    canvas.marks()
}

/// The entries of a legend with their left ends, in rows that fit the width.
fn legend_rows(series: &[Series], width: f64, font: f64) -> Vec<Vec<(f64, &Series)>> {
    let mut rows: Vec<Vec<(f64, &Series)>> = Vec::new();
    let mut used = f64::INFINITY;
    for entry in series {
        let needed = SAMPLE + 5.0 + text_width(&entry.name, font) + 11.0;
        if used + needed > width {
            rows.push(Vec::new());
            used = 4.0;
        }
        if let Some(row) = rows.last_mut() {
            row.push((used, entry));
        }
        used += needed;
    }
    rows
}

fn draw_legend(canvas: &mut Canvas, rows: &[Vec<(f64, &Series)>], measures: &Measures) {
    for (i, row) in rows.iter().enumerate() {
        let y = LEGEND_ROW * (i as f64 + 0.5);
        for (left, entry) in row {
            let sample = [(*left, y), (left + SAMPLE, y)];
            draw_stroke(canvas, &sample, &entry.style, measures.line);
            let middle = (left + SAMPLE / 2.0, y);
            canvas.marker(middle, &entry.style, measures.marker, false);
            let name = (left + SAMPLE + 5.0, y);
            canvas.text(&entry.name, name, measures.font, Anchor::Left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::style_of;
    use super::*;

    /// A small chart of one line.
    fn chart(points: impl Iterator<Item = (f64, f64)>) -> LineChart {
        let point = |(x, value)| Point::new(x, Estimate::range(&[value]).expect("a value"));
        LineChart {
            y_label: String::new(),
            x_label: String::new(),
            x_spread: Spread::Counts,
            y_spread: Spread::Log,
            y_also: Vec::new(),
            series: vec![Series {
                name: "zeros".into(),
                style: style_of("zeros", &[]),
                points: points.map(point).collect(),
            }],
            format: Format::Small,
        }
    }

    /// Where the lines of a chart of these values begin and end, by index of the point.
    fn strokes(values: &[f64]) -> usize {
        let chart = chart((0..).map(f64::from).zip(values.iter().copied()));
        let colour = chart.series[0].style.colour;
        let of_series =
            |mark: &&Mark| matches!(mark, Mark::Line { paint, .. } if paint.colour == colour);
        chart.drawing("").marks.iter().filter(of_series).count()
    }

    #[test]
    fn the_label_of_the_last_tick_is_not_cut() {
        let chart = chart([0.0, 1.0, 1_234_567.0].into_iter().map(|x| (x, 1.0)));
        let measures = chart.format.measures();
        let frame = chart.frame(&measures, 0.0);
        let (position, label) = frame.x.ticks.last().expect("a tick");
        let at = frame.left + (frame.right - frame.left) * position;
        assert!(at + text_width(label, measures.font) / 2.0 <= measures.size.0);
    }

    #[test]
    fn no_line_leads_from_a_value_to_a_zero_that_no_logarithm_reaches() {
        assert_eq!(strokes(&[0.5, 0.2, 0.1]), 1);
        assert_eq!(strokes(&[0.5, 0.2, 0.0, 0.0]), 2);
        assert_eq!(strokes(&[0.5, 0.0]), 0);
    }
}
