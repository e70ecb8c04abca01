//! What a run found, in one sentence that needs no other.

use super::amounts::by_how_much;
use super::text::short;
use crate::study::claims::{CONTENT, Claim, Course, FEATURE_UNITS, Finding, SchemeChange, Verdict};
use crate::study::results::Results;

const UNKNOWN: &str = "Whether training strengthens the position pattern is not known from this run: it was \
                       not measured both before and after training.";

/// The finding for a reader who has met none of its words: how many paddings grew and by how much, once in
/// feature units and once against image content, and what is there without padding.
///
/// It counts what [`finding`](super::finding()) lists with its intervals.
pub fn headline(results: &Results) -> String {
    let Some(found) = Finding::of(results).filter(|found| !found.claims.is_empty()) else {
        return UNKNOWN.to_string();
    };
    let mut parts = Vec::new();
    if let Some(claim) = found.claim(FEATURE_UNITS) {
        let seeds = match claim.seeds() {
            0 | 1 => String::new(),
            n => format!("over {n} seeds, "),
        };
        parts.push(format!("{seeds}{}", in_feature_units(&Counts::of(claim))));
    }
    if let Some(claim) = found.claim(CONTENT) {
        parts.push(against_content(&Counts::of(claim)));
    }
    parts.extend(found.control.map(|at_end| match at_end {
        0.0 => "without padding it is exactly zero".to_string(),
        value => format!(
            "without padding it is {}, where exactly zero is expected",
            short(value)
        ),
    }));
    let sentence = parts.join("; ");
    let mut letters = sentence.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// How the schemes of one metric divide.
pub(super) struct Counts<'a> {
    /// The only scheme, where there is one.
    only: Option<&'a str>,
    total: usize,
    pub grew: Vec<Course>,
    pub shrank: Vec<Course>,
    /// Whether none shows anything, before or after.
    pub nothing: bool,
}

impl<'a> Counts<'a> {
    pub fn of(claim: &Claim<'a>) -> Counts<'a> {
        let courses = |verdict| {
            let schemes = claim.with(verdict).into_iter();
            schemes.map(|change| change.course).collect()
        };
        let nothing = |change: &SchemeChange| matches!(change.course, Course::Nothing { .. });
        Counts {
            only: match &claim.schemes[..] {
                [only] => Some(only.scheme),
                _ => None,
            },
            total: claim.schemes.len(),
            grew: courses(Verdict::Grew),
            shrank: courses(Verdict::Shrank),
            nothing: claim.schemes.iter().all(nothing),
        }
    }

    /// `under all 3 paddings`, `under 1 of 3 paddings`, `under both paddings`, `under zeros padding`; for none
    /// `under any of the 3 paddings`, `under either padding`, to stand behind a negation.
    pub fn under(&self, count: usize) -> String {
        match (self.only, count, self.total) {
            (Some(scheme), ..) => format!("under {scheme} padding"),
            (_, 0, 2) => "under either padding".to_string(),
            (_, 0, total) => format!("under any of the {total} paddings"),
            (_, 2, 2) => "under both paddings".to_string(),
            (_, count, total) if count == total => format!("under all {total} paddings"),
            (_, count, total) => format!("under {count} of {total} paddings"),
        }
    }

    /// The same where paddings have just been named.
    fn under_these(&self, count: usize) -> String {
        let under = self.under(count);
        let bare = under
            .strip_suffix(" paddings")
            .or(under.strip_suffix(" padding"));
        bare.unwrap_or(&under).to_string()
    }
}

/// What training did to the pattern in feature units.
fn in_feature_units(counts: &Counts) -> String {
    let [up, down] = [&counts.grew, &counts.shrank].map(Vec::len);
    let pattern = |verb: &str, courses: &[Course]| {
        let under = counts.under(courses.len());
        let by = by_how_much(courses, " in feature units");
        format!("training {verb} the position pattern {under}{by}")
    };
    match (up, down) {
        (0, 0) if counts.nothing => format!(
            "no position pattern is measurable {}, neither before training nor after",
            counts.under(0)
        ),
        (0, 0) => format!(
            "in feature units, training did not clearly change the position pattern {}",
            counts.under(0)
        ),
        (0, _) => pattern("weakened", &counts.shrank),
        (_, 0) => pattern("strengthened", &counts.grew),
        (_, down) => {
            let strengthened = pattern("strengthened", &counts.grew);
            format!("{strengthened}, and weakened it under {down}")
        }
    }
}

/// The same against image content, whose spread training changes too.
fn against_content(counts: &Counts) -> String {
    let [up, down] = [&counts.grew, &counts.shrank].map(Vec::len);
    let only = |verb: &str, courses: &[Course]| format!("it {verb}{}", by_how_much(courses, ""));
    let did = match (up, down) {
        (0, 0) if counts.nothing => "there is none either".to_string(),
        (0, 0) if counts.only.is_some() => "it did not clearly change".to_string(),
        (0, 0) => format!("it did not clearly change {}", counts.under_these(0)),
        (_, 0) if counts.only.is_some() => only("grew", &counts.grew),
        (0, _) if counts.only.is_some() => only("shrank", &counts.shrank),
        (0, n) => format!("it shrank {}", counts.under_these(n)),
        (n, 0) => format!("it grew {}", counts.under_these(n)),
        (n, m) => format!("it grew {} and shrank under {m}", counts.under_these(n)),
    };
    format!("relative to the image content, {did}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;
    use crate::study::growth::{Comparison, GrowthRow};
    use crate::study::results::Row;
    use crate::study::summary::{CONTROL, FINAL};

    /// A factor that is significant, unless it is 1, and the difference that decides it.
    fn factor(scheme: &str, metric: &str, value: f64) -> [GrowthRow; 2] {
        let factor = GrowthRow {
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
        };
        let difference = GrowthRow {
            comparison: Comparison::Difference,
            value: Some(value - 1.0),
            ..factor.clone()
        };
        [factor, difference]
    }

    /// Replaces what is measured of a scheme: its strength before and after, with the interval's lower end.
    fn replace(results: &mut Results, scheme: &str, ends: [[f64; 2]; 2]) {
        for row in &mut results.growth {
            if row.scheme == scheme && row.comparison == Comparison::Factor {
                row.value = None;
            }
        }
        for (stage, [value, lo]) in ["init", FINAL].into_iter().zip(ends) {
            for metric in [FEATURE_UNITS, CONTENT] {
                results.rows.push(Row {
                    scheme: scheme.into(),
                    stage: stage.into(),
                    layer: "conv5".into(),
                    metric: metric.into(),
                    value: Some(value),
                    lo: Some(lo),
                    hi: Some(2.0 * value),
                    ..Row::default()
                });
            }
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
            rows: control.into_iter().chain([row("other", 1.0)]).collect(),
            growth: schemes
                .iter()
                .flat_map(|(scheme, features, content)| {
                    let features = factor(scheme, FEATURE_UNITS, *features);
                    features
                        .into_iter()
                        .chain(factor(scheme, CONTENT, *content))
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
             units; relative to the image content, it grew under 1 of 3 and shrank under 2; without padding it \
             is exactly zero."
        );
    }

    #[test]
    fn none_grew() {
        let schemes = [("zeros", 1.0, 1.0), ("reflect", 1.0, 0.5)];
        assert_eq!(
            headline(&results(&schemes, None)),
            "In feature units, training did not clearly change the position pattern under either padding; \
             relative to the image content, it shrank under 1 of 2."
        );
    }

    #[test]
    fn some_shrank() {
        let schemes = [("zeros", 2.0, 1.0), ("reflect", 0.5, 1.0)];
        let sentence = headline(&results(&schemes, Some(0.25)));
        assert!(
            sentence.starts_with(
                "Training strengthened the position pattern under 1 of 2 paddings, by ×2.00 in feature units, \
                 and weakened it under 1; relative to the image content, it did not clearly change under either"
            ),
            "{sentence}"
        );
        assert!(sentence.ends_with("without padding it is 0.250, where exactly zero is expected."));
        let all = headline(&results(
            &[("zeros", 0.5, 0.5), ("reflect", 0.8, 0.4)],
            None,
        ));
        assert!(
            all.contains("weakened the position pattern under both paddings, by ×0.500 to ×0.800"),
            "{all}"
        );
        assert!(all.contains("it shrank under both"), "{all}");
    }

    #[test]
    fn one_scheme_is_called_by_its_name() {
        let one = |features, content| headline(&results(&[("zeros", features, content)], None));
        assert_eq!(
            one(2.0, 0.5),
            "Training strengthened the position pattern under zeros padding, by ×2.00 in feature units; \
             relative to the image content, it shrank, by ×0.500."
        );
        assert_eq!(
            one(1.0, 3.0),
            "In feature units, training did not clearly change the position pattern under zeros padding; \
             relative to the image content, it grew, by ×3.00."
        );
    }

    #[test]
    fn several_seeds_are_named_and_their_interval_decides() {
        let mut of_seeds = results(&[("zeros", 2.0, 2.0), ("reflect", 3.0, 2.0)], None);
        let mut undecided = factor("zeros", FEATURE_UNITS, 2.0);
        for row in &mut undecided {
            row.p_holm = Some(0.2);
        }
        let decided = factor("reflect", FEATURE_UNITS, 3.0);
        for mut row in undecided.into_iter().chain(decided) {
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
    fn what_chance_could_give_makes_no_factor() {
        let schemes = [
            ("zeros", 1.4, 1.2),
            ("reflect", 6.0, 1.6),
            ("circular", 3.0, 1.3),
        ];
        let mut some = results(&schemes, None);
        replace(&mut some, "reflect", [[0.01, 0.0], [0.3, 0.2]]);
        assert_eq!(
            headline(&some),
            "Training strengthened the position pattern under all 3 paddings, by ×1.40 to ×3.00 in feature units, \
             from nothing measurable (below 0.0200) to 0.300 in feature units under 1 of them; relative to the image \
             content, it grew under all 3."
        );
        for scheme in ["zeros", "circular"] {
            replace(&mut some, scheme, [[0.02, 0.0], [0.5, 0.4]]);
        }
        let sentence = headline(&some);
        assert!(
            sentence.contains(
                "all 3 paddings, from nothing measurable (below 0.0400) to between 0.300 and 0.500 in feature units;"
            ),
            "{sentence}"
        );
    }

    #[test]
    fn no_pattern_at_all_is_called_so() {
        let mut one = results(&[("zeros", 2.0, 2.0)], Some(0.0));
        replace(&mut one, "zeros", [[0.01, 0.0], [0.02, 0.0]]);
        assert_eq!(
            headline(&one),
            "No position pattern is measurable under zeros padding, neither before training nor after; relative to \
             the image content, there is none either; without padding it is exactly zero."
        );
        let mut two = results(&[("zeros", 0.5, 0.5)], None);
        replace(&mut two, "zeros", [[0.2, 0.1], [0.02, 0.0]]);
        assert!(
            headline(&two).contains(
                "zeros padding, from 0.200 in feature units to nothing measurable (below"
            )
        );
    }

    #[test]
    fn without_growth_nothing_is_claimed() {
        assert_eq!(headline(&results(&[], Some(0.0))), UNKNOWN);
        assert_eq!(headline(&Results::default()), UNKNOWN);
    }

    #[test]
    fn every_count_of_schemes_makes_a_sentence() {
        let claim = |count: usize, total: usize| {
            let paddings = ["zeros", "reflect", "circular"].iter().take(total);
            let value = |i| if i < count { 2.0 } else { 1.0 };
            let rows: Vec<_> = paddings
                .enumerate()
                .map(|(i, scheme)| (*scheme, value(i), value(i)))
                .collect();
            headline(&results(&rows, None))
        };
        for (count, total, features, content) in [
            (1, 1, "under zeros padding", "it grew, by ×2.00"),
            (2, 2, "under both paddings", "it grew under both"),
            (3, 3, "under all 3 paddings", "it grew under all 3"),
            (2, 3, "under 2 of 3 paddings", "it grew under 2 of 3"),
            (
                0,
                3,
                "under any of the 3 paddings",
                "clearly change under any of the 3",
            ),
        ] {
            let sentence = claim(count, total);
            assert!(sentence.contains(features), "{sentence}");
            assert!(sentence.contains(content), "{sentence}");
        }
    }
}
