//! Tables with a row per value of one field and a column per value of another, plain or coloured by value.

use crate::report::heatmap::Colours;
use crate::report::number::short;
use crate::report::table::{Cell, Table, escape_html};
use crate::study::results::Row;

/// What rows are told apart by.
pub type Field = for<'r> fn(&'r Row) -> &'r str;

/// Which numbers the two ends of the colours stand for.
#[derive(Clone, Copy)]
pub enum Ends {
    /// From 0 to the largest number shown.
    FromZero,
    /// From the smallest to the largest number shown, where 0 is far from both.
    Shown,
    /// From 0 to this.
    To(f64),
}

/// Rows and how they are laid out.
pub struct Grid<'r> {
    pub caption: &'r str,
    /// What the names of the rows are.
    pub corner: &'r str,
    pub rows: &'r [&'r Row],
    /// What a row and a column of the table share.
    pub by: [Field; 2],
    /// From the unit of the results to that of the caption.
    pub factor: f64,
}

impl Grid<'_> {
    /// The table without colours.
    pub fn plain(&self) -> String {
        self.table(|_, _| Cell::default()).html()
    }

    /// The table with a colour behind each number and the colour bar below; cells whose row and column have
    /// the same name are framed.
    pub fn shaded(&self, ends: Ends) -> String {
        let [names, columns] = self.names();
        let pairs = names
            .iter()
            .flat_map(|n| columns.iter().map(move |c| (n, c)));
        let shown: Vec<f64> = pairs
            .filter_map(|(n, c)| self.mean(&self.at(n, c)))
            .collect();
        let largest = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (lo, hi) = match ends {
            Ends::FromZero => (0.0, largest),
            Ends::Shown => (shown.iter().copied().fold(f64::INFINITY, f64::min), largest),
            Ends::To(hi) => (0.0, hi),
        };
        let differ = hi > lo;
        if !differ {
            return self.plain();
        }
        let table = self.table(|name, column| Cell {
            shade: self
                .mean(&self.at(name, column))
                .map(|value| colour((value - lo) / (hi - lo))),
            framed: name == column,
            ..Cell::default()
        });
        format!(
            "<div class=\"matrix\">{}{}</div>\n",
            table.html(),
            bar(lo, hi)
        )
    }

    /// Numbers laid over how each cell looks.
    fn table(&self, look: impl Fn(&str, &str) -> Cell) -> Table {
        let [names, columns] = self.names();
        let mut titles = vec![self.corner];
        titles.extend(&columns);
        let mut table = Table::new(self.caption, &titles);
        for name in names {
            let mut line = vec![Cell::text(name)];
            line.extend(
                columns
                    .iter()
                    .map(|column| self.cell(look(name, column), &self.at(name, column))),
            );
            table.push(line);
        }
        table
    }

    fn names(&self) -> [Vec<&str>; 2] {
        self.by.map(|field| distinct(self.rows, field))
    }

    fn at(&self, name: &str, column: &str) -> Vec<&Row> {
        let [row, col] = self.by;
        let here = self
            .rows
            .iter()
            .filter(|r| row(r) == name && col(r) == column);
        here.copied().collect()
    }

    fn mean(&self, rows: &[&Row]) -> Option<f64> {
        let values: Vec<f64> = rows.iter().filter_map(|r| r.value).collect();
        (!values.is_empty()).then(|| self.factor * values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The mean as `value [lo, hi]`: the interval of a single row, else the lowest and the highest value.
    fn cell(&self, look: Cell, rows: &[&Row]) -> Cell {
        let Some(mean) = self.mean(rows) else {
            return Cell::none();
        };
        let values = || rows.iter().filter_map(|r| r.value);
        let range = match rows {
            [row] => row.lo.zip(row.hi),
            _ => values().reduce(f64::min).zip(values().reduce(f64::max)),
        };
        let ends = |(lo, hi)| format!("[{}, {}]", short(self.factor * lo), short(self.factor * hi));
        Cell {
            main: short(mean),
            detail: range.map(ends),
            ..look
        }
    }
}

/// The distinct values of a field, in order of first appearance.
fn distinct<'r>(rows: &[&'r Row], field: Field) -> Vec<&'r str> {
    let mut seen = Vec::new();
    for row in rows {
        let value = field(row);
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

/// The colour at a place of 0 to 1.
fn colour(place: f64) -> [u8; 3] {
    let [r, g, b, _] = Colours::Sequential.at(place.clamp(0.0, 1.0));
    [r, g, b]
}

/// The colours with the numbers of both ends.
fn bar(lo: f64, hi: f64) -> String {
    let stops: Vec<String> = (0..=8)
        .map(|i| {
            let [r, g, b] = colour(f64::from(i) / 8.0);
            format!("#{r:02x}{g:02x}{b:02x}")
        })
        .collect();
    format!(
        "<p class=\"ramp\"><span>{}</span><span class=\"bar\" style=\"background:linear-gradient(90deg,{})\"></span>\
         <span>{}</span></p>",
        escape_html(&short(lo)),
        stops.join(","),
        escape_html(&short(hi))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(scheme: &str, under: &str, value: f64) -> Row {
        Row {
            scheme: scheme.into(),
            under: Some(under.into()),
            value: Some(value),
            lo: Some(value - 0.1),
            hi: Some(value + 0.1),
            ..Row::default()
        }
    }

    fn grid<'r>(rows: &'r [&'r Row]) -> Grid<'r> {
        Grid {
            caption: "accuracy [%]",
            corner: "trained under",
            rows,
            by: [|r| &r.scheme, |r| r.under.as_deref().unwrap_or_default()],
            factor: 100.0,
        }
    }

    #[test]
    fn colours_run_between_the_ends_and_equal_names_are_framed() {
        let rows = [row("zeros", "zeros", 0.8), row("zeros", "valid", 0.2)];
        let html = grid(&rows.each_ref()).shaded(Ends::Shown);
        let [lo, hi] = [0.0, 1.0].map(|p| {
            let [r, g, b] = colour(p);
            format!("background:#{r:02x}{g:02x}{b:02x};color:")
        });
        assert!(html.contains(&format!(
            "<td class=\"shaded framed\" style=\"{hi}#000000\">80.0 <small>[70.0, 90.0]"
        )));
        assert!(html.contains(&format!("<td class=\"shaded\" style=\"{lo}#ffffff\">20.0")));
    }

    #[test]
    fn several_rows_give_their_mean_and_range() {
        let rows = [row("zeros", "zeros", 0.2), row("zeros", "zeros", 0.4)];
        let html = grid(&rows.each_ref()).plain();
        assert!(html.contains("30.0 <small>[20.0, 40.0]"), "{html}");
        // Numbers that are all the same have no colours to tell them apart.
        let same = grid(&rows[..1].iter().collect::<Vec<_>>()).shaded(Ends::Shown);
        assert!(!same.contains("shaded"));
    }
}
