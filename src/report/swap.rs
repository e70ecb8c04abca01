//! A swap as matrices, and what it says as sentences.

use super::grid::Grid;
use super::table::Table;
use super::text::short;
use crate::study::claims::CONTENT;
use crate::study::contrast::{Contrast, Learned, SwapFinding};
use crate::study::results::{Results, Row};
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
    let accuracy = table("model", "test_accuracy", 100.0, "Test accuracy [%]");
    std::iter::once(accuracy).chain(pattern).collect()
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

    #[test]
    fn a_swap_without_a_pattern_says_so() {
        assert!(sentence(&Results::default()).contains("not measured"));
        assert_eq!(tables(&Results::default()).len(), 1);
    }
}
