//! Charts of runs that are no studies: dots by scheme, by measure or by layer, and the response to planted signals.

use super::charts::Spread;
use super::grid::Field;
use super::plot::change::{ChangeChart, ChangeRow};
use super::plot::lines::{Format, LineChart, Point, Series};
use super::plot::style::{Style, style_of};
use crate::ppp::{Metric, Region};
use crate::study::learned::effects;
use crate::study::reliability::measures::Measure;
use crate::study::reliability::response::responses;
use crate::study::results::{Results, Row, RunKind};
use crate::study::schema::{CROP_DISAGREEMENT, TEST_ACCURACY};
use crate::study::summary::{Estimate, FINAL, Summary};

/// A chart with its name among files and what it shows, in words.
pub struct Chart {
    pub name: &'static str,
    pub title: &'static str,
    pub drawn: Drawn,
}

/// The kinds of charts.
pub enum Drawn {
    Dots(ChangeChart),
    Lines(LineChart),
}

/// The charts of a run besides those of studies.
pub fn charts(results: &Results) -> Vec<Chart> {
    let dots = Chart::dots;
    let found = match results.kind {
        RunKind::Measure => vec![dots(
            "layers",
            "nRMS at every layer, from the input to the output",
            by_layer(results),
        )],
        RunKind::Surgery => vec![dots(
            "with-and-without",
            "Test accuracy with true surroundings in place of padding",
            surgery(results),
        )],
        RunKind::Location => vec![dots(
            "gap",
            "Accuracy where positions are as in training and where they are exchanged",
            location(results),
        )],
        RunKind::Shift => vec![dots(
            "disagreement",
            "Same pixel, different crops: pairs that disagree",
            crops(results),
        )],
        RunKind::Learned => vec![dots(
            "learned",
            "nRMS at the last layer, trained and untrained",
            learned(results),
        )],
        RunKind::Reliability => vec![
            Chart::lines(
                "response",
                "The response of each measure to planted signals of growing strength",
                response(results),
            ),
            dots(
                "false-positives",
                "How often each measure claims position where there is none",
                false_positives(results),
            ),
        ],
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

impl Chart {
    fn dots(name: &'static str, title: &'static str, chart: Option<ChangeChart>) -> Option<Chart> {
        let drawn = Drawn::Dots(chart?);
        Some(Chart { name, title, drawn })
    }

    fn lines(name: &'static str, title: &'static str, chart: Option<LineChart>) -> Option<Chart> {
        let drawn = Drawn::Lines(chart?);
        Some(Chart { name, title, drawn })
    }
}

/// Which rows a dot stands for.
type Chosen = fn(&Row) -> bool;

/// A row of dots per value of `by`; `None` where no row is chosen.
fn dots(
    results: &Results,
    by: Field,
    [hollow, filled]: [Chosen; 2],
    factor: f64,
    chart: ChangeChart,
) -> Option<ChangeChart> {
    let chosen = results.rows.iter().filter(|r| hollow(r) || filled(r));
    let mut names: Vec<&str> = Vec::new();
    for row in chosen.clone() {
        if !names.contains(&by(row)) {
            names.push(by(row));
        }
    }
    let dot = |name: &str, which: Chosen| {
        let rows: Vec<&Row> = (chosen.clone())
            .filter(|r| by(r) == name && which(r))
            .collect();
        Some(Point::new(0.0, Estimate::across(&rows)?.scaled(factor)))
    };
    let rows = names.iter().map(|name| ChangeRow {
        name: (*name).to_string(),
        style: style_of(name, &names),
        init: dot(name, hollow),
        last: dot(name, filled),
    });
    let rows: Vec<ChangeRow> = rows.collect();
    (!rows.is_empty()).then_some(ChangeChart { rows, ..chart })
}

/// A chart that has no rows yet.
fn bare(x_label: &str, x_spread: Spread, ends: [&'static str; 2]) -> ChangeChart {
    ChangeChart {
        x_label: x_label.into(),
        x_spread,
        ends,
        rows: Vec::new(),
    }
}

const NONE: Chosen = |_| false;

fn surgery(results: &Results) -> Option<ChangeChart> {
    let chosen: [Chosen; 2] = [
        |r| r.is_of(TEST_ACCURACY) && r.under.as_deref() == Some("optimal"),
        |r| r.is_of(TEST_ACCURACY) && r.under.is_none(),
    ];
    let ends = ["with true surroundings", "with its own padding"];
    let chart = bare("test accuracy [%]", Spread::Linear, ends);
    dots(results, |r| &r.scheme, chosen, 100.0, chart)
}

fn location(results: &Results) -> Option<ChangeChart> {
    let chosen: [Chosen; 2] = [
        |r| r.is_of("dissimilar_accuracy"),
        |r| r.is_of("similar_accuracy"),
    ];
    let ends = ["positions exchanged", "as in training"];
    let chart = bare("accuracy [%]", Spread::Linear, ends);
    dots(results, |r| &r.scheme, chosen, 100.0, chart)
}

fn crops(results: &Results) -> Option<ChangeChart> {
    let chart = bare("pairs that disagree [%]", Spread::Linear, ["", ""]);
    let chosen: [Chosen; 2] = [NONE, |r| r.is_of(CROP_DISAGREEMENT)];
    dots(results, |r| &r.scheme, chosen, 100.0, chart)
}

fn false_positives(results: &Results) -> Option<ChangeChart> {
    let chart = bare("claims where there is none [%]", Spread::Linear, ["", ""]);
    let chosen: [Chosen; 2] = [NONE, |r| r.is_of("false_positive_rate")];
    dots(
        results,
        |r| Measure::title_of(&r.layer),
        chosen,
        100.0,
        chart,
    )
}

/// nRMS layer by layer: of what chance could give, the marker is hollow, at the upper end of the interval.
fn by_layer(results: &Results) -> Option<ChangeChart> {
    let summary = Summary::new(results);
    let scheme = summary.schemes().into_iter().next()?;
    let row = |layer: &str| {
        let y = summary.estimate(scheme, FINAL, layer, Metric::NRms.name())?;
        let of = (scheme, FINAL, layer, Metric::NRms.name());
        let measurable = summary.shows(Region::Whole, of) || y.hi.is_none_or(|hi| hi <= 0.0);
        let point = Some(Point {
            x: 0.0,
            y,
            measurable,
        });
        Some(ChangeRow {
            name: layer.to_string(),
            style: style_of(scheme, &[scheme]),
            init: point.filter(|p| !p.measurable),
            last: point.filter(|p| p.measurable),
        })
    };
    let layers = summary.layers().into_iter();
    let rows: Vec<ChangeRow> = layers.filter_map(row).collect();
    let ends = ["below, by chance", "nRMS"];
    let chart = bare("nRMS [spread of image content]", Spread::Log, ends);
    (!rows.is_empty()).then_some(ChangeChart { rows, ..chart })
}

fn learned(results: &Results) -> Option<ChangeChart> {
    let mut all = effects(results, Metric::NRms);
    let last = all.last()?.layer.clone();
    all.retain(|found| found.layer == last);
    let names: Vec<&str> = all.iter().map(|found| found.padding.as_str()).collect();
    let style = |name: &str| -> Style { style_of(name, &names) };
    let rows = all.iter().map(|found| {
        let untrained = found.untrained.map(|value| Estimate {
            value,
            lo: None,
            hi: None,
            seeds: 1,
        });
        let own = if found.own { " (its own)" } else { "" };
        ChangeRow {
            name: format!("{}{own}", found.padding),
            style: style(&found.padding),
            init: untrained.map(|y| Point::new(0.0, y)),
            last: Estimate::of_network(&found.trained).map(|y| Point::new(1.0, y)),
        }
    });
    let rows = rows.collect();
    let label = format!("nRMS at {last} [spread of image content]");
    let chart = bare(&label, Spread::Log, ["untrained", "trained"]);
    Some(ChangeChart { rows, ..chart })
}

fn response(results: &Results) -> Option<LineChart> {
    let found = responses(results);
    let names: Vec<&str> = found.iter().map(|response| response.measure).collect();
    let series = found.iter().map(|response| {
        let points = response.shares.iter();
        Series {
            name: response.measure.into(),
            style: style_of(response.measure, &names),
            points: points.map(|(x, y)| Point::new(*x, *y)).collect(),
        }
    });
    let series: Vec<Series> = series.collect();
    (!series.is_empty()).then(|| LineChart {
        y_label: "response, as a share of that to the strongest signal".into(),
        x_label: "strength of the planted signal [deviations of the content]".into(),
        x_spread: Spread::Log,
        y_spread: Spread::Log,
        y_also: Vec::new(),
        series,
        format: Format::Full,
    })
}
