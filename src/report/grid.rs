//! Tables with a row per value of one field and a column per value of another, plain or coloured by value.

use super::plot::colours::Colours;
use super::plot::matrix::Matrix;
use super::table::{Cell, Table};
use super::text::{escape_html, short};
use crate::study::results::Row;
use crate::study::summary::Estimate;

/// A field by which rows are distinguished.
pub type Field = for<'r> fn(&'r Row) -> &'r str;

/// Which values the two ends of the colours stand for.
#[derive(Clone, Copy)]
pub enum Ends {
    /// From 0 to the largest value shown.
    FromZero,
    /// From the smallest to the largest value shown, where 0 is far from both.
    Shown,
    /// From 0 to this.
    To(f64),
}

/// Rows and how they are laid out.
pub struct Grid<'r> {
    pub caption: String,
    /// What the names of the rows are.
    pub corner: &'static str,
    pub rows: Vec<&'r Row>,
    /// What a row and a column of the table share.
    pub by: [Field; 2],
    /// From the unit of the results to that of the caption.
    pub factor: f64,
}

impl Grid<'_> {
    /// The table without colours.
    pub fn plain(&self) -> String {
        self.table(|_, _, estimate| Cell::estimate(Some(estimate)))
            .html()
    }

    /// The table of means alone.
    pub fn means(&self) -> Table {
        self.table(|_, _, estimate| Cell::text(short(estimate.value)))
    }

    /// The table with a colour behind each value and the colour bar below; cells whose row and column have
    /// the same name are framed.
    pub fn shaded(&self, ends: Ends) -> String {
        let Some([lo, hi]) = self.ends(ends) else {
            return self.plain();
        };
        let table = self.table(|name, column, estimate| Cell {
            shade: Some(Colours::Sequential.at((estimate.value - lo) / (hi - lo))),
            framed: name == column,
            ..Cell::estimate(Some(estimate))
        });
        format!(
            "<div class=\"matrix\">{}{}</div>\n",
            table.html(),
            bar(lo, hi)
        )
    }

    /// The same as a drawing; `None` without a value.
    pub fn matrix(&self, ends: Ends) -> Option<Matrix> {
        let [names, columns] = self.names();
        let row = |name: &&str| {
            let values = columns
                .iter()
                .map(|column| Some(self.at(name, column)?.value));
            ((*name).to_string(), values.collect())
        };
        let rows: Vec<(String, Vec<Option<f64>>)> = names.iter().map(row).collect();
        let any = rows
            .iter()
            .any(|(_, values)| values.iter().any(Option::is_some));
        any.then(|| Matrix {
            corner: self.corner.to_string(),
            columns: columns.iter().map(ToString::to_string).collect(),
            rows,
            ends: self.ends(ends),
        })
    }

    /// The values of both ends of the colours; `None` where all values are the same.
    fn ends(&self, ends: Ends) -> Option<[f64; 2]> {
        let [names, columns] = self.names();
        let cells = names
            .iter()
            .flat_map(|n| columns.iter().map(move |c| (n, c)));
        let shown: Vec<f64> = cells
            .filter_map(|(n, c)| Some(self.at(n, c)?.value))
            .collect();
        let largest = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let [lo, hi] = match ends {
            Ends::FromZero => [0.0, largest],
            Ends::Shown => [shown.iter().copied().fold(f64::INFINITY, f64::min), largest],
            Ends::To(hi) => [0.0, hi],
        };
        (hi > lo).then_some([lo, hi])
    }

    fn table(&self, cell: impl Fn(&str, &str, Estimate) -> Cell) -> Table {
        let [names, columns] = self.names();
        let mut titles = vec![self.corner];
        titles.extend(&columns);
        let mut table = Table::new(self.caption.as_str(), &titles);
        for name in names {
            let cells = columns.iter().map(|column| {
                let estimate = self.at(name, column);
                estimate.map_or_else(Cell::none, |estimate| cell(name, column, estimate))
            });
            table.push(std::iter::once(Cell::text(name)).chain(cells).collect());
        }
        table
    }

    fn names(&self) -> [Vec<&str>; 2] {
        self.by.map(|field| distinct(&self.rows, field))
    }

    /// What the rows of a cell show together.
    fn at(&self, name: &str, column: &str) -> Option<Estimate> {
        let [row, col] = self.by;
        let here = self.rows.iter().copied();
        let here: Vec<&Row> = here
            .filter(|r| row(r) == name && col(r) == column)
            .collect();
        Some(Estimate::across(&here)?.scaled(self.factor))
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

/// The colours with the values of both ends.
fn bar(lo: f64, hi: f64) -> String {
    let stops: Vec<String> = (0..=8)
        .map(|i| Colours::Sequential.at(f64::from(i) / 8.0).hex())
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

    fn grid<'r>(rows: &[&'r Row]) -> Grid<'r> {
        Grid {
            caption: "accuracy [%]".into(),
            corner: "trained under",
            rows: rows.to_vec(),
            by: [|r| &r.scheme, |r| r.under.as_deref().unwrap_or_default()],
            factor: 100.0,
        }
    }

    #[test]
    fn colours_run_between_the_ends_and_equal_names_are_framed() {
        let rows = [row("zeros", "zeros", 0.8), row("zeros", "valid", 0.2)];
        let html = grid(&rows.each_ref()).shaded(Ends::Shown);
        let [lo, hi] =
            [0.0, 1.0].map(|p| format!("background:{};color:", Colours::Sequential.at(p).hex()));
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
        // Values that are all the same need no colours.
        let same = grid(&rows[..1].iter().collect::<Vec<_>>()).shaded(Ends::Shown);
        assert!(!same.contains("shaded"));
    }
}
