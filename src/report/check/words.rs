//! What a check found, in words that need no knowledge of PPP.

use super::sentences::{headline, sentences};
use super::units::{in_pixels, middle, percent, pixels};
use crate::report::table::{Cell, TEXT_WIDTH, Table, wrap};
use crate::study::check::{Check, Findings, Interval};
use crate::words::counted;

use crate::study::summary::Estimate;

/// The whole check for a terminal.
pub fn text(check: &Check) -> String {
    let mut parts = vec![
        wrap(&headline(check), TEXT_WIDTH),
        wrap(&setting(check), TEXT_WIDTH),
    ];
    parts.push(table(check, &check.own).text());
    if let Some(repadded) = &check.repadded {
        parts.push(table(check, repadded).text());
    }
    let sentences = sentences(check);
    parts.extend(sentences.iter().map(|sentence| wrap(sentence, TEXT_WIDTH)));
    let verdict = &check.verdict;
    let line = |word: &str, what: &String| format!("{word}  {what}");
    let kept = verdict.kept.iter().map(|what| line("pass", what));
    let exceeded = verdict.exceeded.iter().map(|what| line("FAIL", what));
    let lines: Vec<String> = kept.chain(exceeded).collect();
    if !lines.is_empty() {
        parts.push(lines.join("\n"));
    }
    parts.join("\n\n")
}

/// What was run on what, and what was left out.
pub fn setting(check: &Check) -> String {
    let Check { margin, .. } = check;
    let [h, w] = check.size;
    let mut text = format!(
        "{} ({}) saw {} of {h}×{w} pixels from {} twice: once with its own padding ({}), and once with what \
         really surrounds each window in its photograph, {} to a side. Differences between the two are what padding \
         does, in shares of the content's spread: the standard deviation of a map's values from window to window.",
        check.network,
        check.arch,
        counted(check.images, "window"),
        counted(check.photographs, "photograph"),
        check.own.padding,
        in_pixels(*margin as f64),
    );
    text += " A stage is the last layer before the maps change their size.";
    if check.too_small > 0 {
        text += &format!(
            " Left out: {} without the {}×{} pixels that a window and its surroundings take.",
            counted(check.too_small, "photograph"),
            h + 2 * margin,
            w + 2 * margin
        );
    }
    if let Some(first) = check.unreadable.first() {
        text += &format!(
            " Left out: {} that cannot be read ({first}).",
            counted(check.unreadable.len(), "file")
        );
    }
    if let Some(note) = &check.note {
        text += &format!(" {note}");
    }
    text + &input(check)
}

/// How pictures became the network's input, and what else the same numbers need.
fn input(check: &Check) -> String {
    let Some(preprocessing) = &check.preprocessing else {
        return String::new();
    };
    format!(
        " Input: {preprocessing}. Seed {}, padgrad {}.",
        check.seed, check.version
    )
}

/// The stages of one padding.
pub fn table(check: &Check, found: &Findings) -> Table {
    let caption = format!(
        "How far in padding with {} is felt. A ring (one position wide, counted from the border) is spoiled if it is off by \
         more than {} of the content's normal variation.",
        found.padding,
        percent(check.tau)
    );
    let columns = [
        "stage",
        "map",
        "spoiled rings",
        "input pixels",
        "difference at the border",
        "identical in all images (PPP)",
    ];
    let mut table = Table::new(caption, &columns);
    for stage in &found.stages {
        let [_, h, w] = stage.shape;
        let border = stage.profile.first().copied().unwrap_or_default();
        table.push(vec![
            Cell::text(&stage.name),
            Cell::text(format!("{h}×{w}")),
            Cell::text(format!("{} of {}", stage.spoiled_rings(), stage.rings)),
            Cell::text(format!(
                "{} of {}",
                pixels(stage.spoiled_pixels().min(middle(check) as f64)),
                middle(check)
            )),
            percents(border),
            match stage.pattern {
                true => percents(stage.coherence),
                false => Cell::text("none measurable"),
            },
        ]);
    }
    table
}

fn percents(interval: Interval) -> Cell {
    let Interval { value, lo, hi } = interval.times(100.0);
    let Some(value) = value else {
        return Cell::none();
    };
    let mut cell = Cell::estimate(Some(Estimate {
        value,
        lo,
        hi,
        seeds: 1,
    }));
    cell.main += "%";
    cell
}
