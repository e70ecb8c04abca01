//! What a run found, as sentences made from its numbers.

use super::number::{counted, short};
use crate::statistics::Interval;
use crate::study::growth::GrowthRow;
use crate::study::results::Results;
use crate::study::summary::{CONTROL, FINAL, Summary};

/// The metrics of the claims: the pattern in feature units, and against the spread of image content, which
/// training changes too. Growth is claimed for each by itself.
const CLAIMS: [(&str, &str); 2] = [
    (FEATURE_UNITS, "the pattern in feature units (MAE-PPP)"),
    (CONTENT, "the pattern against the spread of content (nMAE)"),
];
/// The metric of the pattern in the unit of the layer's own output.
pub const FEATURE_UNITS: &str = "mae_ppp";
/// The metric of the pattern against the spread of image content.
pub const CONTENT: &str = "nmae";

/// Whether training made the pattern grow at the last tapped layer, scheme by scheme.
///
/// A scheme's pattern *grew* if its change from its own initial point has a p value below 0.05 after Holm's
/// correction over the padded schemes, and goes upwards; *shrank* likewise. The interval is over seeds where
/// there are two or more, and over images otherwise, and the text says which. Every factor stands with its
/// 95% interval. The value of the control without padding is told, and what was not measured is named.
pub fn finding(results: &Results) -> String {
    let summary = Summary::new(results);
    let Some(layer) = summary.last_layer() else {
        return "The pattern (MAE-PPP) was not measured at any layer, so there is no finding."
            .to_string();
    };
    let claims: Vec<String> = CLAIMS
        .iter()
        .filter_map(|(metric, words)| {
            let rows = shown_growth(results, layer, metric);
            (!rows.is_empty()).then(|| claim(words, &rows))
        })
        .collect();
    if claims.is_empty() {
        return format!(
            "At {layer}, the last measured layer, no padded scheme was measured both before and \
             after training, so whether training makes the pattern grow is not known here."
        );
    }
    format!(
        "At {layer}, the last measured layer, from initialisation to the end of training: {}; {} \
         ({}).",
        claims.join("; "),
        control(&summary, layer),
        basis(results),
    )
}

/// What the intervals of growth that are told are over: seeds, if any scheme has two.
pub fn shown_interval(results: &Results) -> Interval {
    let mut rows = results.growth.iter();
    match rows.any(|row| row.interval == Interval::Seeds) {
        true => Interval::Seeds,
        false => Interval::Images,
    }
}

/// The growth of a metric at a layer that is told, one row per scheme.
pub fn shown_growth<'a>(results: &'a Results, layer: &str, metric: &str) -> Vec<&'a GrowthRow> {
    let interval = shown_interval(results);
    let here = |r: &&GrowthRow| r.layer == layer && r.metric == metric && r.interval == interval;
    results.growth.iter().filter(here).collect()
}

/// What one metric did under every scheme.
fn claim(words: &str, rows: &[&GrowthRow]) -> String {
    let told = |verdict: &dyn Fn(&GrowthRow) -> bool| -> Vec<String> {
        let chosen = rows.iter().filter(|row| verdict(row));
        chosen.map(|row| with_interval(row)).collect()
    };
    let grew = told(&GrowthRow::grew);
    let count = match grew.len() {
        0 => format!(
            "{words} grew in none of {}",
            counted(rows.len(), "padded scheme")
        ),
        n => format!(
            "{words} grew in {n} of {}",
            counted(rows.len(), "padded scheme")
        ),
    };
    let shrank = told(&GrowthRow::shrank);
    let measured = |row: &GrowthRow| row.p_holm.is_some();
    let undecided = told(&|row| measured(row) && !row.grew() && !row.shrank());
    let unknown = told(&|row| !measured(row));
    let mut parts = vec![count];
    for (verb, list) in [
        ("by", grew),
        ("shrank in", shrank),
        ("not clearly changed in", undecided),
        ("without a factor in", unknown),
    ] {
        if !list.is_empty() {
            parts.push(format!("{verb} {}", list.join(", ")));
        }
    }
    parts.join(", ").replace(", by ", " – ")
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

fn control(summary: &Summary, layer: &str) -> String {
    let at_end = summary.estimate(CONTROL, FINAL, layer, FEATURE_UNITS);
    match at_end {
        None => "a control without padding was not measured".to_string(),
        Some(at_end) if at_end.value == 0.0 => {
            "the control without padding shows exactly 0".to_string()
        }
        Some(at_end) => format!(
            "the control without padding shows {}, where exactly 0 is expected",
            short(at_end.value)
        ),
    }
}

/// What the intervals are over and how claims are corrected.
fn basis(results: &Results) -> String {
    let interval = shown_interval(results);
    let images = counted(results.images, "image");
    let of_kind = results.growth.iter().filter(|r| r.interval == interval);
    let (fewest, most) = of_kind.fold((usize::MAX, 0), |(lo, hi), row| {
        (lo.min(row.seeds), hi.max(row.seeds))
    });
    let seeds = match (interval, fewest == most) {
        (Interval::Seeds, true) => format!("95% intervals over {fewest} seeds, {images}"),
        (Interval::Seeds, false) => {
            format!("95% intervals over {fewest} to {most} seeds, {images}")
        }
        _ => format!(
            "95% intervals over {images}; one seed, so what other networks would show is not known"
        ),
    };
    format!("{seeds}; claims at p < 0.05 after Holm's correction over schemes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::growth::{Change, Sample, growth};
    use crate::study::results::{Layer, Row};

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
        assert!(sentence.contains("grew in 1 of 4 padded schemes – zeros ×4.00 [4.00, 4.00]"));
        assert!(
            sentence.contains("shrank in randn ×0.500 [0.500, 0.500]"),
            "{sentence}"
        );
        assert!(
            sentence.contains("not clearly changed in reflect ×1.10 ["),
            "{sentence}"
        );
        assert!(
            sentence.contains("without a factor in circular; "),
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
            sentence.contains("grew in none of 1 padded scheme,"),
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
