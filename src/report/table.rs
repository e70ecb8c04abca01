//! Tables that are the same in the terminal, in Markdown and in HTML.

use super::plot::colours::Colour;
pub use super::text::wrap;
use super::text::{escape_html, interval, short, width};
use crate::ppp::Region;
use crate::study::claims::Course;
use crate::study::summary::{Estimate, Summary};

/// The widest line that [`Table::text`] prints.
pub const TEXT_WIDTH: usize = 80;
const GAP: &str = "  ";
const NOTHING: &str = "–";

/// One field of a table: what is read first, and a detail such as its interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What is read first.
    pub main: String,
    /// Set smaller, behind it.
    pub detail: Option<String>,
    /// The colour behind it on a page, where values are shown as colours too.
    pub shade: Option<Colour>,
    /// Whether a page draws a frame around it.
    pub framed: bool,
}

impl Cell {
    /// A field of plain text.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell {
            main: text.into(),
            ..Cell::default()
        }
    }

    /// An estimate as `value [lo, hi]`, or a dash if there is none.
    pub fn estimate(estimate: Option<Estimate>) -> Cell {
        estimate.map_or_else(Cell::none, |estimate| Cell {
            main: short(estimate.value),
            detail: interval(&estimate),
            ..Cell::default()
        })
    }

    /// A share as `value [lo, hi]`, in percent.
    pub fn percent(share: Option<Estimate>) -> Cell {
        Cell::estimate(share.map(|share| share.scaled(100.0)))
    }

    /// A strength as `value [lo, hi]`, or `< hi` where chance explains what networks show; `None` where it was
    /// not measured. `of` is its scheme, stage, layer and metric.
    pub fn strength(summary: &Summary, of: (&str, &str, &str, &str)) -> Option<Cell> {
        let (scheme, stage, layer, metric) = of;
        let estimate = summary.estimate(scheme, stage, layer, metric)?;
        Some(match estimate.hi {
            Some(hi) if hi > 0.0 && !summary.shows(Region::Whole, of) => {
                Cell::text(format!("< {}", short(hi)))
            }
            _ => Cell::estimate(Some(estimate)),
        })
    }

    /// A change: `×value [lo, hi]`, `from nothing`, `to nothing`, `no pattern`, or `+value [lo, hi]`.
    pub fn course(course: &Course) -> Cell {
        let signed = |sign: &str, of: &Estimate| Cell {
            main: format!("{sign}{}", short(of.value)),
            detail: interval(of),
            ..Cell::default()
        };
        match course {
            Course::Factor(factor) => signed("×", factor),
            Course::FromNothing { .. } => Cell::text("from nothing"),
            Course::ToNothing { .. } => Cell::text("to nothing"),
            Course::Nothing { .. } => Cell::text("no pattern"),
            Course::Difference(change) => signed(if change.value < 0.0 { "" } else { "+" }, change),
            Course::Unknown => Cell::none(),
        }
    }

    /// A field that has no value.
    pub fn none() -> Cell {
        Cell::text(NOTHING)
    }

    fn plain(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{} {detail}", self.main),
            None => self.main.clone(),
        }
    }
}

/// A table whose first column names the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What the table shows, in one line.
    pub caption: String,
    /// Column titles; the first is that of the row names.
    pub columns: Vec<String>,
    /// Rows, each with as many fields as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table.
    pub fn new(caption: impl Into<String>, columns: &[&str]) -> Table {
        Table {
            caption: caption.into(),
            columns: columns.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it does not have one field per column.
    #[track_caller]
    pub fn push(&mut self, row: Vec<Cell>) {
        assert!(
            row.len() == self.columns.len(),
            "Table::push: {} fields for {} columns",
            row.len(),
            self.columns.len()
        );
        self.rows.push(row);
    }

    /// The table for a terminal of 80 columns.
    ///
    /// Columns that do not fit beside the others continue below, under the row names again; a
    /// field that is wider than a line by itself is cut and ends in `…`.
    pub fn text(&self) -> String {
        if self.columns.is_empty() {
            return String::new();
        }
        let cells = self.plain_cells();
        let widths = column_widths(&cells);
        let blocks = blocks(&widths);
        let drawn: Vec<String> = blocks.iter().map(|b| draw(&cells, &widths, b)).collect();
        let caption = match self.caption.as_str() {
            "" => String::new(),
            caption => format!("{}\n\n", wrap(caption, TEXT_WIDTH)),
        };
        format!("{caption}{}", drawn.join("\n"))
    }

    /// The table in Markdown, the caption above it.
    pub fn markdown(&self) -> String {
        let line = |fields: Vec<String>| format!("| {} |\n", fields.join(" | "));
        let mut text = format!("{}\n\n", self.caption);
        text += &line(self.columns.iter().map(|c| escape_markdown(c)).collect());
        let rules = (0..self.columns.len()).map(|i| if i == 0 { "---" } else { "---:" });
        text += &line(rules.map(str::to_string).collect());
        for row in &self.rows {
            text += &line(row.iter().map(|c| escape_markdown(&c.plain())).collect());
        }
        text
    }

    /// The table in HTML, with a caption, column headers and row headers.
    pub fn html(&self) -> String {
        let title = |c: &String| format!("<th scope=\"col\">{}</th>", escape_html(c));
        let titles: String = self.columns.iter().map(title).collect();
        let rows: String = self.rows.iter().map(|row| html_row(row)).collect();
        format!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\
             <table><caption><span>{caption}</span></caption>\
             <thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>\n",
            caption = escape_html(&self.caption)
        )
    }

    /// Titles and fields as text.
    fn plain_cells(&self) -> Vec<Vec<String>> {
        let rows = self.rows.iter();
        let rows = rows.map(|row| row.iter().map(Cell::plain).collect());
        std::iter::once(self.columns.clone()).chain(rows).collect()
    }
}

fn escape_markdown(text: &str) -> String {
    let one_line = text.replace(['\n', '\r'], " ");
    let one_line = one_line.replace('\\', "\\\\").replace('|', "\\|");
    one_line.replace('<', "&lt;")
}

fn html_row(row: &[Cell]) -> String {
    let mut html = String::from("<tr>");
    for (i, cell) in row.iter().enumerate() {
        let main = escape_html(&cell.main);
        if i == 0 {
            html += &format!("<th scope=\"row\">{main}</th>");
        } else {
            let detail = cell.detail.as_deref().map_or_else(String::new, |detail| {
                format!(" <small>{}</small>", escape_html(detail))
            });
            html += &format!("<td{}>{main}{detail}</td>", look(cell));
        }
    }
    html + "</tr>"
}

/// Attributes of a field that is coloured or framed: its text is black or white, whichever can be read.
fn look(cell: &Cell) -> String {
    let class = match (cell.shade.is_some(), cell.framed) {
        (false, false) => return String::new(),
        (false, true) => "framed",
        (true, false) => "shaded",
        (true, true) => "shaded framed",
    };
    let style = cell.shade.map_or_else(String::new, |colour| {
        let ink = if colour.is_light() {
            "#000000"
        } else {
            "#ffffff"
        };
        format!(" style=\"background:{};color:{ink}\"", colour.hex())
    });
    format!(" class=\"{class}\"{style}")
}

fn column_widths(cells: &[Vec<String>]) -> Vec<usize> {
    let columns = cells.first().map_or(0, Vec::len);
    let widest = |i: usize| cells.iter().map(|row| width(&row[i])).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns).map(widest).collect();
    // Row names may take half a line at most, so that there is room for a column beside them.
    let half = TEXT_WIDTH / 2 - GAP.len();
    for (i, width) in widths.iter_mut().enumerate() {
        *width = (*width).min(if i == 0 { half } else { TEXT_WIDTH / 2 });
    }
    widths
}

/// The columns after the first, in groups that fit beside it.
fn blocks(widths: &[usize]) -> Vec<Vec<usize>> {
    let mut blocks: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = widths[0];
    for (i, width) in widths.iter().enumerate().skip(1) {
        let needed = GAP.len() + width;
        if used + needed > TEXT_WIDTH {
            blocks.push(Vec::new());
            used = widths[0];
        }
        used += needed;
        if let Some(block) = blocks.last_mut() {
            block.push(i);
        }
    }
    blocks
}

fn draw(cells: &[Vec<String>], widths: &[usize], block: &[usize]) -> String {
    let mut text = String::new();
    for (i, row) in cells.iter().enumerate() {
        let mut line = fit(&row[0], widths[0]);
        for &i in block {
            line += GAP;
            line += &fit(&row[i], widths[i]);
        }
        text += line.trim_end();
        text.push('\n');
        if i == 0 {
            let columns = std::iter::once(&0).chain(block);
            let rules: Vec<String> = columns.map(|&i| "-".repeat(widths[i])).collect();
            text += &rules.join(GAP);
            text.push('\n');
        }
    }
    text
}

/// `text` in exactly `to` characters: filled with spaces, or cut with an ellipsis.
fn fit(text: &str, to: usize) -> String {
    if width(text) <= to {
        return format!("{text:<to$}");
    }
    let kept: String = text.chars().take(to.saturating_sub(1)).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_rows() -> Table {
        let mut table = Table::new("Pattern", &["scheme", "MAE-PPP"]);
        let estimate = Estimate {
            value: 0.5,
            lo: Some(0.25),
            hi: Some(1.0),
            seeds: 1,
        };
        table.push(vec![Cell::text("zeros"), Cell::estimate(Some(estimate))]);
        table.push(vec![Cell::text("a|b<i>"), Cell::estimate(None)]);
        table
    }

    #[test]
    fn text_is_aligned() {
        let expected = "\
Pattern

scheme  MAE-PPP
------  -------------------
zeros   0.500 [0.250, 1.00]
a|b<i>  –
";
        assert_eq!(two_rows().text(), expected);
    }

    #[test]
    fn markdown_and_html_escape_what_would_break_them() {
        let table = two_rows();
        assert!(table.markdown().contains("| a\\|b&lt;i> | – |"));
        let html = table.html();
        assert!(html.contains("a|b&lt;i&gt;"));
        assert!(html.contains("<td>0.500 <small>[0.250, 1.00]</small></td>"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let columns: Vec<String> = (0..9).map(|i| format!("column number {i}")).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new("word ".repeat(50), &columns);
        table.push(vec![Cell::text("x".repeat(200)); 9]);
        let text = table.text();
        for line in text.lines() {
            assert!(width(line) <= TEXT_WIDTH, "{line}");
        }
        for i in 1..9 {
            assert_eq!(text.matches(&format!("column number {i}")).count(), 1);
        }
    }
}
