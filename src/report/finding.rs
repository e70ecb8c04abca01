//! What a run found, as a sentence with every interval.

use super::text::{interval, short};
use crate::study::claims::{CONTENT, Claim, Course, Finding, SchemeChange, Verdict};
use crate::study::majority::ended_at_majority;
use crate::study::results::{Diverged, Results};
use crate::study::summary::Estimate;
use crate::words::counted;

/// Whether training made the pattern grow at the last tapped layer, scheme by scheme.
///
/// Says what [`Finding`] decides: every factor with its 95% interval, what the intervals are over, the value of the
/// control without padding, which layers show no pattern, and what was not measured.
pub fn finding(results: &Results) -> String {
    growth(results) + &at_majority(results) + &diverged(results)
}

/// Networks whose pattern is one of weights that have learned nothing.
fn at_majority(results: &Results) -> String {
    match ended_at_majority(results).as_slice() {
        [] => String::new(),
        some => format!(
            " Ended at the majority class, no better than by always naming the most frequent one: {}.",
            some.join("; ")
        ),
    }
}

/// Which networks are left out, as their training diverged.
fn diverged(results: &Results) -> String {
    if results.diverged.is_empty() {
        return String::new();
    }
    let one = |d: &Diverged| format!("{}, seed {}, in {}", d.scheme, d.seed, d.what);
    let all: Vec<String> = results.diverged.iter().map(one).collect();
    format!(
        " Left out, as their values stopped being finite: {}.",
        all.join("; ")
    )
}

fn growth(results: &Results) -> String {
    let Some(found) = Finding::of(results) else {
        return "The pattern (RMS-PPP) was not measured at any layer, so there is no finding."
            .to_string();
    };
    let layer = found.layer;
    let without = without_pattern(&found);
    if found.claims.is_empty() {
        return format!(
            "At {layer}, the last measured layer, no padded scheme was measured both before and \
             after training, so whether training makes the pattern grow is not known here.{without}"
        );
    }
    let claims: Vec<String> = found.claims.iter().map(claim).collect();
    format!(
        "At {layer}, the last measured layer, from initialisation to the end of training: {}; {} ({}).{without}",
        claims.join("; "),
        control(&found),
        basis(&found),
    )
}

/// What one metric did under every scheme.
fn claim(claim: &Claim) -> String {
    let words = match claim.metric {
        CONTENT => "the pattern against the spread of content (nRMS)",
        _ => "the pattern in feature units (RMS-PPP)",
    };
    let list = |verdict| {
        let schemes = claim.with(verdict).into_iter();
        schemes.map(in_numbers).collect::<Vec<_>>().join(", ")
    };
    let (count, total) = (claim.with(Verdict::Grew).len(), claim.schemes.len());
    let schemes = match (count, total) {
        (0, 1) => "did not grow in the only padded scheme".to_string(),
        (0, 2) => "grew in neither padded scheme".to_string(),
        (0, _) => format!("grew in none of the {total} padded schemes"),
        (1, 1) => "grew in the only padded scheme".to_string(),
        (2, 2) => "grew in both padded schemes".to_string(),
        _ if count == total => format!("grew in all {total} padded schemes"),
        _ => format!("grew in {count} of {total} padded schemes"),
    };
    let mut parts = vec![match list(Verdict::Grew) {
        grew if grew.is_empty() => format!("{words} {schemes}"),
        grew => format!("{words} {schemes} ({grew})"),
    }];
    for (verb, verdict) in [
        ("shrank in", Verdict::Shrank),
        ("did not clearly change in", Verdict::Unclear),
        ("could not be compared in", Verdict::Unknown),
    ] {
        let list = list(verdict);
        if !list.is_empty() {
            parts.push(format!("{verb} {list}"));
        }
    }
    parts.join(", ")
}

/// `zeros ×1.30 [1.20, 1.41]`, `reflect from nothing measurable (below 0.0100) to 0.0500 [0.0400, 0.0600]`.
fn in_numbers(change: &SchemeChange) -> String {
    let scheme = change.scheme;
    let full = |estimate: &Estimate| match interval(estimate) {
        Some(interval) => format!("{} {interval}", short(estimate.value)),
        None => short(estimate.value),
    };
    match &change.course {
        Course::Factor(factor) => format!("{scheme} ×{}", full(factor)),
        Course::FromNothing { below, to } => {
            let below = short(*below);
            format!(
                "{scheme} from nothing measurable (below {below}) to {}",
                full(to)
            )
        }
        Course::ToNothing { from, below } => {
            let below = short(*below);
            format!(
                "{scheme} from {} to nothing measurable (below {below})",
                full(from)
            )
        }
        Course::Nothing { below } => {
            let [before, after] = below.map(short);
            format!(
                "{scheme} with nothing measurable before (below {before}) or after (below {after})"
            )
        }
        Course::Difference(change) => format!("{scheme} by {}", full(change)),
        Course::Unknown => scheme.to_string(),
    }
}

fn control(found: &Finding) -> String {
    match found.control {
        None => "a control without padding was not measured".to_string(),
        Some(0.0) => "the control without padding shows exactly 0".to_string(),
        Some(value) => format!(
            "the control without padding shows {}, where exactly 0 is expected",
            short(value)
        ),
    }
}

/// What the intervals are over and how claims are corrected.
fn basis(found: &Finding) -> String {
    let images = counted(found.images, "image");
    let over = match found.over_seeds {
        Some([fewest, most]) if fewest == most => {
            format!("95% intervals over {fewest} seeds, {images}")
        }
        Some([fewest, most]) => format!("95% intervals over {fewest} to {most} seeds, {images}"),
        None => format!(
            "95% intervals over {images}; one seed, so what other networks would show is not known"
        ),
    };
    format!(
        "{over}; claims by the difference on the same images, at p < 0.05 after Holm's correction over schemes"
    )
}

/// Which layers show no pattern after training.
fn without_pattern(found: &Finding) -> String {
    if found.without_pattern.is_empty() {
        return String::new();
    }
    let layers = found.without_pattern.iter();
    let layers: Vec<String> = layers
        .map(|(layer, schemes)| format!("{layer} ({})", schemes.join(", ")))
        .collect();
    format!(
        " After training no pattern is measurable at {}.",
        layers.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;
    use crate::study::growth::{Comparison, GrowthRow};
    use crate::study::results::{Layer, Row};
    use crate::study::summary::{CONTROL, FINAL, INIT};

    /// What [`results`] are made of: a scheme's strength before and after with their intervals, the corrected p value
    /// of the difference, and the number of seeds.
    type Scheme<'a> = (&'a str, [f64; 3], [f64; 3], f64, usize);

    fn row(scheme: &str, stage: &str, metric: &str, [value, lo, hi]: [f64; 3]) -> Row {
        Row {
            scheme: scheme.to_string(),
            stage: stage.to_string(),
            layer: "conv5".to_string(),
            metric: metric.to_string(),
            value: Some(value),
            lo: Some(lo),
            hi: Some(hi),
            ..Row::default()
        }
    }

    /// Results of RMS-PPP at `conv5`; the control shows `at_end`.
    fn results(schemes: &[Scheme], at_end: Option<f64>) -> Results {
        let mut results = Results {
            images: 500,
            layers: ["conv1", "conv5", "fc"]
                .map(|name| Layer {
                    scheme: "zeros".to_string(),
                    name: name.to_string(),
                    shape: [1, 1, 1],
                })
                .to_vec(),
            rows: at_end
                .map(|v| row(CONTROL, FINAL, "rms_ppp", [v; 3]))
                .into_iter()
                .collect(),
            ..Results::default()
        };
        if schemes.is_empty() {
            results.rows.push(row("zeros", FINAL, "rms_ppp", [1.0; 3]));
        }
        for &(scheme, before, after, p, seeds) in schemes {
            let ends = [(INIT, before), (FINAL, after)];
            let rows = ends.map(|(stage, strength)| row(scheme, stage, "rms_ppp", strength));
            results.rows.extend(rows);
            let difference = after[0] - before[0];
            let factor = (before[1] > 0.0 && after[1] > 0.0).then_some(after[0] / before[0]);
            for (comparison, value) in [
                (Comparison::Difference, Some(difference)),
                (Comparison::Factor, factor),
            ] {
                results.growth.push(GrowthRow {
                    scheme: scheme.into(),
                    layer: "conv5".into(),
                    metric: "rms_ppp".into(),
                    from: INIT.into(),
                    to: FINAL.into(),
                    comparison,
                    value,
                    lo: value.map(|v| v - 0.05),
                    hi: value.map(|v| v + 0.05),
                    interval: if seeds > 1 {
                        Interval::Seeds
                    } else {
                        Interval::Images
                    },
                    seeds,
                    p: Some(p),
                    p_holm: Some(p),
                });
            }
        }
        results
    }

    const NOTHING: [f64; 3] = [0.01, 0.0, 0.02];

    #[test]
    fn growth_is_counted_and_every_factor_has_its_interval() {
        let sentence = finding(&results(
            &[
                ("zeros", [1.0, 0.9, 1.1], [4.0, 3.9, 4.1], 0.001, 1),
                ("reflect", [1.0, 0.9, 1.1], [1.1, 1.0, 1.2], 0.3, 1),
                ("randn", [1.0, 0.9, 1.1], [0.5, 0.4, 0.6], 0.001, 1),
            ],
            Some(0.0),
        ));
        for part in [
            "the pattern in feature units (RMS-PPP) grew in 1 of 3 padded schemes (zeros ×4.00 [3.95, 4.05]), ",
            "shrank in randn ×0.500 [0.450, 0.550]",
            "did not clearly change in reflect ×1.10 [1.05, 1.15]; ",
            "the control without padding shows exactly 0",
            "over 500 images; one seed",
        ] {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
    }

    #[test]
    fn no_factor_is_made_with_what_chance_could_give() {
        let sentence = finding(&results(
            &[
                ("zeros", NOTHING, [0.5, 0.4, 0.6], 0.001, 1),
                ("reflect", [0.5, 0.4, 0.6], NOTHING, 0.001, 1),
                // A difference that is claimed of two strengths that chance could give is no growth.
                ("circular", NOTHING, [0.015, 0.0, 0.03], 0.001, 1),
            ],
            None,
        ));
        for part in [
            "grew in 1 of 3 padded schemes (zeros from nothing measurable (below 0.0200) to 0.500 [0.400, 0.600])",
            "shrank in reflect from 0.500 [0.400, 0.600] to nothing measurable (below 0.0200)",
            "did not clearly change in circular with nothing measurable before (below 0.0200) or after (below 0.0300)",
        ] {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
        assert!(!sentence.contains('×'), "{sentence}");
    }

    #[test]
    fn networks_that_disagree_on_what_is_measurable_have_a_difference() {
        let mut two = results(&[("zeros", NOTHING, [0.5, 0.4, 0.6], 0.001, 2)], None);
        let second = |stage, strength| Row {
            seed: 1,
            ..row("zeros", stage, "rms_ppp", strength)
        };
        two.rows.push(second(INIT, [0.1, 0.05, 0.15]));
        two.rows.push(second(FINAL, [0.5, 0.4, 0.6]));
        let sentence = finding(&two);
        assert!(
            sentence.contains("grew in the only padded scheme (zeros by 0.490 [0.440, 0.540])"),
            "{sentence}"
        );
    }

    #[test]
    fn layers_without_a_pattern_are_named() {
        let mut results = results(&[("zeros", NOTHING, [0.5, 0.4, 0.6], 0.001, 1)], None);
        for (layer, p) in [("conv1", 0.04), ("conv5", 0.0005)] {
            let of_layer = row("zeros", FINAL, "pattern_p", [p; 3]);
            results.rows.push(Row {
                layer: layer.into(),
                ..of_layer
            });
        }
        assert!(!finding(&results).contains("no pattern is measurable"));
        // 0.06 is above 0.05, whatever it is corrected for.
        for row in results.rows.iter_mut().filter(|r| r.layer == "conv1") {
            row.value = Some(0.06);
        }
        let sentence = finding(&results);
        assert!(
            sentence.ends_with(" After training no pattern is measurable at conv1 (zeros)."),
            "{sentence}"
        );
    }

    #[test]
    fn a_pattern_in_each_of_many_networks_is_measurable() {
        let mut results = results(&[("zeros", NOTHING, [0.5, 0.4, 0.6], 0.001, 1)], None);
        let found = row("zeros", FINAL, "pattern_p", [0.001; 3]);
        let of_networks = (0..200).map(|seed| Row {
            seed,
            ..found.clone()
        });
        results.rows.extend(of_networks);
        assert!(!finding(&results).contains("no pattern is measurable"));
    }

    #[test]
    fn seeds_that_disagree_do_not_make_growth_clear() {
        let sentence = finding(&results(
            &[("zeros", [1.0, 0.9, 1.1], [2.0, 1.9, 2.1], 0.2, 2)],
            Some(0.25),
        ));
        assert!(
            sentence.contains("did not grow in the only padded scheme, did not clearly change"),
            "{sentence}"
        );
        assert!(sentence.contains("over 2 seeds"), "{sentence}");
        assert!(sentence.contains("shows 0.250, where exactly 0 is expected"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let only_init = finding(&results(&[], None));
        assert!(only_init.contains("is not known here"), "{only_init}");
        assert!(finding(&Results::default()).contains("no finding"));
    }
}
