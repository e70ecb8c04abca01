//! What a run found, in one sentence that needs no other.

use super::finding::{CONTENT, FEATURE_UNITS, shown_growth};
use super::number::short;
use crate::study::growth::GrowthRow;
use crate::study::results::Results;
use crate::study::summary::{CONTROL, FINAL, Summary};

const UNKNOWN: &str = "Whether training strengthens the position pattern is not known from this run: it was \
                       not measured both before and after training.";

/// The finding for a reader who has met none of its words: how many paddings grew and by how much, once in
/// feature units and once against image content, and what is there without padding.
///
/// It counts the same growth at the same layer as [`finding`](super::finding()), which holds the intervals.
pub fn headline(results: &Results) -> String {
    let summary = Summary::new(results);
    let Some(layer) = summary.last_layer() else {
        return UNKNOWN.to_string();
    };
    let of = |metric| Counts::of(&shown_growth(results, layer, metric));
    let (features, content) = (of(FEATURE_UNITS), of(CONTENT));
    let mut parts = Vec::new();
    if features.total > 0 {
        parts.push(format!("{}{}", over_seeds(&features), trained(&features)));
    }
    if content.total > 0 {
        parts.push(relative(&content));
    }
    if parts.is_empty() {
        return UNKNOWN.to_string();
    }
    parts.extend(control(&summary, layer));
    let sentence = parts.join("; ");
    let mut letters = sentence.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// How the schemes of one metric divide.
struct Counts {
    /// The only scheme, where there is one.
    only: Option<String>,
    total: usize,
    grew: Vec<f64>,
    shrank: Vec<f64>,
    seeds: usize,
}

impl Counts {
    fn of(rows: &[&GrowthRow]) -> Counts {
        let factors = |verdict: fn(&GrowthRow) -> bool| -> Vec<f64> {
            let chosen = rows.iter().filter(|row| verdict(row));
            chosen.filter_map(|row| row.value).collect()
        };
        Counts {
            only: match rows {
                [row] => Some(row.scheme.clone()),
                _ => None,
            },
            total: rows.len(),
            grew: factors(GrowthRow::grew),
            shrank: factors(GrowthRow::shrank),
            seeds: rows.iter().map(|row| row.seeds).max().unwrap_or(0),
        }
    }

    /// `under all 3 paddings`, `under 1 of 3 paddings`, `under zeros padding`.
    fn under(&self, count: usize) -> String {
        match &self.only {
            Some(scheme) => format!("under {scheme} padding"),
            None if count == self.total => format!("under all {count} paddings"),
            None => format!("under {count} of {} paddings", self.total),
        }
    }
}

fn over_seeds(counts: &Counts) -> String {
    match counts.seeds {
        0 | 1 => String::new(),
        n => format!("over {n} seeds, "),
    }
}

/// What training did to the pattern in feature units.
fn trained(counts: &Counts) -> String {
    let (up, down) = (counts.grew.len(), counts.shrank.len());
    match (up, down) {
        (0, 0) if counts.only.is_some() => format!(
            "training did not clearly change the position pattern {}, in feature units",
            counts.under(1)
        ),
        (0, 0) => format!(
            "training did not clearly change the position pattern under any of {} paddings, in feature units",
            counts.total
        ),
        (0, n) => format!(
            "training weakened the position pattern {}, {} in feature units",
            counts.under(n),
            by(&counts.shrank)
        ),
        (n, 0) => format!(
            "training strengthened the position pattern {}, {} in feature units",
            counts.under(n),
            by(&counts.grew)
        ),
        (n, m) => format!(
            "training strengthened the position pattern {}, {} in feature units, and weakened it under {m}",
            counts.under(n),
            by(&counts.grew)
        ),
    }
}

/// The same against image content, whose spread training changes too.
fn relative(counts: &Counts) -> String {
    let (up, down) = (counts.grew.len(), counts.shrank.len());
    let did = match (up, down) {
        (0, 0) if counts.only.is_some() => "it did not clearly change".to_string(),
        (1, _) if counts.only.is_some() => format!("it grew {}", by(&counts.grew)),
        (_, 1) if counts.only.is_some() => format!("it shrank {}", by(&counts.shrank)),
        (0, 0) => format!("it clearly changed under none of {}", counts.total),
        (n, _) if n == counts.total => format!("it grew under all {n}"),
        (0, n) if n == counts.total => format!("it shrank under all {n}"),
        (n, 0) => format!("it grew under {n} of {}", counts.total),
        (0, n) => format!(
            "it grew under none and shrank under {n} of {}",
            counts.total
        ),
        (n, m) => format!("it grew under {n} of {} and shrank under {m}", counts.total),
    };
    format!("relative to the image content {did}")
}

/// `by ×1.41 to ×5.95`.
fn by(factors: &[f64]) -> String {
    let ends = |pick: fn(f64, f64) -> f64| factors.iter().copied().reduce(pick).unwrap_or(1.0);
    let [least, most] = [ends(f64::min), ends(f64::max)].map(short);
    match least == most {
        true => format!("by ×{least}"),
        false => format!("by ×{least} to ×{most}"),
    }
}

/// What the network without padding shows, if there is one.
fn control(summary: &Summary, layer: &str) -> Option<String> {
    let at_end = summary.estimate(CONTROL, FINAL, layer, FEATURE_UNITS)?;
    Some(match at_end.value {
        0.0 => "without padding it is exactly zero".to_string(),
        value => format!(
            "without padding it is {}, where exactly zero is expected",
            short(value)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;
    use crate::study::growth::Comparison;
    use crate::study::results::Row;

    /// A factor that is significant, unless it is 1.
    fn factor(scheme: &str, metric: &str, value: f64) -> GrowthRow {
        GrowthRow {
            scheme: scheme.into(),
            layer: "conv5".into(),
            metric: metric.into(),
            from: "init".into(),
            to: FINAL.into(),
            comparison: Comparison::Factor,
            value: Some(value),
            lo: Some(value * 0.9),
            hi: Some(value * 1.1),
            interval: Interval::Images,
            seeds: 1,
            p: Some(0.001),
            p_holm: Some(if value == 1.0 { 0.9 } else { 0.003 }),
        }
    }

    /// Schemes with their factors in feature units and against content; the control shows `at_end`.
    fn results(schemes: &[(&str, f64, f64)], at_end: Option<f64>) -> Results {
        let layer = crate::study::results::Layer {
            scheme: "zeros".into(),
            name: "conv5".into(),
            shape: [1, 1, 1],
        };
        let row = |scheme: &str, value| Row {
            scheme: scheme.into(),
            stage: FINAL.into(),
            layer: "conv5".into(),
            metric: FEATURE_UNITS.into(),
            value: Some(value),
            ..Row::default()
        };
        let control = at_end.map(|value| row(CONTROL, value));
        Results {
            layers: vec![layer],
            rows: control.into_iter().chain([row("zeros", 1.0)]).collect(),
            growth: schemes
                .iter()
                .flat_map(|(scheme, features, content)| {
                    [
                        factor(scheme, FEATURE_UNITS, *features),
                        factor(scheme, CONTENT, *content),
                    ]
                })
                .collect(),
            ..Results::default()
        }
    }

    #[test]
    fn all_grew_in_feature_units_and_one_against_content() {
        let schemes = [
            ("zeros", 1.4, 0.4),
            ("reflect", 6.0, 1.6),
            ("circular", 3.2, 0.9),
        ];
        assert_eq!(
            headline(&results(&schemes, Some(0.0))),
            "Training strengthened the position pattern under all 3 paddings, by ×1.40 to ×6.00 in feature \
             units; relative to the image content it grew under 1 of 3 and shrank under 2; without padding it \
             is exactly zero."
        );
    }

    #[test]
    fn none_grew() {
        let schemes = [("zeros", 1.0, 1.0), ("reflect", 1.0, 0.5)];
        assert_eq!(
            headline(&results(&schemes, None)),
            "Training did not clearly change the position pattern under any of 2 paddings, in feature units; \
             relative to the image content it grew under none and shrank under 1 of 2."
        );
    }

    #[test]
    fn some_shrank() {
        let schemes = [("zeros", 2.0, 1.0), ("reflect", 0.5, 1.0)];
        let sentence = headline(&results(&schemes, Some(0.25)));
        assert!(
            sentence.starts_with(
                "Training strengthened the position pattern under 1 of 2 paddings, by ×2.00 in feature units, \
                 and weakened it under 1; relative to the image content it clearly changed under none of 2"
            ),
            "{sentence}"
        );
        assert!(sentence.ends_with("without padding it is 0.250, where exactly zero is expected."));
        let all = headline(&results(
            &[("zeros", 0.5, 0.5), ("reflect", 0.8, 0.4)],
            None,
        ));
        assert!(
            all.contains("weakened the position pattern under all 2 paddings, by ×0.500 to ×0.800"),
            "{all}"
        );
        assert!(all.contains("it shrank under all 2"), "{all}");
    }

    #[test]
    fn one_scheme_is_called_by_its_name() {
        let one = |features, content| headline(&results(&[("zeros", features, content)], None));
        assert_eq!(
            one(2.0, 0.5),
            "Training strengthened the position pattern under zeros padding, by ×2.00 in feature units; \
             relative to the image content it shrank by ×0.500."
        );
        assert_eq!(
            one(1.0, 3.0),
            "Training did not clearly change the position pattern under zeros padding, in feature units; \
             relative to the image content it grew by ×3.00."
        );
    }

    #[test]
    fn several_seeds_are_told_and_their_interval_decides() {
        let mut of_seeds = results(&[("zeros", 2.0, 2.0), ("reflect", 3.0, 2.0)], None);
        let mut undecided = factor("zeros", FEATURE_UNITS, 2.0);
        undecided.p_holm = Some(0.2);
        for mut row in [undecided, factor("reflect", FEATURE_UNITS, 3.0)] {
            row.interval = Interval::Seeds;
            row.seeds = 3;
            of_seeds.growth.push(row);
        }
        let sentence = headline(&of_seeds);
        assert!(
            sentence.starts_with(
                "Over 3 seeds, training strengthened the position pattern under 1 of 2 paddings, by ×3.00"
            ),
            "{sentence}"
        );
    }

    #[test]
    fn without_growth_nothing_is_claimed() {
        assert_eq!(headline(&results(&[], Some(0.0))), UNKNOWN);
        assert_eq!(headline(&Results::default()), UNKNOWN);
    }
}
