//! What a check found, in sentences for people who need not know what PPP is.

use super::uneven::uneven;
use super::units::{in_pixels, middle, percent, pixels};
use crate::report::text::short;
use crate::study::check::{Check, Effect, Findings, Interval, OutputFindings, Predictions, Stage};
use crate::words::counted;

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

/// The answer, in one sentence where all of the network was measured.
pub fn headline(check: &Check) -> String {
    let lacking = check.not_measured();
    match lacking.is_empty() {
        true => answer(check),
        false => format!(
            "Not all of {} was measured: {}. Of the part that was: {}",
            check.network,
            lacking.join("; "),
            answer(check)
        ),
    }
}

fn answer(check: &Check) -> String {
    let (network, [h, w]) = (&check.network, check.size);
    match check.own.halo.value {
        Some(0.0) => {
            let tau = percent(check.tau);
            format!(
                "The borders of {network} are right: padding changes no stage by more than {tau}."
            )
        }
        Some(halo) => {
            format!(
                "Padding spoils the outer {} of what {network} makes of {h}×{w} pixels, {:.0}% of the area.",
                in_pixels(halo),
                100.0 * check.spoiled_share(halo)
            )
        }
        None => {
            let mut text = format!(
                "Padding is felt in all that {network} makes of {h}×{w} pixels, up to the middle"
            );
            if let Some(stage) = check.own.stages.iter().rfind(|s| s.spoiled.value.is_none()) {
                let at = |ring: Option<&Interval>| {
                    let value = ring.and_then(|ring| ring.value);
                    value.map_or("an unknown share".into(), |v| {
                        format!("{}%", short(100.0 * v))
                    })
                };
                text += &format!(
                    ": {} is off by {} of the content's spread at its border, by {} in its middle",
                    stage.name,
                    at(stage.profile.first()),
                    at(stage.profile.last())
                );
            }
            let first = check.own.outputs.first();
            if let Some(changed) = first.and_then(|o| o.effect.changed()).and_then(|c| c.value) {
                text += &format!("; {}% of its predictions change", short(100.0 * changed));
            }
            text + "."
        }
    }
}

/// What the last map is called where further ones are not measured.
fn last_map(check: &Check) -> &'static str {
    match check.not_measured().is_empty() {
        true => "the last map",
        false => "the last map that is measured",
    }
}

fn last_stage(check: &Check, stage: &Stage) -> String {
    let Stage {
        name,
        rings,
        coherence,
        ..
    } = stage;
    let (tau, last) = (percent(check.tau), last_map(check));
    let spoiled = stage.spoiled_rings();
    let mut text = match spoiled {
        0 => {
            let beyond = format!("by more than {tau} of the content's spread");
            return format!("At {name}, {last}, no ring differs {beyond}: its borders are right.");
        }
        1 if *rings == 1 => format!(
            "At {name}, {last}, padding spoils the only ring: every position there differs by more than {tau} of the \
             content's spread from what the true surroundings give."
        ),
        spoiled if spoiled == *rings => format!(
            "At {name}, {last}, padding spoils all {rings} rings, up to the very middle: every position there differs by \
             more than {tau} of the content's spread from what the true surroundings give."
        ),
        spoiled => format!(
            "At {name}, {last}, padding spoils the outer {spoiled} of {rings} rings, which is {} of the {} input pixels \
             from the border to the middle: they differ by more than {tau} of the content's spread from what the true \
             surroundings give.",
            pixels(stage.spoiled_pixels().min(middle(check) as f64)),
            middle(check)
        ),
    };
    text += &match stage.pattern {
        true => format!(
            " {} of the error (as squared size) is one fixed pattern, whatever is in the picture (PPP): by it the network can \
             tell where the border is.",
            with_interval(*coherence)
        ),
        false => " No part of that error is measurably identical in all images.".into(),
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
            let db = |interval: &Interval| match *interval {
                Interval { value: None, .. } => "no difference at all".into(),
                Interval {
                    value: Some(value),
                    lo: Some(lo),
                    hi,
                } => {
                    let hi = hi.map_or("no bound".into(), |hi| format!("{hi:.1}"));
                    format!("{value:.1} dB (95% interval {lo:.1} to {hi})")
                }
                Interval {
                    value: Some(value), ..
                } => format!("{value:.1} dB"),
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
            classes(predictions.as_ref(), "channels"),
            with_interval(*border),
            with_interval(*middle),
            positions(predictions.as_ref())
        ),
        Effect::Values {
            difference,
            predictions,
        } => format!(
            "Output {name}, values without rows and columns{}: they differ by {} of their spread, over all of them.{}",
            classes(predictions.as_ref(), "values at every step"),
            with_interval(*difference),
            positions(predictions.as_ref())
        ),
    }
}

/// What values are taken for.
fn classes(predictions: Option<&Predictions>, what: &str) -> String {
    predictions.map_or(String::new(), |found| {
        format!(
            " whose {} {what} we take for classes (a guess, unless the file picks the largest of them)",
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
                "Measured, its effect is below {tau} of the content's spread at every stage from {} off the border on{doubt}: \
                 this is the halo.",
                in_pixels(halo)
            )
        }
        _ => format!(
            "Measured, its effect is above {tau} of the content's spread even in the middle of {0}×{1} pixels: the halo lies \
             beyond it.",
            check.size[0], check.size[1]
        ),
    };
    let mut text = format!(
        "In theory {} depends on {} around the image, and a position of it sees {} to a side. {measured}",
        last_map(check),
        in_pixels(check.reach.pixels as f64),
        in_pixels(check.reach.receptive_field.ceil())
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
                "So keep at least {0} of context on each side of what matters when you crop. Tiles should overlap by {1}, and \
                 {0} on each side of a tile be thrown away: of {h}×{w} pixels {2}×{3} are left.",
                in_pixels(halo),
                in_pixels(2.0 * halo),
                right(h),
                right(w)
            )
        }
        None => {
            let mut text =
                format!("So images of {h}×{w} pixels have no middle that padding leaves alone.");
            if let Some([rows, columns]) = check.larger {
                let whole = rows.max(columns) + 2 * check.needed_margin;
                text += &format!(
                    " To find the halo, measure on larger windows, which this network takes: {} pixels (size) have a middle \
                     that padding cannot reach, on photographs of {whole} pixels to a side.",
                    if rows == columns {
                        rows.to_string()
                    } else {
                        format!("{rows}x{columns}")
                    }
                );
            }
            // Behind a layer that looks at the whole image no context is ever enough.
            if !check.reach.global {
                text += &format!(
                    " {} of context on each side are enough in any case.",
                    in_pixels(check.reach.pixels as f64)
                );
            }
            text
        }
    }
}

fn halved(check: &Check) -> String {
    let Some(halved) = &check.halved else {
        return String::new();
    };
    let rings = |found: &Findings| found.stages.last().map_or(0, Stage::spoiled_rings);
    let [own, half] = [rings(&check.own), rings(&halved.findings)];
    let change = match own == half {
        true => format!(
            "{} has {} as before",
            last_map(check),
            counted(own, "spoiled ring")
        ),
        false => format!(
            "{} has {} instead of {own}",
            last_map(check),
            counted(half, "spoiled ring")
        ),
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
    let ([before, all], [after, _]) = (check.own.rings(), repadded.rings());
    let spoiled = match before == after {
        true => format!("of the {all} rings of all stages {after} are spoiled as before"),
        false => {
            format!("of the {all} rings of all stages {after} are spoiled instead of {before}")
        }
    };
    let halo = match (check.own.halo.value, repadded.halo.value) {
        (None, None) => "the halo still lies beyond the middle".to_string(),
        (None, Some(now)) => format!("the halo is {}, and was beyond the middle", in_pixels(now)),
        (Some(was), None) => format!(
            "the halo lies beyond the middle, and was {}",
            in_pixels(was)
        ),
        (Some(was), Some(now)) if was == now => {
            format!("the halo is {} as before", in_pixels(now))
        }
        (Some(was), Some(now)) => {
            format!("the halo is {} instead of {}", in_pixels(now), pixels(was))
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
