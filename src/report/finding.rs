//! What a run found, as one sentence made from its numbers.

use super::number::{counted, short};
use super::results::Results;
use super::summary::{CONTROL, Estimate, FINAL, INIT, Summary};

const METRIC: &str = "mae_ppp";
/// The same in units of the content's spread, which training changes too.
const RELATIVE: &str = "nmae";

/// How the pattern of one scheme changed from initialisation to the end of training.
struct Change<'a> {
    scheme: &'a str,
    init: Estimate,
    last: Estimate,
}

/// One sentence on whether training made the pattern grow at the last tapped layer.
///
/// A scheme's pattern *grew* if the 95% interval of `mae_ppp` at `final` lies above that at `init`,
/// *shrank* if below, and is undecided otherwise. The sentence gives the counts, the range of the
/// growth factors final / init over all padded schemes, and the value of the control without
/// padding, and counts the schemes that grew against the content's spread. What was not measured is
/// named, not guessed.
pub fn finding(results: &Results) -> String {
    let summary = Summary::new(results);
    let Some(layer) = summary.last_layer() else {
        return "The pattern (MAE-PPP) was not measured at any layer, so there is no finding."
            .to_string();
    };
    let changes = changes(&summary, layer, METRIC);
    if changes.is_empty() {
        return format!(
            "At {layer}, the last measured layer, no padded scheme was measured both before and \
             after training, so whether training makes the pattern grow is not known here."
        );
    }
    format!(
        "At {layer}, the last measured layer, {}{}{}; {}{}.",
        outcomes(&changes),
        factors(&changes),
        relative(&summary, layer),
        control(&summary, layer),
        basis(results, &summary, &changes),
    )
}

fn changes<'a>(summary: &Summary<'a>, layer: &str, metric: &str) -> Vec<Change<'a>> {
    let schemes = summary.padded_schemes().into_iter();
    schemes
        .filter_map(|scheme| {
            Some(Change {
                scheme,
                init: summary.estimate(scheme, INIT, layer, metric)?,
                last: summary.estimate(scheme, FINAL, layer, metric)?,
            })
        })
        .collect()
}

/// The clause that counts the schemes that grew, shrank and did neither, and names the exceptions.
fn outcomes(changes: &[Change]) -> String {
    let total = changes.len();
    let names = |verdict: fn(&Change) -> bool| -> Vec<&str> {
        let chosen = changes.iter().filter(|change| verdict(change));
        chosen.map(|change| change.scheme).collect()
    };
    let grew = names(|c| c.last.is_clearly_above(&c.init) == Some(true));
    let shrank = names(|c| c.init.is_clearly_above(&c.last) == Some(true));
    let unmeasured = names(|c| c.last.is_clearly_above(&c.init).is_none());

    let mut clause = if grew.is_empty() {
        format!(
            "training did not make the pattern (MAE-PPP) clearly grow in any of the {total} padded schemes"
        )
    } else {
        format!(
            "the pattern (MAE-PPP) is clearly stronger after training than before in {} of {total} padded schemes",
            grew.len()
        )
    };
    clause.push_str(" (95% intervals apart)");
    let undecided: Vec<&str> = changes
        .iter()
        .map(|change| change.scheme)
        .filter(|s| !grew.contains(s) && !shrank.contains(s) && !unmeasured.contains(s))
        .collect();
    for (list, verb) in [
        (shrank, "clearly weaker in"),
        (undecided, "not clearly different in"),
        (unmeasured, "without an interval in"),
    ] {
        if !list.is_empty() {
            clause.push_str(&format!(", {verb} {}", list.join(", ")));
        }
    }
    clause
}

/// The clause on the pattern against the spread of image content; empty where that was not measured.
///
/// Training changes the size of features as well, so growth in feature units alone could mislead.
fn relative(summary: &Summary, layer: &str) -> String {
    let changes = changes(summary, layer, RELATIVE);
    if changes.is_empty() {
        return String::new();
    }
    let grew = changes
        .iter()
        .filter(|c| c.last.is_clearly_above(&c.init) == Some(true));
    format!(
        "; measured against the spread of image content (nMAE) it is clearly stronger in {} of {}",
        grew.count(),
        changes.len()
    )
}

/// The clause with the range of final / init; empty if no scheme starts above zero.
fn factors(changes: &[Change]) -> String {
    let mut factors: Vec<f64> = changes
        .iter()
        .filter(|change| change.init.value > 0.0)
        .map(|change| change.last.value / change.init.value)
        .collect();
    factors.sort_by(f64::total_cmp);
    match factors.as_slice() {
        [] => String::new(),
        [only] => format!(", by a factor of {}", short(*only)),
        [least, .., most] => format!(
            ", with factors from {} to {} over {}",
            short(*least),
            short(*most),
            counted(factors.len(), "scheme")
        ),
    }
}

fn control(summary: &Summary, layer: &str) -> String {
    let at_end = summary.estimate(CONTROL, FINAL, layer, METRIC);
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

fn basis(results: &Results, summary: &Summary, changes: &[Change]) -> String {
    let images = counted(results.images, "image");
    let (fewest, most) = changes
        .iter()
        .flat_map(|change| [change.init.seeds, change.last.seeds])
        .fold((usize::MAX, 0), |(lo, hi), n| (lo.min(n), hi.max(n)));
    let missing = summary.padded_schemes().len() - changes.len();
    let left_out = match missing {
        0 => String::new(),
        n => format!("; {} without both stages left out", counted(n, "scheme")),
    };
    let seeds = match (fewest, most) {
        (1, 1) => "one seed".to_string(),
        (a, b) if a == b => format!("means over {a} seeds"),
        (a, b) => format!("means over {a} to {b} seeds"),
    };
    format!(" ({seeds}, {images}{left_out})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::results::{Layer, Row};

    /// Results with rows (scheme, seed, stage, value, half width) at the layer `conv5`.
    fn results(rows: &[(&str, u64, &str, f64, f64)]) -> Results {
        let rows: Vec<Row> = rows
            .iter()
            .map(|&(scheme, seed, stage, value, half)| Row {
                scheme: scheme.to_string(),
                seed,
                stage: stage.to_string(),
                epoch: usize::from(stage == FINAL),
                layer: "conv5".to_string(),
                metric: METRIC.to_string(),
                value: Some(value),
                lo: half.is_finite().then_some(value - half),
                hi: half.is_finite().then_some(value + half),
                ..Row::default()
            })
            .collect();
        Results {
            images: 500,
            layers: ["conv1", "conv5", "fc"]
                .map(|name| Layer {
                    scheme: "zeros".to_string(),
                    name: name.to_string(),
                    shape: [1, 1, 1],
                })
                .to_vec(),
            rows,
            ..Results::default()
        }
    }

    #[test]
    fn growth_is_counted_and_the_exceptions_are_named() {
        let sentence = finding(&results(&[
            ("zeros", 0, INIT, 1.0, 0.1),
            ("zeros", 0, FINAL, 4.0, 0.1),
            ("reflect", 0, INIT, 1.0, 0.3),
            ("reflect", 0, FINAL, 1.5, 0.3),
            ("randn", 0, INIT, 1.0, 0.1),
            ("randn", 0, FINAL, 0.5, 0.1),
            ("circular", 0, INIT, 1.0, f64::NAN),
            ("circular", 0, FINAL, 2.0, f64::NAN),
            ("valid", 0, FINAL, 0.0, 0.0),
        ]));
        assert_eq!(
            sentence,
            "At conv5, the last measured layer, the pattern (MAE-PPP) is clearly stronger after \
             training than before in 1 of 4 padded schemes (95% intervals apart), clearly weaker \
             in randn, not clearly different in reflect, without an interval in circular, with \
             factors from 0.500 to 4.00 over 4 schemes; the control without padding shows exactly \
             0 (one seed, 500 images)."
        );
    }

    #[test]
    fn no_growth_is_said_plainly_and_a_control_that_is_not_zero_is_shown() {
        let sentence = finding(&results(&[
            ("zeros", 0, INIT, 2.0, 0.1),
            ("zeros", 0, FINAL, 2.1, 0.1),
            ("valid", 0, FINAL, 0.25, 0.1),
        ]));
        assert!(sentence.contains("did not make the pattern (MAE-PPP) clearly grow in any"));
        assert!(sentence.contains("shows 0.250, where exactly 0 is expected"));
        assert!(!sentence.contains("stronger"), "{sentence}");
    }

    #[test]
    fn seeds_that_disagree_do_not_make_growth_clear() {
        let sentence = finding(&results(&[
            ("zeros", 0, INIT, 1.0, 0.01),
            ("zeros", 1, INIT, 1.0, 0.01),
            ("zeros", 0, FINAL, 1.1, 0.01),
            ("zeros", 1, FINAL, 3.0, 0.01),
        ]));
        assert!(sentence.contains("did not make"), "{sentence}");
        assert!(sentence.contains("means over 2 seeds"), "{sentence}");
        assert!(sentence.contains("a control without padding was not measured"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let only_init = finding(&results(&[("zeros", 0, INIT, 1.0, 0.1)]));
        assert!(only_init.contains("is not known here"), "{only_init}");
        assert!(finding(&results(&[])).contains("no finding"));
        let one_without = finding(&results(&[
            ("zeros", 0, INIT, 0.0, 0.0),
            ("zeros", 0, FINAL, 1.0, 0.1),
            ("reflect", 0, FINAL, 1.0, 0.1),
        ]));
        assert!(one_without.contains("1 scheme without both stages left out"));
        assert!(
            !one_without.contains("factor"),
            "a growth from 0 has no factor"
        );
    }
}
