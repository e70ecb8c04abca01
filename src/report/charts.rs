//! The charts of a run: its summary as lines and changes, one per scheme.

use std::collections::BTreeMap;

pub use super::plot::axis::Spread;
use super::plot::change::{ChangeChart, ChangeRow};
use super::plot::lines::{Format, LineChart, Point, Series};
use super::plot::style::style_of;
use crate::ppp::Region;
use crate::study::claims::{CONTENT, FEATURE_UNITS};
use crate::study::results::EpochRow;
use crate::study::schema::TEST_ACCURACY;
use crate::study::summary::{Estimate, FINAL, INIT, Stage, Summary};

/// How a metric is named on an axis and drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure<'a> {
    /// Name in the rows, for example `rms_ppp`.
    pub metric: &'a str,
    /// Name with unit on the axis.
    pub label: &'a str,
    /// How its axis spreads values.
    pub spread: Spread,
}

/// The strength of the pattern, as axes name it.
pub const RMS: Measure = Measure {
    metric: FEATURE_UNITS,
    label: "RMS-PPP [feature units]",
    spread: Spread::Log,
};
/// The same against the spread of image content.
pub const NRMS: Measure = Measure {
    metric: CONTENT,
    label: "nRMS [spread of image content]",
    spread: Spread::Log,
};

/// A metric of one layer against steps, one line per scheme; `None` if it was never measured.
pub fn over_steps(
    summary: &Summary,
    stages: &[Stage],
    layer: &str,
    measure: &Measure,
) -> Option<LineChart> {
    let points = |scheme: &str| {
        let at = |stage: &Stage| {
            point(
                summary,
                (scheme, &stage.name, layer, measure.metric),
                stage.step as f64,
            )
        };
        stages.iter().filter_map(at).collect()
    };
    let mut chart = line_chart(summary, measure, "training steps", points)?;
    chart.x_spread = Spread::Steps;
    Some(chart)
}

/// One small chart per layer that has the metric, over steps, all on one vertical axis.
pub fn every_layer<'a>(
    summary: &Summary<'a>,
    stages: &[Stage],
    measure: &Measure,
) -> Vec<(&'a str, LineChart)> {
    let layers = summary.layers_with(measure.metric).into_iter();
    let mut charts: Vec<(&str, LineChart)> = layers
        .filter_map(|layer| Some((layer, over_steps(summary, stages, layer, measure)?)))
        .collect();
    let lines = charts.iter().flat_map(|(_, chart)| &chart.series);
    let points = lines.flat_map(|series| &series.points);
    let all: Vec<f64> = points
        .flat_map(|p| [Some(p.drawn().value), p.y.hi])
        .flatten()
        .collect();
    for (layer, chart) in &mut charts {
        chart.y_also.clone_from(&all);
        chart.y_label = (*layer).to_string();
        chart.x_label = "steps".to_string();
        chart.format = Format::Small;
    }
    charts
}

/// A metric of one layer before and after training, one row per scheme; `None` if neither exists.
pub fn change(summary: &Summary, layer: &str, measure: &Measure) -> Option<ChangeChart> {
    let schemes = summary.schemes();
    let at = |scheme: &str, stage, x| point(summary, (scheme, stage, layer, measure.metric), x);
    let rows: Vec<ChangeRow> = schemes
        .iter()
        .map(|scheme| ChangeRow {
            name: (*scheme).to_string(),
            style: style_of(scheme, &schemes),
            init: at(scheme, INIT, 0.0),
            last: at(scheme, FINAL, 1.0),
        })
        .filter(|row| row.init.is_some() || row.last.is_some())
        .collect();
    (!rows.is_empty()).then(|| ChangeChart {
        x_label: measure.label.to_string(),
        x_spread: measure.spread,
        ends: ["before training", "after training"],
        rows,
    })
}

/// The metric at each distance to the nearest border at one layer and stage, one line per scheme; `None` if there
/// are no such rows.
pub fn profile(
    summary: &Summary,
    stage: &str,
    layer: &str,
    measure: &Measure,
) -> Option<LineChart> {
    let distances = summary.distances(layer, measure.metric);
    let points = |scheme: &str| {
        let at = |&d: &usize| {
            let of = (scheme, stage, layer, measure.metric);
            point_of(summary, Region::Ring(d), of, d as f64)
        };
        distances.iter().filter_map(at).collect()
    };
    let x_label = "distance to the nearest border [positions]";
    line_chart(summary, measure, x_label, points)
}

/// Test accuracy in percent after each epoch, one line per scheme; `None` without epochs.
///
/// Seeds give the mean with the lowest and the highest as its band; one seed gives no band.
pub fn accuracy(summary: &Summary, epochs: &[EpochRow]) -> Option<LineChart> {
    let measure = Measure {
        metric: TEST_ACCURACY,
        label: "test accuracy [%]",
        spread: Spread::Linear,
    };
    let points = |scheme: &str| {
        let mut by_epoch: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for row in epochs.iter().filter(|row| row.scheme == scheme) {
            let accuracies = by_epoch.entry(row.epoch).or_default();
            accuracies.push(100.0 * row.test_accuracy);
        }
        let means = by_epoch.into_iter();
        means
            .filter_map(|(epoch, of_seeds)| {
                Some(Point::new(epoch as f64, Estimate::range(&of_seeds)?))
            })
            .collect()
    };
    line_chart(summary, &measure, "epochs trained", points)
}

/// A strength of the whole map at `x`.
fn point(summary: &Summary, of: (&str, &str, &str, &str), x: f64) -> Option<Point> {
    point_of(summary, Region::Whole, of, x)
}

/// A strength at `x`; one of exactly 0 is measurable, one that chance explains is not.
fn point_of(
    summary: &Summary,
    region: Region,
    of: (&str, &str, &str, &str),
    x: f64,
) -> Option<Point> {
    let y = summary.estimate_of(region, of)?;
    let measurable = summary.shows(region, of) || y.hi.is_none_or(|hi| hi <= 0.0);
    Some(Point { x, y, measurable })
}

fn line_chart(
    summary: &Summary,
    measure: &Measure,
    x_label: &str,
    points: impl Fn(&str) -> Vec<Point>,
) -> Option<LineChart> {
    let schemes = summary.schemes();
    let series: Vec<Series> = schemes
        .iter()
        .map(|scheme| Series {
            name: (*scheme).to_string(),
            style: style_of(scheme, &schemes),
            points: points(scheme),
        })
        .filter(|series| !series.points.is_empty())
        .collect();
    (!series.is_empty()).then(|| LineChart {
        y_label: measure.label.to_string(),
        x_label: x_label.to_string(),
        x_spread: Spread::Counts,
        y_spread: measure.spread,
        y_also: Vec::new(),
        series,
        format: Format::Grouped,
    })
}
