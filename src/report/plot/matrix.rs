//! A matrix of values as coloured cells: a row per name, a column per condition.

use super::canvas::{Anchor, Canvas, Drawing, ink, text_width};
use super::colours::{Colour, Colours};
use crate::report::text::{lines, short};

/// A matrix to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// What the names of the rows are.
    pub corner: String,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with a value per column.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
    /// The values of the darkest and the lightest colour; `None` for cells without colours.
    pub ends: Option<[f64; 2]>,
}

const FONT: f64 = 13.0;
const CELL: [f64; 2] = [74.0, 30.0];
const LINE: f64 = 15.0;
/// Characters of a line above a column.
const TITLE: usize = 10;
/// A matrix with more columns stands on its side, where that makes it narrower.
const MOST_COLUMNS: usize = 7;
const PAPER: Colour = Colour(255, 255, 255);
const BLACK: Colour = Colour(0, 0, 0);

impl Matrix {
    /// The matrix; `description` says in words what it shows, `unit` what its values are.
    pub fn drawing(&self, description: &str, unit: &str) -> Drawing {
        if self.columns.len() > MOST_COLUMNS.max(self.rows.len()) {
            return self.on_its_side().drawing(description, unit);
        }
        let titles: Vec<Vec<String>> = self.columns.iter().map(|c| lines(c, TITLE)).collect();
        let tallest = titles.iter().map(Vec::len).max().unwrap_or(1);
        let names = self.rows.iter().map(|(name, _)| name.as_str());
        let widest = names
            .chain([self.corner.as_str()])
            .map(|name| text_width(name, FONT));
        let left = widest.fold(0.0, f64::max) + 14.0;
        let top = tallest as f64 * LINE + 8.0;
        let mut canvas = Canvas::default();
        let at = |line: usize, of: usize| top - 4.0 - LINE * ((of - line) as f64 - 0.5);
        canvas.text(&self.corner, (4.0, at(0, 1)), FONT, Anchor::Left);
        for (i, title) in titles.iter().enumerate() {
            let x = left + CELL[0] * (i as f64 + 0.5);
            for (line, text) in title.iter().enumerate() {
                canvas.text(text, (x, at(line, title.len())), FONT, Anchor::Middle);
            }
        }
        for (i, (name, values)) in self.rows.iter().enumerate() {
            let y = top + CELL[1] * i as f64;
            canvas.text(name, (4.0, y + CELL[1] / 2.0), FONT, Anchor::Left);
            for (j, value) in values.iter().enumerate() {
                self.draw_cell(&mut canvas, *value, (left + CELL[0] * j as f64, y));
            }
        }
        let bottom = top + CELL[1] * self.rows.len() as f64 + 14.0;
        self.draw_bar(&mut canvas, (left, bottom), unit);
        let right = left + CELL[0] * self.columns.len() as f64;
        let width = right.max(left + text_width(unit, FONT)).max(left + 200.0) + 8.0;
        canvas.finish((width, bottom + 48.0), description)
    }

    fn on_its_side(&self) -> Matrix {
        let column = |(i, name): (usize, &String)| {
            let values = self.rows.iter().map(|(_, values)| values[i]);
            (name.clone(), values.collect())
        };
        Matrix {
            corner: String::new(),
            columns: self.rows.iter().map(|(name, _)| name.clone()).collect(),
            rows: self.columns.iter().enumerate().map(column).collect(),
            ends: self.ends,
        }
    }

    fn draw_cell(&self, canvas: &mut Canvas, value: Option<f64>, (x, y): (f64, f64)) {
        let middle = (x + CELL[0] / 2.0, y + CELL[1] / 2.0);
        let Some(value) = value.filter(|value| value.is_finite()) else {
            return canvas.text("–", middle, FONT, Anchor::Middle);
        };
        let Some([lo, hi]) = self.ends else {
            return canvas.text(&short(value), middle, FONT, Anchor::Middle);
        };
        let colour = Colours::Sequential.at((value - lo) / (hi - lo));
        canvas.rectangle((x, y), (CELL[0] - 1.0, CELL[1] - 1.0), colour.opaque(1.0));
        let pen = if colour.is_light() { BLACK } else { PAPER };
        canvas.coloured_text(&short(value), middle, (FONT, pen.opaque(1.0)));
    }

    /// The colours with the values of both ends, and the unit below.
    fn draw_bar(&self, canvas: &mut Canvas, (left, top): (f64, f64), unit: &str) {
        const STEPS: usize = 48;
        const WIDTH: f64 = 2.5;
        if let Some([lo, hi]) = self.ends {
            let [lo, hi] = [lo, hi].map(short);
            let from = left + text_width(&lo, FONT) + 8.0;
            for i in 0..STEPS {
                let colour = Colours::Sequential.at(i as f64 / (STEPS - 1) as f64);
                let corner = (from + WIDTH * i as f64, top);
                canvas.rectangle(corner, (WIDTH + 0.2, 11.0), colour.opaque(1.0));
            }
            let end = from + WIDTH * STEPS as f64 + 8.0;
            canvas.text(&lo, (left, top + 5.5), FONT, Anchor::Left);
            canvas.text(&hi, (end, top + 5.5), FONT, Anchor::Left);
            let edge = [(from, top), (from + WIDTH * STEPS as f64, top)];
            canvas.line(&edge, ink(0.3), 0.5);
        }
        canvas.text(unit, (left, top + 28.0), FONT, Anchor::Left);
    }
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Mark;
    use super::*;

    #[test]
    fn every_value_is_written_and_a_wide_matrix_stands_on_its_side() {
        let matrix = |columns: usize| Matrix {
            corner: "trained under".into(),
            columns: (0..columns).map(|i| format!("layer {i}")).collect(),
            rows: vec![(
                "zeros".into(),
                (0..columns).map(|i| Some(i as f64)).collect(),
            )],
            ends: Some([0.0, columns as f64]),
        };
        for columns in [2, 12] {
            let drawing = matrix(columns).drawing("what it shows", "[%]");
            let written = |text: &str| {
                let is = |mark: &&Mark| matches!(mark, Mark::Text { text: own, .. } if own == text);
                drawing.marks.iter().filter(is).count()
            };
            for i in 1..columns {
                assert_eq!(written(&short(i as f64)), 1, "{i} of {columns}");
            }
            assert_eq!(drawing.width > drawing.height, columns == 2);
        }
    }
}
