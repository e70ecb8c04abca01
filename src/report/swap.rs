//! A swap as matrices, and what it says as sentences.

use super::grid::Grid;
use super::table::Table;
use super::text::short;
use crate::study::claims::CONTENT;
use crate::study::contrast::{Contrast, Learned, SwapFinding};
use crate::study::results::{Results, Row};
use crate::study::schema::TEST_ACCURACY;
use crate::study::summary::Summary;

/// The matrices of accuracy and of the pattern at the last layer, means over seeds.
pub fn tables(results: &Results) -> Vec<Table> {
    let table = |layer: &str, metric: &str, factor, caption: &str| {
        let rows = results.rows.iter();
        let rows: Vec<&Row> = rows
            .filter(|r| r.layer == layer && r.is_of(metric) && r.under.is_some())
            .collect();
        let grid = Grid {
            caption: format!("{caption}; columns: run under"),
            corner: "trained under",
            rows,
            by: [|r| &r.scheme, |r| r.under.as_deref().unwrap_or_default()],
            factor,
        };
        grid.means()
    };
    let layer = Summary::new(results).last_layer();
    let pattern = layer.map(|layer| table(layer, CONTENT, 1.0, &format!("nRMS at {layer}")));
    let accuracy = table("model", TEST_ACCURACY, 100.0, "Test accuracy [%]");
    std::iter::once(accuracy).chain(pattern).collect()
}

/// The same for a reader who has met none of its words; nothing where the swap cannot say.
pub fn in_short(results: &Results) -> Option<String> {
    let layer = Summary::new(results).last_layer()?;
    let found = SwapFinding::at(results, layer)?;
    let factor = short(found.pattern.inference.value);
    let pattern = match found.learned() {
        Learned::Partly => format!(
            "Under the padding that they were trained with networks show ×{factor} the position pattern that they show \
             under others: a part of it is learned"
        ),
        Learned::Adapted => format!(
            "Under the padding that they were trained with networks show only ×{factor} the position pattern that they \
             show under others: they have adapted to it"
        ),
        Learned::Unclear => "Whichever padding a network was trained with, the position pattern is that of the padding \
                             it runs under"
            .into(),
    };
    let lost = found.accuracy.map(|accuracy| accuracy.inference);
    let lost = lost
        .filter(|lost| lost.lo > 0.0)
        .map_or(String::new(), |lost| {
            format!(
                "; under another they lose {} percentage points of accuracy",
                short(lost.value)
            )
        });
    Some(format!("{pattern}{lost}."))
}

/// What the swap says about how far the pattern is learned.
pub fn sentence(results: &Results) -> String {
    let Some(layer) = Summary::new(results).last_layer() else {
        return "The pattern was not measured at any layer.".into();
    };
    let Some(found) = SwapFinding::at(results, layer) else {
        return "This swap cannot say whether the pattern is learned or inherent: that takes networks of three padded \
                schemes, or of two with several seeds, and a pattern above chance under each."
            .into();
    };
    let verdict = match found.learned() {
        Learned::Partly => {
            "a network makes more of the padding it was trained with: part is learned"
        }
        Learned::Adapted => {
            "a network shows less pattern under the padding it was trained with: it has adapted to \
             it, so the pattern depends on training and not on the scheme alone"
        }
        Learned::Unclear => {
            "no difference is clear here, as if the pattern belonged to scheme and weights alone"
        }
    };
    let pattern = found.pattern;
    let [columns, rows] = pattern.between.map(|share| short(100.0 * share));
    let mut text = format!(
        "At {layer} the pattern (nRMS) under the padding that a network was trained with is ×{} of that under \
         the others, after removing the level of each scheme: {verdict}. Of the variation of its logarithm, \
         {columns}% lies between the schemes run under and {rows}% between those trained under. ",
        with_interval(&pattern)
    );
    if let Some(accuracy) = found.accuracy {
        text += &format!(
            "Accuracy under a network's own padding is {} percentage points above that under the others. ",
            with_interval(&accuracy)
        );
    }
    let over = pattern.interval.name();
    text + &format!("95% intervals over {over} ({} networks).", pattern.networks)
}

fn with_interval(found: &Contrast) -> String {
    let [value, lo, hi] = [
        found.inference.value,
        found.inference.lo,
        found.inference.hi,
    ]
    .map(short);
    format!("{value} [{lo}, {hi}]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::claims::FEATURE_UNITS;
    use crate::study::results::RunKind;

    /// Networks of two seeds trained under three paddings and run under each; under their own, nRMS is about `own` times
    /// that under others and the accuracy 5 points higher.
    fn exchanged(own: f64) -> Results {
        let mut results = Results::new(RunKind::Swap, "", 0);
        let schemes = ["zeros", "reflect", "circular"];
        let layer = |scheme: &&str| crate::study::results::Layer {
            scheme: (*scheme).into(),
            name: "conv5".into(),
            shape: [1, 1, 1],
        };
        results.layers = schemes.iter().map(layer).collect();
        for (seed, more) in [(0, 1.02), (1, 1.0 / 1.02)] {
            for (scheme, under) in schemes.iter().flat_map(|s| schemes.map(|u| (*s, u))) {
                let (strength, accuracy) = if scheme == under {
                    (own * more, 0.95)
                } else {
                    (1.0, 0.9)
                };
                for (layer, metric, value) in [
                    ("conv5", FEATURE_UNITS, strength),
                    ("conv5", CONTENT, strength),
                    ("model", "test_accuracy", accuracy),
                ] {
                    results.rows.push(Row {
                        scheme: scheme.into(),
                        under: Some(under.into()),
                        seed,
                        layer: layer.into(),
                        metric: metric.into(),
                        value: Some(value),
                        lo: Some(0.9 * value),
                        ..Row::default()
                    });
                }
            }
        }
        results
    }

    #[test]
    fn the_short_form_says_what_the_networks_have_learned() {
        for (own, expected) in [
            (
                2.0,
                "show ×2.00 the position pattern that they show under others: a part",
            ),
            (
                0.5,
                "show only ×0.500 the position pattern that they show under others: they have adapted",
            ),
            (
                1.0,
                "the position pattern is that of the padding it runs under; under another they lose 5.00",
            ),
        ] {
            let said = in_short(&exchanged(own)).expect("a sentence");
            assert!(said.contains(expected), "{said}");
        }
        assert_eq!(in_short(&Results::default()), None);
    }

    #[test]
    fn a_swap_without_a_pattern_says_so() {
        assert!(sentence(&Results::default()).contains("not measured"));
        assert_eq!(tables(&Results::default()).len(), 1);
    }
}
