//! What was found out about each measure, in a table and sentences.

use crate::report::table::{Cell, TEXT_WIDTH, Table};
use crate::report::text::{short, wrap};
use crate::study::reliability::summary::{FOLLOWS, Summary};
use crate::words::counted;

/// The table, the verdict and a paragraph on each measure.
pub fn text(summaries: &[Summary], seeds: usize, strengths: &[f64]) -> String {
    let sentences = summaries.iter().map(sentence);
    let paragraphs = std::iter::once(verdict(summaries, seeds, strengths)).chain(sentences);
    let wrapped: Vec<String> = paragraphs.map(|p| wrap(&p, TEXT_WIDTH)).collect();
    format!("{}\n{}\n", table(summaries).text(), wrapped.join("\n\n"))
}

fn table(summaries: &[Summary]) -> Table {
    let columns = [
        "measure",
        "false pos.",
        "worst null",
        "over seeds",
        "rank corr.",
        "per tenfold",
        "sees from",
        "seconds",
    ];
    let caption = "Measures of position information: claims where there is none; the value furthest \
                   from 0 there; deviation over seeds with zero padding, in percent; rank \
                   correlation with the strength of a planted signal; by what factor it rises with a \
                   signal ten times as strong; the lowest strength seen; seconds for one network.";
    let mut table = Table::new(caption, &columns);
    for s in summaries {
        let or_dash = |value: Option<String>| value.map_or_else(Cell::none, Cell::text);
        table.push(vec![
            Cell::text(s.measure.title()),
            Cell::text(format!("{}/{}", s.false_positives, s.nulls)),
            Cell::text(short(s.worst_null)),
            or_dash(s.spread.map(|v| format!("{:.0}", 100.0 * v))),
            Cell::text(format!("{:.2}", s.rank_correlation)),
            or_dash(s.per_tenfold.map(|v| format!("×{}", short(v)))),
            or_dash(s.lowest_detected.map(|v| v.to_string())),
            Cell::text(format!("{:.1}", s.seconds)),
        ]);
    }
    table
}

/// Which measures may be believed, and by which rule.
fn verdict(summaries: &[Summary], seeds: usize, strengths: &[f64]) -> String {
    let named = |believed: bool| {
        let of_kind = summaries
            .iter()
            .filter(|s| s.objections().is_empty() == believed);
        let names: Vec<&str> = of_kind.map(|s| s.measure.title()).collect();
        match names.as_slice() {
            [] => "none".to_string(),
            names => names.join(", "),
        }
    };
    let [low, high] = [strengths.first(), strengths.last()].map(|s| s.copied().unwrap_or(0.0));
    format!(
        "May be believed: {}. May not: {}. Every measure was read off {} of each kind, and again \
         with a signal of {low} to {high} standard deviations of the content planted in it. A \
         measure is believed if it claims position no more often where there is none than intervals \
         of 95% explain, if its rank correlation with the strength is at least {FOLLOWS}, if it at \
         least triples with a signal ten times as strong, and if it sees the strongest signal in \
         every network. Where there is none: for PPP real differences whose signs were drawn at \
         random, image by image, and a first convolution whose padded values have the mean of what \
         they replace; for the others networks whose padding cannot have left any, and images. PPP compares each image \
         with itself under true surroundings, so the content that hides a weak signal from a readout \
         does not hide it from PPP; and the location test trains on what is planted, where the \
         others read it off a network that was trained without.",
        named(true),
        named(false),
        counted(seeds, "network"),
    )
}

/// What was found out, in a sentence.
fn sentence(summary: &Summary) -> String {
    let lowest = match summary.lowest_detected {
        Some(strength) => format!("sees it from a strength of {strength} on"),
        None => "does not see it in every network even at the largest strength".into(),
    };
    let spread = summary.spread.map_or_else(String::new, |spread| {
        format!(" Over seeds it varies by {:.0}%.", 100.0 * spread)
    });
    let verdict = match summary.objections().as_slice() {
        [] => "It may be believed".to_string(),
        objections => format!("It may not be believed: {}", objections.join(", and ")),
    };
    format!(
        "{} claims position in {} of {} without any (furthest from 0: {}); its rank correlation \
         with a planted signal is {:.2}, and it {lowest}.{spread} {verdict}.",
        summary.measure.title(),
        summary.false_positives,
        counted(summary.nulls, "reading"),
        short(summary.worst_null),
        summary.rank_correlation
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::reliability::measures::Measure;

    fn summary(correlation: f64, lowest: Option<f64>) -> Summary {
        Summary {
            measure: Measure::PosenetSpc,
            nulls: 2,
            false_positives: 0,
            worst_null: -0.05,
            spread: Some(0.5),
            rank_correlation: correlation,
            per_tenfold: Some(8.0),
            lowest_detected: lowest,
            seconds: 2.0,
        }
    }

    #[test]
    fn verdict_and_sentence_agree() {
        let believed = summary(1.0, Some(0.1));
        assert!(sentence(&believed).ends_with("It may be believed."));
        let doubted = summary(-1.0, None);
        assert!(sentence(&doubted).contains("and it misses the strongest signal"));
        let text = text(&[doubted], 1, &[0.1, 1.0]);
        assert!(text.contains("May be believed: none. May not: PosENet SPC."));
        assert!(text.lines().all(|line| line.chars().count() <= TEXT_WIDTH));
    }
}
