//! What a run says about growth: which rows of it are shown, and what is claimed from them.
//!
//! Whether a single row is a claim is decided by [`GrowthRow::verdict`].

use super::growth::{GrowthRow, Verdict};
use super::results::Results;
use super::summary::{CONTROL, FINAL, Summary};
use crate::statistics::Interval;

/// The metric of the pattern in the unit of the layer's own output.
pub const FEATURE_UNITS: &str = "mae_ppp";
/// The metric of the pattern against the spread of image content, which training changes too.
pub const CONTENT: &str = "nmae";

/// What one metric did under every padded scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim<'a> {
    /// Its name in results.
    pub metric: &'static str,
    /// One row per scheme.
    pub rows: Vec<&'a GrowthRow>,
}

impl<'a> Claim<'a> {
    /// The rows of this verdict.
    pub fn rows_with(&self, verdict: Verdict) -> Vec<&'a GrowthRow> {
        let chosen = self.rows.iter().filter(|row| row.verdict() == verdict);
        chosen.copied().collect()
    }

    /// The largest number of seeds behind a row.
    pub fn seeds(&self) -> usize {
        self.rows.iter().map(|row| row.seeds).max().unwrap_or(0)
    }
}

/// What a run found about growth, at the last measured layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding<'a> {
    /// The layer that the claims are about.
    pub layer: &'a str,
    /// Growth in feature units and against content, each claimed by itself; a metric that was not measured both
    /// before and after training is left out.
    pub claims: Vec<Claim<'a>>,
    /// The pattern of the control without padding after training, where exactly 0 is expected.
    pub control: Option<f64>,
    /// The fewest and the most seeds behind a row where intervals are over seeds; otherwise they are over images.
    pub over_seeds: Option<[usize; 2]>,
    /// Images on which it was measured.
    pub images: usize,
}

impl<'a> Finding<'a> {
    /// The finding of a run; `None` where the pattern was not measured at any layer.
    pub fn of(results: &'a Results) -> Option<Finding<'a>> {
        let summary = Summary::new(results);
        let layer = summary.last_layer()?;
        let interval = shown_interval(results);
        let of_kind = results.growth.iter().filter(|r| r.interval == interval);
        let seeds = of_kind.map(|row| row.seeds);
        let claims = [FEATURE_UNITS, CONTENT].map(|metric| Claim {
            metric,
            rows: shown_growth(results, layer, metric),
        });
        Some(Finding {
            layer,
            claims: claims.into_iter().filter(|c| !c.rows.is_empty()).collect(),
            control: summary
                .estimate(CONTROL, FINAL, layer, FEATURE_UNITS)
                .map(|e| e.value),
            over_seeds: (interval == Interval::Seeds).then(|| {
                let ends = [seeds.clone().min(), seeds.max()];
                ends.map(Option::unwrap_or_default)
            }),
            images: results.images,
        })
    }

    /// The claim for a metric.
    pub fn claim(&self, metric: &str) -> Option<&Claim<'a>> {
        self.claims.iter().find(|claim| claim.metric == metric)
    }
}

/// What the shown intervals of growth are over: seeds, if any scheme has two.
pub fn shown_interval(results: &Results) -> Interval {
    let mut rows = results.growth.iter();
    match rows.any(|row| row.interval == Interval::Seeds) {
        true => Interval::Seeds,
        false => Interval::Images,
    }
}

/// The growth of a metric at a layer that is shown, one row per scheme.
pub fn shown_growth<'a>(results: &'a Results, layer: &str, metric: &str) -> Vec<&'a GrowthRow> {
    let interval = shown_interval(results);
    let here = |r: &&GrowthRow| r.layer == layer && r.metric == metric && r.interval == interval;
    results.growth.iter().filter(here).collect()
}
