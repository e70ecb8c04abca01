//! One function per kind of table.

use padgrad::statistics::Inference;
use padgrad::study::contrast::SwapFinding;
use padgrad::study::reliability::measures::Measure;
use padgrad::study::reliability::summary::Summary;
use padgrad::study::results::{Results, Row};

use super::{Line, Wanted, csv, short, value};

/// nRMS at the last layer of a network, trained and untrained, under every padding.
pub fn learned(wanted: &Wanted) -> String {
    let rows = csv(&wanted.file);
    let of_maps = rows.iter().filter(|row| row["metric"] == "nrms");
    let last = of_maps.clone().next_back().expect("a layer")["layer"].clone();
    let arch = wanted.options.get("of").unwrap_or(&rows[0]["arch"]);
    let mut table = header(&[
        &format!("{arch}, `{last}`, under"),
        "trained",
        "untrained",
        "trained / untrained",
        "p (Holm)",
    ]);
    for row in of_maps.filter(|row| row["layer"] == last) {
        let own = if row["own"] == "true" {
            " (its own)"
        } else {
            ""
        };
        let of = |column: &str| short(&row[column]);
        let factor = match row["factor"].as_str() {
            "" => "–".into(),
            _ => format!("×{} [{}, {}]", of("factor"), of("lo"), of("hi")),
        };
        table += &line(&[
            format!("{}{own}", row["under"]),
            format!(
                "{} [{}, {}]",
                of("trained"),
                of("trained_lo"),
                of("trained_hi")
            ),
            of("untrained"),
            factor,
            of("p_holm"),
        ]);
    }
    table
}

/// The location test by the published protocol: mean and population standard deviation in percent over all networks.
pub fn location(wanted: &Wanted) -> String {
    let rows = csv(&wanted.file);
    let mut table = header(&[
        "padding",
        "networks",
        "similar, training images",
        "published",
        "dissimilar, training images",
        "published",
        "similar, fresh",
        "dissimilar, fresh",
        "ceiling",
        "epochs",
    ]);
    for (padding, published) in [
        ("valid", ["100.0 ± 0.0", "0.2 ± 0.1"]),
        ("zeros", ["99.8 ± 0.1", "8.4 ± 0.7"]),
        ("circular", ["73.7 ± 1.0"; 2]),
        ("zeros@full", ["89.7 ± 0.5"; 2]),
    ] {
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row["padding"] == padding)
            .collect();
        let values =
            |column: &str| -> Vec<f64> { own.iter().map(|row| number(row, column)).collect() };
        let percent = |column: &str| {
            let values = values(column);
            let middle = mean(&values);
            let squares: Vec<f64> = values.iter().map(|v| (v - middle).powi(2)).collect();
            format!(
                "{:.1} ± {:.1}",
                100.0 * middle,
                100.0 * mean(&squares).sqrt()
            )
        };
        table += &line(&[
            padding.into(),
            own.len().to_string(),
            percent("similar"),
            published[0].into(),
            percent("dissimilar"),
            published[1].into(),
            percent("fresh_similar"),
            percent("fresh_dissimilar"),
            format!("{:.2}", 100.0 * mean(&values("ceiling"))),
            format!("{:.0}", mean(&values("epochs"))),
        ]);
    }
    table
}

/// Means over the networks of a cell: `rows` and `columns` name the columns of the file that cells share, all others
/// of the wanted are what a line must have. `show=interval` adds Student's 95% interval over networks, `factor=100`
/// makes percent.
pub fn grid(wanted: &Wanted) -> String {
    let (rows, columns) = (wanted.get("rows"), wanted.get("columns"));
    let factor = wanted.factor();
    let lines = wanted.lines(&["rows", "columns", "show", "factor", "corner"]);
    let titles = distinct(&lines, columns);
    let corner = wanted
        .options
        .get("corner")
        .map_or("padding", String::as_str);
    let mut all = vec![corner.replace('_', " ")];
    let title = |title: &&str| match *title {
        "" => "own".to_string(),
        title => title.to_string(),
    };
    all.extend(titles.iter().map(title));
    let mut table = header(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for name in distinct(&lines, rows) {
        let mut cells = vec![name.to_string()];
        for title in &titles {
            let here = lines
                .iter()
                .filter(|l| l[rows] == name && l[columns] == *title);
            let values: Vec<f64> = here
                .filter(|l| !l["value"].is_empty())
                .map(|l| factor * number(l, "value"))
                .collect();
            let interval = wanted.options.get("show").is_some_and(|s| s == "interval");
            cells.push(match Inference::of_mean(&values).filter(|_| interval) {
                _ if values.is_empty() => "–".into(),
                Some(found) => spread("", found),
                None => digits(mean(&values)),
            });
        }
        table += &line(&cells);
    }
    table
}

/// The pattern before and after training at `layer`, over networks, with the factor that `growth.csv` gives.
pub fn growth(wanted: &Wanted) -> String {
    let changes = csv(&wanted.file.replace(".csv", "-growth.csv"));
    let lines = wanted.lines(&[]);
    let mut table = header(&["padding", "RMS-PPP", "factor", "nRMS", "factor"]);
    for scheme in distinct(&lines, "scheme") {
        let mut cells = vec![scheme.to_string()];
        for metric in ["rms_ppp", "nrms"] {
            let at = |stage: &str| {
                let is = |l: &&Line| {
                    l["scheme"] == scheme && l["metric"] == metric && l["stage"] == stage
                };
                mean(
                    &lines
                        .iter()
                        .filter(is)
                        .map(|l| number(l, "value"))
                        .collect::<Vec<_>>(),
                )
            };
            cells.push(format!("{} → {}", digits(at("init")), digits(at("final"))));
            let of = |comparison: &str| {
                changes.iter().find(|l| {
                    l["scheme"] == scheme
                        && l["layer"] == wanted.get("layer")
                        && l["metric"] == metric
                        && l["comparison"] == comparison
                        && l["interval"] == "seeds"
                })
            };
            let claimed = of("difference").is_some_and(|l| number(l, "p_holm") < 0.05);
            cells.push(of("factor").map_or("–".into(), |l| {
                let mark = if claimed { "" } else { ", not claimed" };
                format!(
                    "×{} [{}, {}]{mark}",
                    short(&l["value"]),
                    short(&l["lo"]),
                    short(&l["hi"])
                )
            }));
        }
        table += &line(&cells);
    }
    table
}

/// What a swap says of networks under their own padding and under others.
pub fn swap(wanted: &Wanted) -> String {
    let lines = csv(&wanted.file);
    let results = Results {
        rows: lines.iter().map(row).collect(),
        ..Results::default()
    };
    let found = SwapFinding::at(&results, wanted.get("layer")).expect("a finding");
    let [run, trained] = found.pattern.between;
    let accuracy = found.accuracy.expect("accuracies").inference;
    header(&["own padding against others", "95% interval over seeds"])
        + &line(&["nRMS".into(), spread("×", found.pattern.inference)])
        + &line(&["accuracy, percentage points".into(), spread("", accuracy)])
        + &line(&[
            "variation of log nRMS between paddings run under".into(),
            format!("{:.1}%", 100.0 * run),
        ])
        + &line(&[
            "between paddings trained under".into(),
            format!("{:.2}%", 100.0 * trained),
        ])
}

/// What each measure claims where there is no position, how it answers to a planted signal, and whether it may be
/// believed, by the rule of [`Summary::objections`].
pub fn reliability(wanted: &Wanted) -> String {
    let lines = wanted.lines(&[]);
    let mut table = header(&[
        "measure",
        "false positives",
        "rank correlation",
        "signal ten times as strong",
        "sees from",
        "believed",
    ]);
    for measure in Measure::all() {
        let of = |metric: &str| value(&lines, &[("layer", measure.name()), ("metric", metric)]);
        let nulls = of("nulls").expect("nulls");
        let found = Summary {
            measure,
            nulls: nulls as usize,
            false_positives: (nulls * of("false_positive_rate").expect("a rate")).round() as usize,
            worst_null: 0.0,
            spread: None,
            rank_correlation: of("rank_correlation").expect("a correlation"),
            per_tenfold: of("per_tenfold"),
            lowest_detected: of("lowest_detected"),
            seconds: 0.0,
        };
        let or_dash = |value: Option<f64>, sign: &str| match value {
            Some(value) => format!("{sign}{}", digits(value)),
            None => "–".into(),
        };
        table += &line(&[
            measure.title().into(),
            format!("{}/{}", found.false_positives, found.nulls),
            digits(found.rank_correlation),
            or_dash(found.per_tenfold, "×"),
            or_dash(found.lowest_detected, ""),
            match found.objections()[..] {
                [] => "yes".into(),
                ref objections => format!("no: {}", objections.join(", and ")),
            },
        ]);
    }
    table
}

fn row(line: &Line) -> Row {
    let of = |column: &str| line[column].parse().ok();
    Row {
        scheme: line["scheme"].clone(),
        under: Some(line["under"].clone()).filter(|under| !under.is_empty()),
        seed: line["seed"].parse().expect("a seed"),
        stage: line["stage"].clone(),
        layer: line["layer"].clone(),
        metric: line["metric"].clone(),
        value: of("value"),
        lo: of("lo"),
        hi: of("hi"),
        ..Row::default()
    }
}

/// The distinct values of a column, in order of first appearance.
pub fn distinct<'l>(lines: &'l [Line], column: &str) -> Vec<&'l str> {
    let mut seen = Vec::new();
    for line in lines {
        let value = line[column].as_str();
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

fn number(line: &Line, column: &str) -> f64 {
    let text = &line[column];
    text.parse()
        .unwrap_or_else(|_| panic!("{column}: {text:?} is no number"))
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub fn digits(value: f64) -> String {
    short(&value.to_string())
}

pub fn spread(sign: &str, found: Inference) -> String {
    let [value, lo, hi] = [found.value, found.lo, found.hi].map(digits);
    format!("{sign}{value} [{lo}, {hi}]")
}

pub fn header(titles: &[&str]) -> String {
    let rule = vec!["---"; titles.len()].join(" | ");
    format!("| {} |\n| {rule} |\n", titles.join(" | "))
}

pub fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}
