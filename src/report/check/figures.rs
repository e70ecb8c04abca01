//! The stages of a check by distance to the border, on its page and as figures.

use super::units::percent;
use crate::report::figures::Figure;
use crate::report::plot::axis::Spread;
use crate::report::plot::colours::INK;
use crate::report::plot::lines::{Format, LineChart, Point, Series};
use crate::report::plot::style::{Marker, Style, style_of};
use crate::study::check::{Check, Findings, Interval, Stage};
use crate::study::summary::Estimate;

/// Of the line at τ, unlike every stage's.
const THRESHOLD: Style = Style {
    colour: INK,
    marker: Marker::Cross,
    dashed: true,
};

/// The figures of a check: what padding does to every stage, under the network's own padding and under the other.
pub fn figures(check: &Check) -> Vec<Figure> {
    let others = check
        .repadded
        .iter()
        .map(|found| ("stages-repadded", found));
    let all = std::iter::once(("stages", &check.own)).chain(others);
    let figure = |(name, found): (&str, &Findings)| {
        let title = format!(
            "What {} padding does by distance from the border",
            found.padding
        );
        Figure::new(name, by_distance(check, found).drawing(&title))
    };
    all.map(figure).collect()
}

/// What padding does to every stage, ring by ring from the border on.
pub fn by_distance(check: &Check, found: &Findings) -> LineChart {
    let stages = found.stages.iter();
    let names: Vec<&str> = stages.clone().map(|stage| stage.name.as_str()).collect();
    let threshold = threshold(check, found);
    let series = stages.map(|stage| Series {
        name: stage.name.clone(),
        style: style_of(&stage.name, &names),
        points: stage
            .profile
            .iter()
            .enumerate()
            .filter_map(|(ring, at)| point(stage, ring, *at))
            .collect(),
    });
    LineChart {
        y_label: "difference [% of the content's spread]".into(),
        x_label: "pixels of the image from the border".into(),
        x_spread: Spread::Counts,
        y_spread: Spread::Log,
        y_also: vec![100.0 * check.tau],
        series: threshold.into_iter().chain(series).collect(),
        format: Format::Full,
    }
}

/// The line above which a ring counts as spoiled.
fn threshold(check: &Check, found: &Findings) -> Option<Series> {
    let ends = found.stages.iter().map(|stage| {
        let last = stage.profile.len().saturating_sub(1);
        last as f64 * stage.stride
    });
    let end = ends.reduce(f64::max)?;
    let tau = Estimate::range(&[100.0 * check.tau])?;
    Some(Series {
        name: format!("spoiled above {}", percent(check.tau)),
        style: THRESHOLD,
        points: [0.0, end].map(|x| Point::new(x, tau)).to_vec(),
    })
}

fn point(stage: &Stage, ring: usize, at: Interval) -> Option<Point> {
    let Interval { value, lo, hi } = at.times(100.0);
    let y = Estimate {
        value: value?,
        lo,
        hi,
        seeds: 1,
    };
    Some(Point::new(ring as f64 * stage.stride, y))
}
