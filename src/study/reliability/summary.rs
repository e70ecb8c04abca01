//! From single readings to what can be said of each measure, and whether it may be believed.

use super::found::{Found, Role};
use super::measures::Measure;
use crate::probes::rank::spearman;
use crate::study::moments::FINAL;
use crate::study::results::Row;

/// The rate at which 95% intervals miss the truth.
const MISSES: f64 = 0.05;
/// Of a measure whose intervals are right, chance must not explain as many claims as there are more often than this
/// leaves.
const EXPLAINED: f64 = 0.99;
/// By what factor a strength must at least rise with a signal ten times as strong.
pub const ANSWERS: f64 = 3.0;
/// The least rank correlation of a measure that follows what was planted.
pub const FOLLOWS: f64 = 0.9;

/// What was found out about one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The measure.
    pub measure: Measure,
    /// Readings without position information, sign flips among them.
    pub nulls: usize,
    /// Those of them in which the measure claims some.
    pub false_positives: usize,
    /// The value without position that lies furthest from 0.
    pub worst_null: f64,
    /// Standard deviation over mean on networks with zero padding; `None` for one seed or a mean of 0.
    pub spread: Option<f64>,
    /// Spearman's correlation of strength and value, mean over seeds.
    pub rank_correlation: f64,
    /// By what factor it rises with a signal ten times as strong, from the lowest strength that it detects to the
    /// strongest; `None` where it detects at most one.
    pub per_tenfold: Option<f64>,
    /// The lowest strength from which on every seed's interval lies above that without a signal.
    pub lowest_detected: Option<f64>,
    /// Mean time of one reading.
    pub seconds: f64,
}

/// The most false positives among `nulls` that intervals of 95% explain: the 99% quantile of the binomial
/// distribution with p = 0.05.
fn explained(nulls: usize) -> usize {
    let n = nulls as f64;
    let mut term = (1.0 - MISSES).powf(n);
    let mut total = term;
    let mut k = 0;
    while total < EXPLAINED && k < nulls {
        term *= (n - k as f64) / (k + 1) as f64 * MISSES / (1.0 - MISSES);
        k += 1;
        total += term;
    }
    k
}

/// A summary of every measure.
pub fn summaries(found: &[Found], strengths: &[f64]) -> Vec<Summary> {
    let one = |measure| {
        let of_measure: Vec<&Found> = found.iter().filter(|f| f.measure == measure).collect();
        summary(measure, &of_measure, strengths)
    };
    Measure::all().map(one).collect()
}

fn summary(measure: Measure, found: &[&Found], strengths: &[f64]) -> Summary {
    // How many nulls a reading stands for, and of how many it claims position.
    let of_null = |f: &&Found| match f.role {
        Role::Flipped { times, claims } => Some([times, claims]),
        // PPP is 0 exactly where there is no padding.
        Role::Base if measure.is_ppp() => None,
        Role::Null | Role::Base => Some([1, usize::from(measure.claims(&f.point))]),
        Role::Typical | Role::PaddedBase | Role::Planted(_) => None,
    };
    let nulls = found.iter().filter(|f| of_null(f).is_some());
    let values = nulls.clone().map(|f| f.point.value);
    let count = |i: usize| nulls.clone().filter_map(of_null).map(|n| n[i]).sum();
    let typical = found.iter().filter(|f| f.role == Role::Typical);
    let typical: Vec<f64> = typical.map(|f| f.point.value).collect();
    let bases: Vec<&&Found> = found.iter().filter(|f| f.role.is_base()).collect();
    let correlations: Vec<f64> = bases
        .iter()
        .map(|base| {
            let (mut planted, mut values) = (vec![0.0], vec![base.point.value]);
            for (strength, f) in responses(found, base.seed) {
                planted.push(strength);
                values.push(f.point.value);
            }
            spearman(&planted, &values)
        })
        .collect();
    let detected = |strength: f64| {
        bases.iter().all(|base| {
            let mut of_seed = responses(found, base.seed);
            of_seed.any(|(s, f)| s == strength && f.point.lo > base.point.hi.max(0.0))
        })
    };
    let from = strengths.iter().rev().take_while(|&&s| detected(s)).last();
    let single = found
        .iter()
        .filter(|f| !matches!(f.role, Role::Flipped { .. }));
    let seconds = single.map(|f| f.seconds);
    Summary {
        measure,
        nulls: count(0),
        false_positives: count(1),
        worst_null: values.fold(
            0.0,
            |worst: f64, v| if v.abs() > worst.abs() { v } else { worst },
        ),
        spread: variation(&typical),
        rank_correlation: mean(&correlations),
        per_tenfold: from.and_then(|&from| per_tenfold(found, from, *strengths.last()?)),
        lowest_detected: from.copied(),
        seconds: mean(&seconds.collect::<Vec<_>>()),
    }
}

/// What was found for every strength in the networks of one seed.
fn responses<'a>(found: &'a [&Found], seed: u64) -> impl Iterator<Item = (f64, &'a Found)> {
    found.iter().filter_map(move |f| match f.role {
        Role::Planted(strength) if f.seed == seed => Some((strength, *f)),
        _ => None,
    })
}

/// By what factor the mean over seeds rises between two strengths, for each factor of ten between them.
fn per_tenfold(found: &[&Found], from: f64, to: f64) -> Option<f64> {
    let at = |strength: f64| {
        let planted = found.iter().filter(|f| f.role == Role::Planted(strength));
        mean(&planted.map(|f| f.point.value).collect::<Vec<_>>())
    };
    let rises = (at(to) / at(from)).powf(1.0 / (to / from).log10());
    (to > from).then_some(rises)
}

/// The mean of the values, 0 of none.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The coefficient of variation, with the unbiased variance.
fn variation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    if values.len() < 2 || mean == 0.0 {
        return None;
    }
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt() / mean.abs())
}

impl Summary {
    /// Why the measure may not be believed; nothing where it may.
    pub fn objections(&self) -> Vec<&'static str> {
        let mut objections = Vec::new();
        if self.false_positives > explained(self.nulls) {
            objections.push("it finds positions that are not there");
        }
        if self.rank_correlation < FOLLOWS {
            objections.push("it does not rise with the signal");
        } else if self.per_tenfold.is_some_and(|rises| rises < ANSWERS) {
            objections.push("as a strength it hardly answers to the signal's");
        }
        if self.lowest_detected.is_none() {
            objections.push("it misses the strongest signal");
        }
        objections
    }

    /// The summary as rows of the results.
    pub fn rows(&self, seed: u64) -> Vec<Row> {
        let rate = self.false_positives as f64 / self.nulls.max(1) as f64;
        [
            ("nulls", Some(self.nulls as f64)),
            ("false_positive_rate", Some(rate)),
            ("seed_spread", self.spread),
            ("rank_correlation", Some(self.rank_correlation)),
            ("per_tenfold", self.per_tenfold),
            ("lowest_detected", self.lowest_detected),
            ("seconds", Some(self.seconds)),
        ]
        .map(|(metric, value)| Row {
            scheme: "all".into(),
            seed,
            stage: FINAL.into(),
            layer: self.measure.name().into(),
            metric: metric.into(),
            value,
            ..Row::default()
        })
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::measures::Point;
    use super::*;

    fn found(role: Role, value: f64) -> Found {
        Found {
            measure: Measure::PosenetSpc,
            role,
            scheme: "valid".into(),
            stage: "final".into(),
            seed: 0,
            point: Point {
                value,
                lo: value - 0.1,
                hi: value + 0.1,
            },
            seconds: 2.0,
        }
    }

    fn spc(found: &[Found]) -> Summary {
        let all = summaries(found, &[0.1, 1.0]);
        all.into_iter()
            .find(|s| s.measure == Measure::PosenetSpc)
            .expect("a summary")
    }

    #[test]
    fn a_measure_that_follows_the_signal_and_claims_nothing_else_is_believed() {
        let readings = [
            found(Role::Base, 0.0),
            found(Role::Null, -0.05),
            found(Role::Typical, 1.0),
            found(Role::Typical, 3.0),
            found(Role::Planted(0.1), 0.15),
            found(Role::Planted(1.0), 0.9),
        ];
        let summary = spc(&readings);
        assert_eq!((summary.nulls, summary.false_positives), (2, 0));
        assert_eq!(summary.worst_null, -0.05);
        assert_eq!(summary.spread, Some(2f64.sqrt() / 2.0));
        assert_eq!(summary.rank_correlation, 1.0);
        // 0.15 - 0.1 does not lie above the null's 0.1.
        assert_eq!(
            (summary.lowest_detected, summary.per_tenfold),
            (Some(1.0), None)
        );
        assert!(summary.objections().is_empty());
    }

    #[test]
    fn a_base_whose_padding_leaves_position_is_no_null() {
        let readings = [
            found(Role::PaddedBase, 0.4),
            found(Role::Null, 0.0),
            found(Role::Planted(0.1), 0.45),
            found(Role::Planted(1.0), 0.9),
        ];
        let summary = spc(&readings);
        assert_eq!((summary.nulls, summary.false_positives), (1, 0));
        assert_eq!(summary.rank_correlation, 1.0);
        assert_eq!(summary.lowest_detected, Some(1.0));
    }

    #[test]
    fn every_fault_is_an_objection() {
        let readings = [
            found(Role::Base, 0.5),
            found(Role::Null, -0.5),
            found(Role::Planted(0.1), 0.4),
            found(Role::Planted(1.0), 0.3),
        ];
        let summary = spc(&readings);
        assert_eq!(summary.false_positives, 2);
        assert_eq!(summary.rank_correlation, -1.0);
        assert_eq!(summary.lowest_detected, None);
        assert_eq!(summary.objections().len(), 3);
    }

    #[test]
    fn a_gap_in_the_strengths_that_are_seen_counts() {
        let readings = [
            found(Role::Base, 0.0),
            found(Role::Planted(0.1), 0.9),
            found(Role::Planted(1.0), 0.1),
        ];
        assert_eq!(spc(&readings).lowest_detected, None);
    }

    #[test]
    fn chance_explains_as_many_as_the_binomial_quantile() {
        // P(≤ 1 of 3) = 0.993; P(≤ 1 of 9) = 0.929 and P(≤ 2 of 9) = 0.992; 2103 have the mean 105 and the standard
        // deviation 10.
        let found: Vec<usize> = [0, 1, 3, 9, 2103].map(explained).into();
        assert_eq!(found, [0, 1, 1, 2, 129]);
    }

    #[test]
    fn what_hardly_answers_to_the_strength_is_no_strength() {
        let readings = |weak: f64, strong: f64| {
            [
                found(Role::Base, 0.0),
                found(Role::Planted(0.1), weak),
                found(Role::Planted(1.0), strong),
            ]
        };
        let coherence = spc(&readings(0.33, 0.366));
        assert!(
            coherence
                .per_tenfold
                .is_some_and(|rises| (rises - 0.366 / 0.33).abs() < 1e-12)
        );
        assert!(coherence.objections()[0].contains("hardly answers"));
        assert!(spc(&readings(0.25, 0.8)).objections().is_empty());
    }

    #[test]
    fn sign_flips_are_nulls_and_padding_that_is_not_there_is_none_of_ppp() {
        let flips = |claims| Role::Flipped { times: 200, claims };
        let readings = [
            found(Role::Base, 0.0),
            found(flips(9), 0.2),
            found(flips(40), -0.3),
        ];
        let summary = spc(&readings);
        assert_eq!((summary.nulls, summary.false_positives), (401, 49));
        assert_eq!(summary.worst_null, -0.3);
        let of_ppp = readings.map(|found| Found {
            measure: Measure::Rms,
            ..found
        });
        let all = summaries(&of_ppp, &[0.1, 1.0]);
        let rms = all.iter().find(|s| s.measure == Measure::Rms);
        assert_eq!(rms.map(|s| s.nulls), Some(400));
    }
}
