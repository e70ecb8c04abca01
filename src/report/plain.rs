//! What a run found in one plain sentence, for a reader who has met none of its words, and what must be said before.

use super::amounts::by_how_much;
use super::headline::Counts;
use super::learned;
use super::swap;
use super::text::short;
use crate::study::claims::{CONTENT, FEATURE_UNITS, Finding, Verdict};
use crate::study::majority::ended_at_majority;
use crate::study::posenet::{IMAGE, target_and_tap};
use crate::study::reliability::measures::Measure;
use crate::study::results::{Results, Row, RunKind};
use crate::study::schema::CROP_DISAGREEMENT;
use crate::study::summary::{FINAL, Summary, highest};
use crate::words::{are, counted};

const UNKNOWN: &str = "Whether training strengthens the position pattern that padding leaves is not known from this run: \
                       it was not measured both before and after training.";
const RELIABILITY: &str = "Which measures of position information can be believed: what each claims where there is none, \
                           and how it answers to a signal planted on purpose.";

/// The finding of a run of any kind.
pub fn plain(results: &Results) -> String {
    let (found, otherwise) = match results.kind {
        RunKind::Measure => return measured(results),
        RunKind::Swap => return swap::in_short(results).unwrap_or_else(|| swap::sentence(results)),
        RunKind::Learned => {
            return learned::in_short(results).unwrap_or_else(|| learned::sentence(results));
        }
        RunKind::Surgery => (surgery(results), "what they lose with their padding"),
        RunKind::Location => (location(results), "whether they use location"),
        RunKind::PosENet => (posenet(results), "how well position can be read off them"),
        RunKind::Shift => (shift(results), "what a shift of the image changes"),
        RunKind::Reliability => return reliability(results).unwrap_or_else(|| RELIABILITY.into()),
        _ => return of_training(results),
    };
    found.unwrap_or_else(|| about(results, otherwise))
}

/// The scheme with the lowest and that with the highest mean of what is chosen, as they are written.
fn extremes(
    results: &Results,
    factor: f64,
    chosen: fn(&Row) -> bool,
) -> Option<[(&str, String); 2]> {
    let found = Summary::new(results).extremes(chosen)?;
    Some(found.map(|(scheme, value)| (scheme, short(value * factor))))
}

fn reliability(results: &Results) -> Option<String> {
    let rates = results
        .rows
        .iter()
        .filter(|r| r.is_of("false_positive_rate"));
    let rates = rates.filter_map(|r| Some((Measure::title_of(&r.layer), 100.0 * r.value?)));
    let rates: Vec<(&str, f64)> = rates.collect();
    let (headline, rate) = rates
        .iter()
        .find(|(name, _)| *name == Measure::NRms.title())?;
    let (worst, most) = highest(rates.iter().copied())?;
    let [rate, most] = [*rate, most].map(short);
    Some(format!(
        "Where there is no position to be found, {worst} claims some in {most}% of the cases, the most of all measures, \
         and {headline} in {rate}%; 5% is what chance explains."
    ))
}

fn surgery(results: &Results) -> Option<String> {
    let chosen = |r: &Row| r.is_of("accuracy_change") && r.under.as_deref() == Some("optimal");
    let [(low, least), (high, most)] = extremes(results, 100.0, chosen)?;
    Some(format!(
        "With true surroundings in place of their padding, the accuracy of these networks changes by between {least} \
         percentage points, under {low}, and {most}, under {high}."
    ))
}

fn location(results: &Results) -> Option<String> {
    let [(low, least), (high, most)] = extremes(results, 100.0, |row| row.is_of("gap"))?;
    Some(format!(
        "Where positions are exchanged, these networks lose between {least} percentage points of accuracy, under \
         {low}, and {most}, under {high}: the more, the more they use location."
    ))
}

fn posenet(results: &Results) -> Option<String> {
    let chosen = |row: &Row| {
        let across = target_and_tap(&row.layer) == Some(("hor", None));
        across && row.is_of("spc") && row.stage == FINAL && row.scheme != IMAGE
    };
    let [(low, least), (high, most)] = extremes(results, 1.0, chosen)?;
    Some(format!(
        "From left to right, position can be read off the features best under {high}, with a rank correlation of \
         {most} with the truth, and worst under {low}, with {least}."
    ))
}

fn shift(results: &Results) -> Option<String> {
    let chosen = |row: &Row| row.is_of(CROP_DISAGREEMENT);
    let [(low, least), (high, most)] = extremes(results, 100.0, chosen)?;
    Some(format!(
        "Where two crops of a picture show the same pixel, they disagree about it in {least}% of the cases under \
         {low}, the fewest, and in {most}% under {high}, the most."
    ))
}

fn about(results: &Results, what: &str) -> String {
    let schemes = counted(Summary::new(results).schemes().len(), "padding");
    format!("Networks trained under {schemes}: {what}.")
}

/// What one network shows.
fn measured(results: &Results) -> String {
    let summary = Summary::new(results);
    let layers = summary.layers_with(CONTENT);
    let (Some(scheme), Some(found)) = (summary.schemes().first().copied(), Finding::of(results))
    else {
        return "The pattern was not measured at any layer.".into();
    };
    let without = &found.without_pattern;
    let shows = |layer: &&&str| without.iter().all(|(name, _)| *name != **layer);
    let shown: Vec<&str> = layers.iter().filter(shows).copied().collect();
    let value = |layer: &str| {
        summary
            .estimate(scheme, FINAL, layer, CONTENT)
            .map(|e| e.value)
    };
    let values = shown
        .iter()
        .filter_map(|layer| Some((*layer, value(layer)?)));
    match highest(values) {
        Some((_, 0.0)) | None => format!(
            "Under {scheme}, no layer of this network shows a position pattern: all that was measured is what \
             chance gives."
        ),
        Some((layer, value)) => format!(
            "Under {scheme} padding, {} of {} of this network show a position pattern; it is strongest at \
             {layer}, {}% of the spread of image content.",
            shown.len(),
            counted(layers.len(), "layer"),
            short(100.0 * value)
        ),
    }
}

/// What training made of the pattern.
fn of_training(results: &Results) -> String {
    let found = Finding::of(results);
    let claim = found.as_ref().and_then(|found| found.claim(FEATURE_UNITS));
    let (Some(found), Some(claim)) = (&found, claim) else {
        return UNKNOWN.into();
    };
    let pattern = "the position pattern that padding leaves in the features";
    let counts = Counts::of(claim);
    let (up, down) = (&counts.grew, &counts.shrank);
    let under = |count| counts.under(count);
    let mut text = match (up.len(), down.len()) {
        (0, 0) if counts.nothing => {
            format!(
                "No position pattern is measurable {}, before training or after",
                under(0)
            )
        }
        (0, 0) => format!("Training did not clearly change {pattern} {}", under(0)),
        (0, n) => format!(
            "Training weakened {pattern} {}{}",
            under(n),
            by_how_much(down, "")
        ),
        (n, 0) => format!(
            "Training strengthened {pattern} {}{}",
            under(n),
            by_how_much(up, "")
        ),
        (n, m) => format!(
            "Training strengthened {pattern} {}, and weakened it under {m}",
            under(n)
        ),
    };
    let shrank = found.claim(CONTENT);
    let shrank = shrank.map_or(Vec::new(), |claim| claim.with(Verdict::Shrank));
    let lost = match &shrank[..] {
        [one] => one.scheme.to_string(),
        [one, other] => format!("{} and {}", one.scheme, other.scheme),
        more => format!("{} of them", more.len()),
    };
    if !up.is_empty() && !shrank.is_empty() {
        text += &format!(", though under {lost} it lost weight against what the images show");
    }
    text + match found.control {
        Some(0.0) => "; without padding there is none.",
        _ => ".",
    }
}

/// Which networks have learned nothing or diverged; nothing where all were trained.
pub fn failed(results: &Results) -> Option<String> {
    let untrained = ended_at_majority(results);
    let diverged = results.diverged.iter();
    let diverged: Vec<String> = diverged
        .map(|d| format!("{}, seed {}", d.scheme, d.seed))
        .collect();
    let mut said = Vec::new();
    if !untrained.is_empty() {
        said.push(format!(
            "{} failed to train and {} no better than by always naming the most frequent class ({}): what is said \
             of training below does not hold for {}",
            counted(untrained.len(), "network"),
            are(untrained.len()),
            untrained.join("; "),
            if untrained.len() == 1 { "it" } else { "them" },
        ));
    }
    if !diverged.is_empty() {
        said.push(format!(
            "{} diverged in training and {} left out ({})",
            counted(diverged.len(), "network"),
            are(diverged.len()),
            diverged.join("; ")
        ));
    }
    (!said.is_empty()).then(|| said.join(". ") + ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::results::Diverged;

    #[test]
    fn networks_that_failed_are_named() {
        let mut results = Results::default();
        assert_eq!(failed(&results), None);
        results.rows.push(Row {
            scheme: "zeros".into(),
            metric: "ended_at_majority".into(),
            value: Some(1.0),
            ..Row::default()
        });
        let one = failed(&results).expect("a failure");
        assert!(one.starts_with("1 network failed to train and is"), "{one}");
        results.diverged.push(Diverged {
            scheme: "reflect".into(),
            seed: 3,
            what: String::new(),
            problem: String::new(),
            remedy: String::new(),
        });
        let both = failed(&results).expect("failures");
        assert!(
            both.ends_with("1 network diverged in training and is left out (reflect, seed 3)."),
            "{both}"
        );
    }

    #[test]
    fn the_least_and_the_most_are_named() {
        let mut results = Results::new(RunKind::Location, "", 0);
        for (scheme, value) in [("zeros", 0.4), ("valid", 0.0), ("reflect", 0.125)] {
            results.rows.push(Row {
                scheme: scheme.into(),
                metric: "gap".into(),
                value: Some(value),
                ..Row::default()
            });
        }
        let said = plain(&results);
        let both = "between 0 percentage points of accuracy, under valid, and 40.0, under zeros";
        assert!(said.contains(both), "{said}");
    }

    #[test]
    fn the_measure_that_claims_most_is_named() {
        let mut results = Results::new(RunKind::Reliability, "", 0);
        for (measure, value) in [("nrms", 0.04), ("mae_ppp", 0.9), ("coherence", 0.0)] {
            results.rows.push(Row {
                layer: measure.into(),
                metric: "false_positive_rate".into(),
                value: Some(value),
                ..Row::default()
            });
        }
        let said = plain(&results);
        assert!(
            said.contains("MAE-PPP claims some in 90.0% of the cases"),
            "{said}"
        );
        assert!(said.contains("nRMS in 4.00%"), "{said}");
    }

    #[test]
    fn every_kind_of_run_has_a_sentence_of_its_own() {
        let kinds = [
            RunKind::Study,
            RunKind::Measure,
            RunKind::Swap,
            RunKind::Learned,
            RunKind::Surgery,
            RunKind::Reliability,
            RunKind::Location,
            RunKind::Shift,
        ];
        let said: Vec<String> = kinds
            .iter()
            .map(|kind| plain(&Results::new(*kind, "", 0)))
            .collect();
        for (i, sentence) in said.iter().enumerate() {
            assert!(sentence.ends_with('.'), "{sentence}");
            assert!(
                i == 2 || i == 1 || i == 3 || !said[..i].contains(sentence),
                "{sentence}"
            );
        }
    }
}
