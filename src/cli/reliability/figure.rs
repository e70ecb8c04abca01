//! The figure: response against strength.

use crate::report::plot::axis::Spread;
use crate::report::plot::lines::{Format, LineChart, Point, Series};
use crate::report::plot::style::style_of;
use crate::study::reliability::found::{Found, Role};
use crate::study::reliability::measures::Measure;
use crate::study::reliability::summary::mean;
use crate::study::summary::Estimate;

/// As wide as the text of a page of paper.
const WIDTH_MM: f64 = 160.0;

/// Every measure's response to every strength as a share of its response to the largest, mean over seeds
/// with the lowest and the highest; strength 0 is the network without a signal.
pub fn response(found: &[Found], strengths: &[f64]) -> String {
    let names: Vec<&str> = Measure::all().map(Measure::title).collect();
    let series = Measure::all().map(|measure| {
        let at = |strength: f64| -> Vec<f64> {
            let of_cell = found.iter().filter(|f| {
                f.measure == measure
                    && match f.role {
                        Role::Planted(planted) => planted == strength,
                        Role::Base => strength == 0.0,
                        _ => false,
                    }
            });
            of_cell.map(|f| f.point.value).collect()
        };
        let whole = strengths.last().map_or(0.0, |&s| mean(&at(s)));
        // A measure that does not respond at all has no share; its line stays at 0.
        let scale = if whole > 0.0 { 1.0 / whole } else { 0.0 };
        let points = std::iter::once(&0.0)
            .chain(strengths)
            .filter_map(|&strength| {
                let shares: Vec<f64> = at(strength).into_iter().map(|v| v * scale).collect();
                Some(Point::new(strength, Estimate::range(&shares)?))
            });
        Series {
            name: measure.title().into(),
            style: style_of(measure.title(), &names),
            points: points.collect(),
        }
    });
    let chart = LineChart {
        y_label: "response, as a share of that to the strongest signal".into(),
        x_label: "strength of the planted signal [deviations of the content]".into(),
        x_spread: Spread::Log,
        y_spread: Spread::Log,
        y_also: Vec::new(),
        series: series.collect(),
        format: Format::Full,
    };
    let description = "The response of each measure of position information to planted signals of \
                       growing strength";
    chart.drawing(description).file(WIDTH_MM)
}
