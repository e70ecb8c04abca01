//! By how much the pattern of each scheme grew between initialisation and the end of training.

use serde::{Deserialize, Serialize};

use super::moments::{CONTROL, FINAL, INIT};
use crate::ppp::{Measurement, Metric};
use crate::statistics::{Inference, Interval, Power, holm};

/// The metrics whose growth is reported, and how two moments are compared; none of them depends on how many images
/// were measured.
const METRICS: [(Metric, Comparison); 4] = [
    (Metric::Rms, Comparison::Difference),
    (Metric::Rms, Comparison::Factor),
    (Metric::NRms, Comparison::Difference),
    (Metric::NRms, Comparison::Factor),
];

/// How a later moment is compared with an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// later / earlier, where both are above what chance gives; over seeds a geometric mean.
    Factor,
    /// later - earlier, for what can be 0 or less.
    Difference,
}

impl Comparison {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Comparison::Factor => "factor",
            Comparison::Difference => "difference",
        }
    }
}

/// A metric of one network before and after, on the same images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Padding scheme.
    pub scheme: String,
    /// Seed of the network.
    pub seed: u64,
    /// Layer.
    pub layer: String,
    /// Metric.
    pub metric: String,
    /// How it changed; `None` for features that are not finite, or content that does not vary.
    pub paired: Option<Paired>,
}

/// How the root of a power changed on the same images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// later - earlier.
    pub difference: Inference,
    /// later / earlier, where both are above what chance gives.
    pub factor: Option<Inference>,
}

impl Paired {
    /// `None` for features that are not finite, or content that does not vary.
    fn of(earlier: &Power, later: &Power) -> Option<Paired> {
        let finite = |found: &Inference| found.lo.is_finite() && found.hi.is_finite();
        Some(Paired {
            difference: Some(later.minus(earlier)).filter(finite)?,
            factor: later.factor(earlier).filter(finite),
        })
    }

    /// The change in which values over networks are averaged: for factors their logarithm.
    fn on(&self, comparison: Comparison) -> Option<Inference> {
        match comparison {
            Comparison::Difference => Some(self.difference),
            Comparison::Factor => self.factor.map(|factor| Inference {
                value: factor.value.ln(),
                lo: factor.lo.ln(),
                hi: factor.hi.ln(),
                p: factor.p,
            }),
        }
    }
}

/// How a metric of a scheme changed, with its 95% interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthRow {
    /// Padding scheme.
    pub scheme: String,
    /// Layer.
    pub layer: String,
    /// `rms_ppp` or `nrms`.
    pub metric: String,
    /// The stages that are compared.
    pub from: String,
    /// The later one.
    pub to: String,
    /// How they are compared.
    pub comparison: Comparison,
    /// The factor or the difference; `None` where it does not exist.
    pub value: Option<f64>,
    /// The lower end of its interval.
    pub lo: Option<f64>,
    /// The upper end.
    pub hi: Option<f64>,
    /// What the interval is over.
    pub interval: Interval,
    /// Networks that were compared.
    pub seeds: usize,
    /// That of no change at all.
    pub p: Option<f64>,
    /// The same after Holm's correction over the padded schemes at this layer, metric and interval.
    pub p_holm: Option<f64>,
}

/// The first and the last measurement of a network, as far as growth needs them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Before {
    first: Vec<(Change, Power)>,
    changes: Vec<Change>,
}

impl Before {
    /// Notes what was measured at a stage; only `init` and `final` count.
    pub fn note(&mut self, scheme: &str, seed: u64, stage: &str, measured: &Measurement) {
        if stage != INIT && stage != FINAL {
            return;
        }
        for layer in &measured.layers {
            for (metric, power) in [
                (Metric::Rms, &layer.power),
                (Metric::NRms, &layer.relative_power),
            ] {
                let name = metric.name();
                let same = |(c, _): &&(Change, _)| c.layer == layer.name && c.metric == name;
                match self.first.iter().find(same) {
                    Some((first, earlier)) if stage == FINAL => self.changes.push(Change {
                        paired: Paired::of(earlier, power),
                        ..first.clone()
                    }),
                    _ => {
                        let first = Change {
                            scheme: scheme.to_string(),
                            seed,
                            layer: layer.name.clone(),
                            metric: name.to_string(),
                            paired: None,
                        };
                        self.first.push((first, power.clone()));
                    }
                }
            }
        }
    }

    /// How everything changed that was measured at both stages.
    pub fn changes(self) -> Vec<Change> {
        self.changes
    }
}

/// The growth of every scheme but the control at every layer, from the changes of all networks.
///
/// Over images there is always an interval: the mean of the networks' own ends, whose errors on the same images go
/// together. Over seeds there is one from two seeds on: Student's t over the differences (for factors, of
/// logarithms) of each network with its own initial point.
pub fn growth(changes: &[Change]) -> Vec<GrowthRow> {
    let mut rows = Vec::new();
    for layer in distinct(changes.iter().map(|c| c.layer.as_str())) {
        for (metric, comparison) in METRICS {
            let here: Vec<&Change> = changes
                .iter()
                .filter(|c| c.layer == layer && c.metric == metric.name() && c.scheme != CONTROL)
                .collect();
            for interval in [Interval::Seeds, Interval::Images] {
                rows.extend(compared(&here, comparison, interval));
            }
        }
    }
    rows
}

/// One row per scheme, corrected for their number.
fn compared(changes: &[&Change], comparison: Comparison, interval: Interval) -> Vec<GrowthRow> {
    let mut rows: Vec<GrowthRow> = distinct(changes.iter().map(|c| c.scheme.as_str()))
        .into_iter()
        .filter_map(|scheme| {
            let of_scheme: Vec<&Change> = changes
                .iter()
                .copied()
                .filter(|c| c.scheme == scheme)
                .collect();
            row(&of_scheme, comparison, interval)
        })
        .collect();
    let p: Vec<f64> = rows.iter().filter_map(|row| row.p).collect();
    let tested = rows.iter_mut().filter(|row| row.p.is_some());
    for (row, corrected) in tested.zip(holm(&p)) {
        row.p_holm = Some(corrected);
    }
    rows
}

/// The row of one scheme; `None` for an interval over a single seed.
fn row(changes: &[&Change], comparison: Comparison, interval: Interval) -> Option<GrowthRow> {
    let first = changes.first()?;
    if interval == Interval::Seeds && changes.len() < 2 {
        return None;
    }
    let found = infer(changes, comparison, interval).map(|found| match comparison {
        Comparison::Factor => found.exp(),
        Comparison::Difference => found,
    });
    Some(GrowthRow {
        scheme: first.scheme.clone(),
        layer: first.layer.clone(),
        metric: first.metric.clone(),
        from: INIT.into(),
        to: FINAL.into(),
        comparison,
        value: found.map(|f| f.value),
        lo: found.map(|f| f.lo),
        hi: found.map(|f| f.hi),
        interval,
        seeds: changes.len(),
        p: found.map(|f| f.p),
        p_holm: None,
    })
}

fn infer(changes: &[&Change], comparison: Comparison, interval: Interval) -> Option<Inference> {
    let paired = changes.iter().map(|c| c.paired?.on(comparison));
    let paired: Vec<Inference> = paired.collect::<Option<_>>()?;
    if interval == Interval::Seeds {
        let values: Vec<f64> = paired.iter().map(|found| found.value).collect();
        return Inference::of_mean(&values);
    }
    let mean =
        |of: &dyn Fn(&Inference) -> f64| paired.iter().map(of).sum::<f64>() / paired.len() as f64;
    Some(Inference {
        value: mean(&|found| found.value),
        lo: mean(&|found| found.lo),
        hi: mean(&|found| found.hi),
        p: paired.iter().map(|found| found.p).fold(0.0, f64::max),
    })
}

/// The distinct names in order of first appearance.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(scheme: &str, seed: u64, before: f64, after: f64) -> Change {
        Change {
            scheme: scheme.into(),
            seed,
            layer: "a".into(),
            metric: "rms_ppp".into(),
            paired: Some(Paired {
                difference: exact(after - before),
                factor: (before > 0.0).then(|| exact(after / before)),
            }),
        }
    }

    fn exact(value: f64) -> Inference {
        Inference {
            value,
            lo: value,
            hi: value,
            p: 0.001,
        }
    }

    fn only(comparison: Comparison, changes: &[Change]) -> Vec<GrowthRow> {
        let mut rows = growth(changes);
        rows.retain(|row| row.comparison == comparison);
        rows
    }

    #[test]
    fn factors_over_seeds_are_geometric_means_with_students_interval() {
        let changes = [change("zeros", 0, 1.0, 2.0), change("zeros", 1, 1.0, 8.0)];
        let rows = only(Comparison::Factor, &changes);
        let seeds = rows.iter().find(|r| r.interval == Interval::Seeds);
        let seeds = seeds.expect("two seeds");
        assert!((seeds.value.expect("a factor") - 4.0).abs() < 1e-12);
        // ln 2 and ln 8 have the mean ln 4 and the standard error ln 2; t(1) is 12.706.
        let hi = 4.0 * (12.706_204_736 * 2f64.ln()).exp();
        assert!((seeds.hi.expect("an end") / hi - 1.0).abs() < 1e-6);
        assert!(!seeds.grew() && seeds.seeds == 2);
        let images = rows.iter().find(|r| r.interval == Interval::Images);
        let images = images.expect("always");
        assert!(images.grew() && images.hi.expect("an end") < 4.0 + 1e-9);
    }

    #[test]
    fn one_seed_has_an_interval_over_images_alone_and_the_control_has_none() {
        let changes = [change("zeros", 0, 1.0, 2.0), change(CONTROL, 0, 0.0, 0.0)];
        let rows = only(Comparison::Factor, &changes);
        assert!(matches!(rows.as_slice(), [only] if only.interval == Interval::Images));
    }

    #[test]
    fn growth_from_nothing_has_no_factor() {
        let rows = only(Comparison::Factor, &[change("zeros", 0, 0.0, 2.0)]);
        assert_eq!((rows[0].value, rows[0].p_holm), (None, None));
        assert!(!rows[0].grew() && !rows[0].shrank());
    }

    #[test]
    fn the_correction_counts_the_schemes_compared() {
        let clear = change("zeros", 0, 1.0, 2.0);
        let mut noisy = change("reflect", 0, 1.0, 1.02);
        if let Some(paired) = &mut noisy.paired {
            paired.difference.p = 0.03;
        }
        let mut noisier = change("randn", 0, 1.0, 1.02);
        noisier.paired = noisy.paired;
        let rows = only(Comparison::Difference, &[clear, noisy, noisier]);
        let raw: Vec<f64> = rows.iter().filter_map(|r| r.p).collect();
        let corrected: Vec<f64> = rows.iter().filter_map(|r| r.p_holm).collect();
        assert_eq!(corrected, holm(&raw));
        assert!(rows[0].grew() && !rows[1].grew());
    }
}
