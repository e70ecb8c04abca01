//! By how much patterns changed, several in one phrase.

use super::text::short;
use crate::study::claims::Course;

/// `, by ×1.41 to ×5.95 in feature units, from nothing measurable (below 0.0120) to 0.0500 under 1 of them`: factors
/// where there are any, and in words what has none.
pub fn by_how_much(courses: &[Course], unit: &str) -> String {
    let picked = |of: &dyn Fn(&Course) -> Option<[f64; 2]>| -> Vec<[f64; 2]> {
        courses.iter().filter_map(of).collect()
    };
    let factors = picked(&|course| match course {
        Course::Factor(factor) => Some([factor.value; 2]),
        _ => None,
    });
    let appeared = picked(&|course| match course {
        Course::FromNothing { below, to } => Some([*below, to.value]),
        _ => None,
    });
    let vanished = picked(&|course| match course {
        Course::ToNothing { from, below } => Some([*below, from.value]),
        _ => None,
    });
    let mut text = match factors[..] {
        [] => String::new(),
        _ => format!(", by {}{unit}", range(&factors, "×", " to ")),
    };
    let below = |ends: &[[f64; 2]]| short(ends.iter().map(|[below, _]| *below).fold(0.0, f64::max));
    let between = |ends: &[[f64; 2]]| {
        let range = range(ends, "", " and ");
        let between = if range.contains(' ') { "between " } else { "" };
        format!("{between}{range}{unit}")
    };
    let of_them = |count: usize| match count == courses.len() {
        true => String::new(),
        false => format!(" under {count} of them"),
    };
    if !appeared.is_empty() {
        let (below, to, under) = (
            below(&appeared),
            between(&appeared),
            of_them(appeared.len()),
        );
        text += &format!(", from nothing measurable (below {below}) to {to}{under}");
    }
    if !vanished.is_empty() {
        let (below, from, under) = (
            below(&vanished),
            between(&vanished),
            of_them(vanished.len()),
        );
        text += &format!(", from {from} to nothing measurable (below {below}){under}");
    }
    text
}

/// The least and the most of the second values: `×1.41 to ×5.95`, or one where they look the same.
fn range(values: &[[f64; 2]], sign: &str, to: &str) -> String {
    let values = || values.iter().map(|[_, value]| *value);
    let ends = [values().reduce(f64::min), values().reduce(f64::max)];
    let [least, most] = ends.map(|end| short(end.unwrap_or(1.0)));
    match least == most {
        true => format!("{sign}{least}"),
        false => format!("{sign}{least}{to}{sign}{most}"),
    }
}
