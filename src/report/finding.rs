//! What a run found, as a sentence with every interval.

use super::text::{counted, short};
use crate::study::claims::{CONTENT, Claim, Finding};
use crate::study::growth::{GrowthRow, Verdict};
use crate::study::results::Results;

/// Whether training made the pattern grow at the last tapped layer, scheme by scheme.
///
/// Says what [`Finding`] decides: every factor with its 95% interval, what the intervals are over, the value of the
/// control without padding, and what was not measured.
pub fn finding(results: &Results) -> String {
    let Some(found) = Finding::of(results) else {
        return "The pattern (MAE-PPP) was not measured at any layer, so there is no finding."
            .to_string();
    };
    let layer = found.layer;
    if found.claims.is_empty() {
        return format!(
            "At {layer}, the last measured layer, no padded scheme was measured both before and \
             after training, so whether training makes the pattern grow is not known here."
        );
    }
    let claims: Vec<String> = found.claims.iter().map(claim).collect();
    format!(
        "At {layer}, the last measured layer, from initialisation to the end of training: {}; {} ({}).",
        claims.join("; "),
        control(&found),
        basis(&found),
    )
}

/// What one metric did under every scheme.
fn claim(claim: &Claim) -> String {
    let words = match claim.metric {
        CONTENT => "the pattern against the spread of content (nMAE)",
        _ => "the pattern in feature units (MAE-PPP)",
    };
    let list = |verdict| {
        let rows = claim.rows_with(verdict).into_iter();
        rows.map(with_interval).collect::<Vec<_>>().join(", ")
    };
    let (count, total) = (claim.rows_with(Verdict::Grew).len(), claim.rows.len());
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
        ("has no factor in", Verdict::Unknown),
    ] {
        let list = list(verdict);
        if !list.is_empty() {
            parts.push(format!("{verb} {list}"));
        }
    }
    parts.join(", ")
}

/// `zeros ×1.30 [1.20, 1.41]`.
fn with_interval(row: &GrowthRow) -> String {
    match (row.value, row.lo, row.hi) {
        (Some(value), Some(lo), Some(hi)) => {
            let scheme = &row.scheme;
            format!("{scheme} ×{} [{}, {}]", short(value), short(lo), short(hi))
        }
        _ => row.scheme.clone(),
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
    format!("{over}; claims at p < 0.05 after Holm's correction over schemes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::growth::{Change, Sample, growth};
    use crate::study::results::{Layer, Row};
    use crate::study::summary::{CONTROL, FINAL};

    /// Results of changes (scheme, seed, before, after) of `mae_ppp` at `conv5`, whose blocks of images
    /// spread by a share of `after`; the control shows `at_end`.
    fn results(changes: &[(&str, u64, f64, f64, f64)], at_end: Option<f64>) -> Results {
        let changes: Vec<Change> = changes
            .iter()
            .map(|&(scheme, seed, before, after, spread)| Change {
                scheme: scheme.into(),
                seed,
                layer: "conv5".into(),
                metric: "mae_ppp".into(),
                before: Sample {
                    value: Some(before),
                    without: vec![before; 20],
                },
                after: Sample {
                    value: Some(after),
                    without: (0..20)
                        .map(|i| after * (1.0 + spread * f64::from(i - 10)))
                        .collect(),
                },
                paired: None,
            })
            .collect();
        let row = |scheme: &str, value: f64| Row {
            scheme: scheme.to_string(),
            stage: FINAL.to_string(),
            layer: "conv5".to_string(),
            metric: "mae_ppp".to_string(),
            value: Some(value),
            ..Row::default()
        };
        let control = at_end.map(|value| row(CONTROL, value));
        Results {
            images: 500,
            layers: ["conv1", "conv5", "fc"]
                .map(|name| Layer {
                    scheme: "zeros".to_string(),
                    name: name.to_string(),
                    shape: [1, 1, 1],
                })
                .to_vec(),
            rows: control.into_iter().chain([row("zeros", 1.0)]).collect(),
            growth: growth(&changes),
            ..Results::default()
        }
    }

    #[test]
    fn growth_is_counted_and_every_factor_has_its_interval() {
        let sentence = finding(&results(
            &[
                ("zeros", 0, 1.0, 4.0, 0.0),
                ("reflect", 0, 1.0, 1.1, 0.05),
                ("randn", 0, 1.0, 0.5, 0.0),
                ("circular", 0, 0.0, 2.0, 0.0),
            ],
            Some(0.0),
        ));
        assert!(sentence.contains("grew in 1 of 4 padded schemes (zeros ×4.00 [4.00, 4.00])"));
        assert!(
            sentence.contains("shrank in randn ×0.500 [0.500, 0.500]"),
            "{sentence}"
        );
        assert!(
            sentence.contains("did not clearly change in reflect ×1.10 ["),
            "{sentence}"
        );
        assert!(
            sentence.contains("has no factor in circular; "),
            "{sentence}"
        );
        assert!(sentence.contains("the control without padding shows exactly 0"));
        assert!(sentence.contains("over 500 images; one seed"), "{sentence}");
    }

    #[test]
    fn seeds_that_disagree_do_not_make_growth_clear() {
        let sentence = finding(&results(
            &[("zeros", 0, 1.0, 1.1, 0.0), ("zeros", 1, 1.0, 3.0, 0.0)],
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
