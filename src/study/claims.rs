//! What a run says about growth: how each scheme's pattern changed, and what is claimed from it.
//!
//! Claims rest on strengths that do not depend on how many images were measured, and on their paired differences;
//! whether a single one is a claim is decided by [`GrowthRow::verdict`].

use super::growth::{Comparison, GrowthRow};
use super::results::Results;
use super::summary::{CONTROL, Estimate, FINAL, INIT, Summary};
use crate::ppp::{Metric, Region};
use crate::statistics::{Interval, holm, more_than_chance, simes};

/// The strength of the pattern in the unit of the layer's own output.
pub const FEATURE_UNITS: &str = Metric::Rms.name();
/// The strength of the pattern against the spread of image content, which training changes too.
pub const CONTENT: &str = Metric::NRms.name();
/// A change is claimed where its corrected p value is below this, a pattern where it is at most this.
const SIGNIFICANCE: f64 = 0.05;

/// What is claimed of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its corrected p value is below 0.05, and it is one upwards.
    Grew,
    /// The same, downwards.
    Shrank,
    /// It was compared, and its corrected p value is not below 0.05.
    Unclear,
    /// It could not be compared, such as a factor from exactly 0.
    Unknown,
}

impl GrowthRow {
    /// Where a growth claim is decided.
    pub fn verdict(&self) -> Verdict {
        let nothing = match self.comparison {
            Comparison::Factor => 1.0,
            Comparison::Difference => 0.0,
        };
        match self.p_holm {
            None => Verdict::Unknown,
            Some(p) if p < SIGNIFICANCE => match self.value {
                Some(value) if value > nothing => Verdict::Grew,
                _ => Verdict::Shrank,
            },
            Some(_) => Verdict::Unclear,
        }
    }

    /// Whether the metric grew.
    pub fn grew(&self) -> bool {
        self.verdict() == Verdict::Grew
    }

    /// Whether it shrank.
    pub fn shrank(&self) -> bool {
        self.verdict() == Verdict::Shrank
    }
}

/// How a strength changed, as far as it can be said in numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// Above chance before and after: the later as a multiple of the earlier, with its interval.
    Factor(Estimate),
    /// From nothing measurable, below this, to a strength above chance.
    FromNothing {
        /// The upper end of its interval before.
        below: f64,
        /// After.
        to: Estimate,
    },
    /// From a strength above chance to nothing measurable, below this.
    ToNothing {
        /// Before.
        from: Estimate,
        /// The upper end of its interval after.
        below: f64,
    },
    /// Nothing measurable before or after: what both lie below.
    Nothing {
        /// The upper ends of its intervals before and after.
        below: [f64; 2],
    },
    /// Above chance in some networks and not in others: the later less the earlier.
    Difference(Estimate),
    /// It could not be compared.
    Unknown,
}

/// What happened to one scheme's pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemeChange<'a> {
    /// The scheme.
    pub scheme: &'a str,
    /// What is claimed, from the paired difference.
    pub verdict: Verdict,
    /// By how much.
    pub course: Course,
    /// Networks that were compared.
    pub seeds: usize,
}

impl<'a> SchemeChange<'a> {
    fn of(results: &'a Results, difference: &'a GrowthRow) -> SchemeChange<'a> {
        let course = course(results, difference);
        let verdict = match course {
            Course::Nothing { .. } => Verdict::Unclear,
            Course::Unknown => Verdict::Unknown,
            _ => difference.verdict(),
        };
        SchemeChange {
            scheme: &difference.scheme,
            verdict,
            course,
            seeds: difference.seeds,
        }
    }
}

fn course(results: &Results, difference: &GrowthRow) -> Course {
    let GrowthRow {
        scheme,
        layer,
        metric,
        ..
    } = difference;
    let same = |row: &&GrowthRow| {
        let of = (&row.scheme, &row.layer, &row.metric) == (scheme, layer, metric);
        of && row.comparison == Comparison::Factor && row.interval == difference.interval
    };
    let factor = results.growth.iter().find(same).and_then(estimate);
    if let Some(factor) = factor {
        return Course::Factor(factor);
    }
    let summary = Summary::new(results);
    let end = |stage| {
        let [above, all] = summary.above_chance(Region::Whole, (scheme, stage, layer, metric));
        let estimate = summary.estimate(scheme, stage, layer, metric)?;
        // What some networks show and others do not is neither there nor absent.
        match above {
            above if above == all => Some(Ok(estimate)),
            above if more_than_chance(above, all) => None,
            _ => Some(Err(estimate.hi?)),
        }
    };
    match (end(INIT), end(FINAL)) {
        (Some(Err(below)), Some(Ok(to))) => Course::FromNothing { below, to },
        (Some(Ok(from)), Some(Err(below))) => Course::ToNothing { from, below },
        (Some(Err(before)), Some(Err(after))) => Course::Nothing {
            below: [before, after],
        },
        _ => estimate(difference).map_or(Course::Unknown, Course::Difference),
    }
}

fn estimate(row: &GrowthRow) -> Option<Estimate> {
    Some(Estimate {
        value: row.value?,
        lo: row.lo,
        hi: row.hi,
        seeds: row.seeds,
    })
}

/// What one metric did under every padded scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim<'a> {
    /// Its name in results.
    pub metric: &'static str,
    /// One per scheme.
    pub schemes: Vec<SchemeChange<'a>>,
}

impl<'a> Claim<'a> {
    /// The schemes of this verdict.
    pub fn with(&self, verdict: Verdict) -> Vec<&SchemeChange<'a>> {
        let chosen = self.schemes.iter();
        chosen.filter(|change| change.verdict == verdict).collect()
    }

    /// The largest number of seeds behind a scheme.
    pub fn seeds(&self) -> usize {
        let seeds = self.schemes.iter().map(|change| change.seeds);
        seeds.max().unwrap_or(0)
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
    /// Layers with the padded schemes of which no network shows a pattern there after training.
    pub without_pattern: Vec<(&'a str, Vec<&'a str>)>,
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
            schemes: shown_growth(results, layer, metric),
        });
        Some(Finding {
            layer,
            claims: (claims.into_iter())
                .filter(|c| !c.schemes.is_empty())
                .collect(),
            control: summary
                .estimate(CONTROL, FINAL, layer, FEATURE_UNITS)
                .map(|e| e.value),
            over_seeds: (interval == Interval::Seeds).then(|| {
                let ends = [seeds.clone().min(), seeds.max()];
                ends.map(Option::unwrap_or_default)
            }),
            images: results.images,
            without_pattern: without_pattern(&summary),
        })
    }

    /// The claim for a metric.
    pub fn claim(&self, metric: &str) -> Option<&Claim<'a>> {
        self.claims.iter().find(|claim| claim.metric == metric)
    }
}

/// Each layer with the padded schemes of which no network shows a pattern there, if there are any.
fn without_pattern<'a>(summary: &Summary<'a>) -> Vec<(&'a str, Vec<&'a str>)> {
    let schemes = summary.padded_schemes();
    let without = schemes
        .iter()
        .map(|scheme| layers_without_pattern(summary, scheme));
    let without: Vec<Vec<&str>> = without.collect();
    let at = |layer: &'a str| {
        let shows_none = schemes.iter().zip(&without);
        let shows_none = shows_none.filter(|(_, layers)| layers.contains(&layer));
        (layer, shows_none.map(|(scheme, _)| *scheme).collect())
    };
    let layers = summary.layers().into_iter().map(at);
    layers
        .filter(|(_, schemes): &(_, Vec<&str>)| !schemes.is_empty())
        .collect()
}

/// By Simes' test over networks and Holm's correction over layers.
fn layers_without_pattern<'a>(summary: &Summary<'a>, scheme: &str) -> Vec<&'a str> {
    let p_at = |layer| simes(&summary.values(scheme, FINAL, layer, Metric::PatternP.name()));
    let layers = summary.layers().into_iter();
    let (layers, p): (Vec<&str>, Vec<f64>) = layers
        .filter_map(|layer| Some((layer, p_at(layer)?)))
        .unzip();
    let corrected = layers.into_iter().zip(holm(&p));
    let without = corrected.filter(|(_, p)| *p > SIGNIFICANCE);
    without.map(|(layer, _)| layer).collect()
}

/// What the shown intervals of growth are over: seeds, if any scheme has two.
pub fn shown_interval(results: &Results) -> Interval {
    let mut rows = results.growth.iter();
    match rows.any(|row| row.interval == Interval::Seeds) {
        true => Interval::Seeds,
        false => Interval::Images,
    }
}

/// The growth of a strength at a layer that is shown, one change per scheme.
pub fn shown_growth<'a>(results: &'a Results, layer: &str, metric: &str) -> Vec<SchemeChange<'a>> {
    let interval = shown_interval(results);
    let here = |r: &&GrowthRow| {
        let at = r.layer == layer && r.metric == metric && r.interval == interval;
        at && r.comparison == Comparison::Difference
    };
    let differences = results.growth.iter().filter(here);
    differences
        .map(|row| SchemeChange::of(results, row))
        .collect()
}
