//! What a check found, in sentences for people who need not know what PPP is.

use super::units::{middle, percent, pixels};
use crate::report::text::{counted, short};
use crate::study::check::{
    Check, Effect, Findings, Interval, OutputFindings, Predictions, Stage, Uneven,
};

/// Layers that a sentence names before it counts the rest.
const NAMED: usize = 3;
/// Outputs that get a sentence of their own.
const OUTPUTS: usize = 6;

/// The findings as sentences, one paragraph each.
pub fn sentences(check: &Check) -> Vec<String> {
    let own = &check.own;
    let deepest = own.stages.last().map(|stage| last_stage(check, stage));
    let mut sentences: Vec<String> = deepest.into_iter().collect();
    sentences.extend(outputs(own));
    sentences.push(reach(check));
    sentences.push(advice(check));
    sentences.push(uneven(check));
    sentences.extend(check.halved.as_ref().map(|_| halved(check)));
    let compared = |repadded| compared(check, repadded);
    sentences.extend(check.repadded.as_ref().map(compared));
    sentences
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

/// The answer in one sentence.
pub fn headline(check: &Check) -> String {
    let (network, [h, w]) = (&check.network, check.size);
    match check.own.halo.value {
        Some(0.0) => {
            let tau = percent(check.tau);
            format!(
                "The borders of {network} are right: padding changes no stage by more than {tau}."
            )
        }
        Some(halo) => {
            let left = |side: usize| (side as f64 - 2.0 * halo).max(0.0) / side as f64;
            format!(
                "Padding spoils the outer {} pixels of what {network} makes of {h}×{w} pixels, {:.0}% of the area.",
                pixels(halo),
                100.0 * (1.0 - left(h) * left(w))
            )
        }
        None => {
            format!("Padding spoils what {network} makes of {h}×{w} pixels up to the very middle.")
        }
    }
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
        0 => {
            let beyond = format!("by more than {tau} of the content's spread");
            return format!(
                "At {name}, the last map, no ring differs {beyond}: its borders are right."
            );
        }
        1 if *rings == 1 => format!(
            "At {name}, the last map, padding spoils the only ring: every position there differs by more than {tau} of the \
             content's spread from what the true surroundings give."
        ),
        spoiled if spoiled == *rings => format!(
            "At {name}, the last map, padding spoils all {rings} rings, up to the very middle: every position there differs by \
             more than {tau} of the content's spread from what the true surroundings give."
        ),
        spoiled => format!(
            "At {name}, the last map, padding spoils the outer {spoiled} of {rings} rings, which is {} of the {} input pixels \
             from the border to the middle: they differ by more than {tau} of the content's spread from what the true \
             surroundings give.",
            pixels(stage.spoiled_pixels().min(middle(check) as f64)),
            middle(check)
        ),
    };
    text += &match stage.pattern {
        true => format!(
            " {} of that difference's power is the same for every image: a fixed pattern (PPP) by which the network can \
             tell where the border is.",
            with_interval(*coherence)
        ),
        false => " No part of that difference is measurably the same for every image.".into(),
    };
    text
}

fn outputs(found: &Findings) -> Vec<String> {
    let mut told: Vec<String> = found.outputs.iter().take(OUTPUTS).map(output).collect();
    if let Some(more) = found.outputs.len().checked_sub(OUTPUTS + 1) {
        told.push(format!(
            "{} are not described here.",
            counted(more + 1, "further output")
        ));
    }
    told
}

fn output(output: &OutputFindings) -> String {
    let name = &output.name;
    match &output.effect {
        Effect::Classes { changed, .. } => format!(
            "Padding changes the predicted class of {} of the windows.",
            with_interval(*changed)
        ),
        Effect::Image {
            range,
            rings,
            border,
            interior,
        } => {
            let db = |interval: &Interval| match interval.value {
                Some(value) => format!("{value:.1} dB"),
                None => "no difference at all".into(),
            };
            let outer = match rings {
                1 => "its outermost ring of pixels".to_string(),
                rings => format!("its outer {rings} rings of pixels"),
            };
            format!(
                "Output {name}, an image, against the one that the true surroundings give: PSNR {} in {outer}, {} inside (range \
                 of values {}).",
                db(border),
                db(interior),
                short(*range)
            )
        }
        Effect::Map {
            border,
            middle,
            predictions,
            ..
        } => format!(
            "Output {name}, a map{}, differs by {} of the content's spread in its outermost ring, by {} in the middle.{}",
            classes(predictions.as_ref()),
            with_interval(*border),
            with_interval(*middle),
            positions(predictions.as_ref())
        ),
        Effect::Values {
            difference,
            predictions,
        } => format!(
            "Output {name}, values without rows and columns{}: they differ by {} of their spread, over all of them.{}",
            classes(predictions.as_ref()),
            with_interval(*difference),
            positions(predictions.as_ref())
        ),
    }
}

/// What values are taken for.
fn classes(predictions: Option<&Predictions>) -> String {
    predictions.map_or(String::new(), |found| {
        format!(
            " taken for one of {} classes at every position",
            found.classes
        )
    })
}

/// At how many positions the prediction changes.
fn positions(predictions: Option<&Predictions>) -> String {
    let Some(found) = predictions else {
        return String::new();
    };
    let of_all = with_interval(found.changed);
    match found.border {
        Some(border) => format!(
            " Padding changes the predicted class of {} of its outermost positions, of {of_all} of all.",
            with_interval(border)
        ),
        None => format!(" Padding changes the predicted class at {of_all} of its positions."),
    }
}

fn reach(check: &Check) -> String {
    let tau = percent(check.tau);
    let measured = match check.own.halo {
        Interval {
            value: Some(halo),
            lo,
            hi,
        } => {
            let doubt = match (lo, hi) {
                (Some(lo), Some(hi)) if lo < hi => {
                    format!(" (95% interval {} to {})", pixels(lo), pixels(hi))
                }
                (Some(_), None) => " (the upper end of its interval lies beyond the middle)".into(),
                _ => String::new(),
            };
            format!(
                "Measured, its effect is below {tau} of the content's spread at every stage from {} pixels off the border \
                 on{doubt}: this is the halo.",
                pixels(halo)
            )
        }
        _ => format!(
            "Measured, its effect is above {tau} of the content's spread even in the middle of {0}×{1} pixels: the halo lies \
             beyond it.",
            check.size[0], check.size[1]
        ),
    };
    let mut text = format!(
        "In theory padding can reach {} pixels into the image, as a position of the last map sees {} pixels to a side. \
         {measured}",
        check.reach.pixels,
        pixels(check.reach.receptive_field.ceil())
    );
    if check.reach.global {
        text +=
            " Layers that look at the whole image carry what is wrong at the border everywhere.";
    }
    text
}

/// Which crop or overlap follows.
fn advice(check: &Check) -> String {
    let [h, w] = check.size;
    match check.own.halo.value {
        Some(0.0) => {
            "So images need no context around what matters, and tiles need no overlap.".into()
        }
        Some(halo) => {
            let right = |side: usize| pixels((side as f64 - 2.0 * halo).max(0.0));
            format!(
                "So keep at least {0} pixels of context on each side of what matters when you crop. Tiles should overlap by {1} \
                 pixels, and {0} on each side of a tile be thrown away: of {h}×{w} pixels {2}×{3} are left.",
                pixels(halo),
                pixels(2.0 * halo),
                right(h),
                right(w)
            )
        }
        None => format!(
            "So images of {h}×{w} pixels have no middle that padding leaves alone: give larger ones. {} pixels of context on \
             each side are enough in any case.",
            check.reach.pixels
        ),
    }
}

fn uneven(check: &Check) -> String {
    let [h, w] = check.size;
    if check.uneven.is_empty() {
        return format!(
            "Padding is even: at {h}×{w} pixels every layer reads as much of it at the top as at the bottom, at the left as \
             at the right."
        );
    }
    let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
    for layer in &check.uneven {
        let what = of_layer(layer);
        match alike.iter_mut().find(|(other, _)| *other == what) {
            Some((_, names)) => names.push(&layer.name),
            None => alike.push((what, vec![&layer.name])),
        }
    }
    let told: Vec<String> = alike
        .iter()
        .map(|(what, names)| format!("{what} at {}", listed(names)))
        .collect();
    format!(
        "At {h}×{w} pixels padding is uneven at {}, so that the network can tell one border from the other: {}. {}",
        counted(check.uneven.len(), "layer"),
        told.join("; "),
        even_sizes(check.size, &check.even_sizes)
    )
}

/// A few names, and how many more there are.
fn listed(names: &[&str]) -> String {
    match names.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..NAMED].join(", ")),
    }
}

/// What a layer does at one end and not at the other.
fn of_layer(layer: &Uneven) -> String {
    let along = |[before, after]: [usize; 2], what: &str, [first, last]: [&str; 2]| {
        (before != after).then(|| {
            let before = counted(before, what);
            format!("{before} read {first} and {after} {last}")
        })
    };
    let lost = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("the last {what} never read")),
        count => Some(format!("the last {} never read", counted(count, what))),
    };
    let of_rows = [
        along(layer.rows, "padded row", ["above", "below"]),
        lost(layer.never_read[0], "row"),
    ];
    let of_columns = [
        along(
            layer.columns,
            "padded column",
            ["on the left", "on the right"],
        ),
        lost(layer.never_read[1], "column"),
    ];
    // Mostly both axes are alike, and one says it all.
    let said: Vec<String> = of_rows.into_iter().flatten().collect();
    let said = match said.is_empty() {
        true => of_columns.into_iter().flatten().collect(),
        false => said,
    };
    said.join(" and ")
}

/// The sizes near by at which padding is even.
pub(super) fn even_sizes(size: [usize; 2], even: &[[Option<usize>; 2]; 2]) -> String {
    let listed = |sides: &[Option<usize>; 2]| -> Option<String> {
        let mut sides: Vec<usize> = sides.iter().flatten().copied().collect();
        sides.dedup();
        let sides: Vec<String> = sides.iter().map(usize::to_string).collect();
        (!sides.is_empty()).then(|| sides.join(" and "))
    };
    let [rows, columns] = even;
    match (listed(rows), listed(columns)) {
        (Some(rows), _) if size[0] == size[1] => {
            format!("The nearest even sizes: {rows} pixels to a side.")
        }
        (Some(rows), Some(columns)) => {
            format!("The nearest even sizes: {rows} rows, {columns} columns.")
        }
        _ => "No size near by is even.".to_string(),
    }
}

fn halved(check: &Check) -> String {
    let Some(halved) = &check.halved else {
        return String::new();
    };
    let rings = |found: &Findings| found.stages.last().map_or(0, Stage::spoiled_rings);
    let [own, half] = [rings(&check.own), rings(&halved.findings)];
    let change = match own == half {
        true => format!("the last map has {own} spoiled rings as before"),
        false => format!("the last map has {half} spoiled rings instead of {own}"),
    };
    format!(
        "How far this can be trusted: the network can see {} pixels around a window, and the photographs show {}. With half as \
         many ({}) {change}, and no ring's difference moves by more than {} of the content's spread.",
        check.needed_margin,
        check.margin,
        halved.margin,
        percent(halved.largest_change)
    )
}

fn compared(check: &Check, repadded: &Findings) -> String {
    let rings = |found: &Findings| found.stages.iter().map(Stage::spoiled_rings).sum::<usize>();
    let all: usize = check.own.stages.iter().map(|stage| stage.rings).sum();
    let [before, after] = [rings(&check.own), rings(repadded)];
    let spoiled = match before == after {
        true => format!("of the {all} rings of all stages {after} are spoiled as before"),
        false => {
            format!("of the {all} rings of all stages {after} are spoiled instead of {before}")
        }
    };
    let halo = match (check.own.halo.value, repadded.halo.value) {
        (None, None) => "the halo still lies beyond the middle".to_string(),
        (None, Some(now)) => format!(
            "the halo is {} pixels, and was beyond the middle",
            pixels(now)
        ),
        (Some(was), None) => format!(
            "the halo lies beyond the middle, and was {} pixels",
            pixels(was)
        ),
        (Some(was), Some(now)) if was == now => {
            format!("the halo is {} pixels as before", pixels(now))
        }
        (Some(was), Some(now)) => {
            format!(
                "the halo is {} pixels instead of {}",
                pixels(now),
                pixels(was)
            )
        }
    };
    let fixed = |found: &Findings| match found.stages.last() {
        Some(stage) if stage.pattern => with_interval(stage.coherence),
        _ => "nothing measurable".into(),
    };
    format!(
        "The same weights padding with {} instead of {}: {spoiled}, and {halo}. Of the difference at the last map {} is the \
         same for every image, and was {}. {}",
        repadded.padding,
        check.own.padding,
        fixed(repadded),
        fixed(&check.own),
        outputs(repadded).join(" ")
    )
}
