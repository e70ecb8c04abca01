//! What a check found, in words that need no knowledge of PPP.

use crate::report::table::{Cell, TEXT_WIDTH, Table, wrap};
use crate::report::text::{counted, short};
use crate::study::check::{Check, Findings, Interval, Outputs, Stage, Uneven};
use crate::study::summary::Estimate;

/// Layers that a sentence names before it counts the rest.
const NAMED: usize = 3;

/// The whole check for a terminal.
pub fn text(check: &Check) -> String {
    let mut parts = vec![wrap(&setting(check), TEXT_WIDTH)];
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
fn setting(check: &Check) -> String {
    let Check { side, margin, .. } = check;
    let mut text = format!(
        "{} ({}) on {} of {side}×{side} pixels from {}, once under its own padding and once with the {margin} pixels \
         that really surround each window.",
        check.network,
        check.arch,
        counted(check.images, "window"),
        counted(check.photographs, "photograph"),
    );
    if check.too_small > 0 {
        text += &format!(
            " Left out: {} without the {} pixels to a side that a window and its surroundings take.",
            counted(check.too_small, "photograph"),
            side + 2 * margin
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
    text
}

/// The stages of one padding.
pub fn table(check: &Check, found: &Findings) -> Table {
    let caption = format!(
        "Under {}: rings of each map that differ by more than {} of the content's spread",
        found.padding,
        percent(check.tau)
    );
    let columns = [
        "stage",
        "map",
        "spoiled rings",
        "input pixels",
        "difference at the border",
        "the same for every image",
    ];
    let mut table = Table::new(caption, &columns);
    for stage in &found.stages {
        let [_, h, w] = stage.shape;
        let border = stage.profile.first().copied().unwrap_or_default();
        table.push(vec![
            Cell::text(&stage.name),
            Cell::text(format!("{h}×{w}")),
            Cell::text(format!("{} of {}", stage.spoiled_rings(), stage.rings)),
            Cell::text(format!("{} of {}", stage.spoiled_pixels(), check.side / 2)),
            percents(border),
            match stage.pattern {
                true => percents(stage.coherence),
                false => Cell::text("nothing"),
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

/// A share as a percentage.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match (percent - percent.round()).abs() < 1e-9 {
        true => format!("{percent:.0}%"),
        false => format!("{}%", short(percent)),
    }
}

fn with_interval(interval: Interval) -> String {
    let Interval { value, lo, hi } = interval;
    match (value, lo, hi) {
        (Some(value), Some(lo), Some(hi)) => {
            let [value, lo, hi] = [value, lo, hi].map(|v| short(100.0 * v));
            format!("{value}% (95% interval {lo} to {hi}%)")
        }
        (Some(value), ..) => percent(value),
        _ => "an unknown share".into(),
    }
}

/// The findings as sentences, one paragraph each.
pub fn sentences(check: &Check) -> Vec<String> {
    let own = &check.own;
    let mut sentences: Vec<String> = own
        .stages
        .last()
        .map(|stage| last_stage(check, stage))
        .into_iter()
        .collect();
    sentences.push(output(own));
    sentences.push(reach(check));
    sentences.push(advice(check));
    sentences.push(uneven(check));
    sentences.extend(check.halved.as_ref().map(|_| halved(check)));
    sentences.extend(
        check
            .repadded
            .as_ref()
            .map(|repadded| compared(check, repadded)),
    );
    sentences
}

fn last_stage(check: &Check, stage: &Stage) -> String {
    let Stage {
        name,
        rings,
        coherence,
        ..
    } = stage;
    let tau = percent(check.tau);
    let spoiled = stage.spoiled_rings();
    let mut text = match spoiled {
        0 => format!(
            "At {name}, the last map, no ring differs by more than {tau} of the content's spread: its borders are right."
        ),
        spoiled if spoiled == *rings => format!(
            "At {name}, the last map, all {rings} rings, up to its very middle, differ by more than {tau} of the content's \
             spread from what the true surroundings would give: no position there is free of padding."
        ),
        spoiled => format!(
            "At {name}, the last map, the outer {spoiled} of {rings} rings ({} of {} input pixels from the border to the \
             middle) differ by more than {tau} of the content's spread from what the true surroundings would give.",
            stage.spoiled_pixels(),
            check.side / 2
        ),
    };
    text += &match stage.pattern {
        true => format!(
            " {} of that effect's power is the same for every image: a pattern that tells the network where the border is \
             (PPP).",
            with_interval(*coherence)
        ),
        false => " No part of it is measurably the same for every image (PPP).".into(),
    };
    text
}

fn output(found: &Findings) -> String {
    match &found.output {
        Outputs::Classes { changed, .. } => format!(
            "Padding changes the prediction of {} of the images.",
            with_interval(*changed)
        ),
        Outputs::Image {
            range,
            border,
            interior,
        } => {
            let db = |interval: &Interval| match interval.value {
                Some(value) => format!("{value:.1} dB"),
                None => "no difference at all".into(),
            };
            format!(
                "Between the outputs under padding and under true surroundings PSNR is {} in the spoiled rings and {} inside \
                 (range of values {}).",
                db(border),
                db(interior),
                short(*range)
            )
        }
    }
}

fn reach(check: &Check) -> String {
    let measured = match check.own.halo.value {
        Some(halo) => {
            let doubt = match check.own.halo {
                Interval {
                    lo: Some(lo),
                    hi: Some(hi),
                    ..
                } if lo < hi => {
                    format!(" (95% interval {lo} to {hi})")
                }
                Interval {
                    lo: Some(_),
                    hi: None,
                    ..
                } => " (the upper end of its interval is further in than the middle)".into(),
                _ => String::new(),
            };
            format!(
                "measured, what padding does is below {} from {halo} pixels off the border on{doubt}",
                percent(check.tau)
            )
        }
        None => format!(
            "measured, what padding does is above {} even in the middle",
            percent(check.tau)
        ),
    };
    let mut text = format!(
        "In theory the last map depends on {} pixels around the image, as each of its positions sees {} pixels; {measured}.",
        check.reach.pixels, check.reach.receptive_field
    );
    if check.reach.global {
        text += " Layers that look at the whole image take what is wrong at the border everywhere.";
    }
    text
}

/// Which crop or overlap follows.
fn advice(check: &Check) -> String {
    let side = check.side as f64;
    match check.own.halo.value {
        Some(0.0) => "So images need no context around what matters, and tiles no overlap.".into(),
        Some(halo) => format!(
            "So leave at least {halo} pixels of context on each side of what matters when you crop. Tiles should overlap by {} \
             pixels, of which {halo} on each side are thrown away; of {side} pixels {} are right.",
            2.0 * halo,
            (side - 2.0 * halo).max(0.0)
        ),
        None => format!(
            "So no image of {side} pixels has a middle that padding leaves alone: give larger ones; {} pixels of context on \
             each side are enough in any case.",
            check.reach.pixels
        ),
    }
}

fn uneven(check: &Check) -> String {
    if check.uneven.is_empty() {
        return format!(
            "Padding is even: at {0}×{0} pixels every layer reads as much of it at the top as at the bottom.",
            check.side
        );
    }
    let of_layer = |layer: &Uneven| {
        let name = &layer.name;
        let [before, after] = layer.rows;
        let read = format!(
            "reads {} above and {after} below",
            counted(before, "padded row")
        );
        let lost = layer.never_read.iter().max().copied().unwrap_or(0);
        let lost = format!(
            "never reads its last {}",
            if lost == 1 {
                "row".into()
            } else {
                format!("{lost} rows")
            }
        );
        match (layer.rows == [0, 0], layer.never_read == [0, 0]) {
            (true, _) => format!("{name} {lost}"),
            (_, true) => format!("{name} {read}"),
            _ => format!("{name} {read}, and {lost}"),
        }
    };
    let first: Vec<String> = check.uneven.iter().take(NAMED).map(of_layer).collect();
    let more = match check.uneven.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; so do {more} more"),
    };
    let even: Vec<String> = check
        .even_sizes
        .iter()
        .flatten()
        .map(usize::to_string)
        .collect();
    let sizes = match even.is_empty() {
        true => "No size near by is even.".to_string(),
        false => format!(
            "The nearest even {} {} pixels.",
            if even.len() == 1 {
                "size is"
            } else {
                "sizes are"
            },
            even.join(" and ")
        ),
    };
    format!(
        "At {0}×{0} pixels padding is uneven at {1}, so that the network can tell one border from the other: {2}{more}. {sizes}",
        check.side,
        counted(check.uneven.len(), "layer"),
        first.join("; ")
    )
}

fn halved(check: &Check) -> String {
    let Some(halved) = &check.halved else {
        return String::new();
    };
    let rings = |found: &Findings| found.stages.last().map_or(0, Stage::spoiled_rings);
    format!(
        "The surroundings end {} pixels off the image, and the network's reach at {}. With half as many ({}) the last map has \
         {} spoiled rings instead of {}, and no ring moves by more than {} of the content's spread.",
        check.margin,
        check.needed_margin,
        halved.margin,
        rings(&halved.findings),
        rings(&check.own),
        percent(halved.largest_change)
    )
}

fn compared(check: &Check, repadded: &Findings) -> String {
    let rings = |found: &Findings| {
        let rings: usize = found.stages.iter().map(Stage::spoiled_rings).sum();
        let all: usize = found.stages.iter().map(|stage| stage.rings).sum();
        format!("{rings} of {all}")
    };
    let halo = |found: &Findings| match found.halo.value {
        Some(halo) => format!("{halo} pixels"),
        None => "beyond the middle".into(),
    };
    format!(
        "With {} in the place of {}, and the same weights: {} rings of all stages are spoiled instead of {}, the halo is {} \
         instead of {}. {}",
        repadded.padding,
        check.own.padding,
        rings(repadded),
        rings(&check.own),
        halo(repadded),
        halo(&check.own),
        output(repadded)
    )
}
