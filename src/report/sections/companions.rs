//! What other commands measured: swaps of the padding, surgery, probes of position, reliability.

use super::{Context, paragraph, section};
use crate::error::Result;
use crate::report::number::short;
use crate::report::results::{Results, Row};
use crate::report::summary::{FINAL, INIT};
use crate::report::table::{Cell, Table, escape_html};

const BRACKETS: &str = "In brackets: the 95% interval where there is one network, else the lowest and the highest seed.";

/// A section per kind of run that the page was given.
pub fn all(context: &Context) -> Result<String> {
    let mut page = String::new();
    let own = (String::new(), context.results);
    for (name, results) in std::iter::once(&own).chain(context.others) {
        page += &match results.kind.as_str() {
            "swap" => swap(name, results),
            "surgery" => surgery(name, results),
            "probe location" => location(name, results),
            "probe posenet" => posenet(name, results),
            "reliability" => reliability(name, results),
            _ => String::new(),
        };
    }
    Ok(page)
}

/// What rows are told apart by.
type Field = for<'r> fn(&'r Row) -> &'r str;

/// The distinct values of a field, in order of first appearance.
fn distinct<'a>(rows: &[&'a Row], field: impl Fn(&'a Row) -> &'a str) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for row in rows {
        let value = field(row);
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

fn rows_of<'a>(results: &'a Results, metric: &str) -> Vec<&'a Row> {
    results.rows.iter().filter(|r| r.metric == metric).collect()
}

fn under(row: &Row) -> &str {
    row.under.as_deref().unwrap_or(&row.scheme)
}

/// The mean over seeds as `value [lo, hi]`, where one seed alone has an interval.
fn cell(rows: &[&Row], factor: f64) -> Cell {
    let values: Vec<f64> = rows.iter().filter_map(|r| r.value).collect();
    if values.is_empty() {
        return Cell::none();
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let detail = match rows {
        [row] => row.lo.zip(row.hi),
        _ => values
            .iter()
            .copied()
            .reduce(f64::min)
            .zip(values.iter().copied().reduce(f64::max)),
    };
    Cell {
        main: short(factor * mean),
        detail: detail.map(|(lo, hi)| format!("[{}, {}]", short(factor * lo), short(factor * hi))),
    }
}

/// A table with a row per value of one field and a column per value of another.
fn matrix(caption: &str, corner: &str, rows: &[&Row], by: [Field; 2], factor: f64) -> Table {
    let (row_names, column_names) = (distinct(rows, by[0]), distinct(rows, by[1]));
    let mut titles = vec![corner];
    titles.extend(&column_names);
    let mut table = Table::new(caption, &titles);
    for name in row_names {
        let mut line = vec![Cell::text(name)];
        line.extend(column_names.iter().map(|column| {
            let here = rows
                .iter()
                .filter(|r| by[0](r) == name && by[1](r) == *column);
            cell(&here.copied().collect::<Vec<_>>(), factor)
        }));
        table.push(line);
    }
    table
}

/// A heading of its own for each run of a kind.
fn titled(id: &str, heading: &str, name: &str, body: &str) -> String {
    let body = body.to_string() + &paragraph(BRACKETS);
    match name {
        "" => section(id, heading, &body),
        // An id is a single word, whatever the folder is called.
        name => section(
            &format!(
                "{id}-{}",
                escape_html(&name.replace(char::is_whitespace, "-"))
            ),
            &format!("{heading} ({name})"),
            &body,
        ),
    }
}

fn swap(name: &str, results: &Results) -> String {
    let accuracy = rows_of(results, "test_accuracy");
    let changed = rows_of(results, "impact_changed");
    let mut body = paragraph(
        "Each network was trained under one padding and then run under every other. A network that relies \
         on its padding loses accuracy when the padding is exchanged: compare the numbers of a row with the \
         one where both names are the same.",
    );
    let both: [Field; 2] = [|r| &r.scheme, under];
    body += "<div class=\"matrix\">";
    body += &matrix(
        "Test accuracy [%]: trained under (rows), run under (columns)",
        "trained under",
        &accuracy,
        both,
        100.0,
    )
    .html();
    body += "</div>";
    if !changed.is_empty() {
        body += &matrix(
            "Predictions that padding changes [%]: trained under (rows), run under (columns)",
            "trained under",
            &changed,
            both,
            100.0,
        )
        .html();
    }
    titled(
        "swap",
        "Exchanging the padding of a trained network",
        name,
        &body,
    )
}

fn surgery(name: &str, results: &Results) -> String {
    let mut body = paragraph(
        "The same networks run with true surroundings in place of padding (optimal), and the share of \
         channels that respond to the border itself, layer by layer.",
    );
    let accuracy = rows_of(results, "test_accuracy");
    if !accuracy.is_empty() {
        let by: [Field; 2] = [|r| &r.scheme, under];
        body += &matrix(
            "Test accuracy [%] under its own padding and others",
            "trained under",
            &accuracy,
            by,
            100.0,
        )
        .html();
    }
    let aware = rows_of(results, "aware_share");
    if !aware.is_empty() {
        let by: [Field; 2] = [|r| &r.layer, |r| &r.scheme];
        body += &matrix("Padding-aware channels [%]", "layer", &aware, by, 100.0).html();
    }
    titled("surgery", "Taking the padding out", name, &body)
}

fn location(name: &str, results: &Results) -> String {
    let body = paragraph(
        "A small network must tell whether a red square lies left of a green one. In training each answer \
         comes with a place of its own; in the dissimilar test the places are exchanged. A network that uses \
         location then fails: the gap between the two accuracies measures it.",
    );
    let wanted = ["similar_accuracy", "dissimilar_accuracy", "gap"];
    let rows: Vec<&Row> = results
        .rows
        .iter()
        .filter(|r| wanted.contains(&r.metric.as_str()))
        .collect();
    let by: [Field; 2] = [|r| &r.scheme, |r| &r.metric];
    let table = matrix(
        "Accuracy on both tests and their gap [%]",
        "padding",
        &rows,
        by,
        100.0,
    );
    titled(
        "location",
        "Does a network use location?",
        name,
        &(body + &table.html()),
    )
}

fn posenet(name: &str, results: &Results) -> String {
    let mut body = paragraph(
        "A small readout looks at the features of a frozen network and must say where each position lies. \
         The better it does than on the image alone, the more position the features carry. SPC is the rank \
         correlation with the truth: 0 for no position, 1 for all of it.",
    );
    let spc = rows_of(results, "spc");
    let by: [Field; 2] = [
        |r| &r.scheme,
        |r| r.layer.strip_prefix("posenet.").unwrap_or(&r.layer),
    ];
    for (stage, caption) in [
        (INIT, "SPC of untrained networks, by target"),
        (FINAL, "SPC of trained networks, by target"),
    ] {
        let rows: Vec<&Row> = spc.iter().copied().filter(|r| r.stage == stage).collect();
        if !rows.is_empty() {
            body += &matrix(caption, "features of", &rows, by, 1.0).html();
        }
    }
    titled("posenet", "How well can position be read off?", name, &body)
}

fn reliability(name: &str, results: &Results) -> String {
    let body = paragraph(
        "How far each measure can be trusted: what it shows where there is no pattern, how often that would \
         be taken for one, how much it differs between seeds, and whether it grows with a pattern that was \
         planted on purpose.",
    );
    let planted = rows_of(results, "planted_response");
    let rows: Vec<&Row> = results
        .rows
        .iter()
        .filter(|r| r.metric != "planted_response")
        .collect();
    let by: [Field; 2] = [|r| &r.layer, |r| &r.metric];
    let mut tables = matrix("Each measure put to the test", "measure", &rows, by, 1.0).html();
    if !planted.is_empty() {
        let by: [Field; 2] = [
            |r| &r.layer,
            |r| r.stage.strip_prefix("strength-").unwrap_or(&r.stage),
        ];
        tables += &matrix(
            "Response to a planted pattern, by its strength",
            "measure",
            &planted,
            by,
            1.0,
        )
        .html();
    }
    titled(
        "reliability",
        "How reliable are the measures?",
        name,
        &(body + &tables),
    )
}
