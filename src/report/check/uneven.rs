//! Where padding is uneven, and at which sizes it is not, in words.

use crate::study::check::{Check, Uneven};
use crate::words::counted;

/// Layers that a sentence names before it counts the rest.
const NAMED: usize = 3;

/// The layers on which padding acts unevenly.
pub(super) fn uneven(check: &Check) -> String {
    let [h, w] = check.size;
    if check.uneven.is_empty() {
        return format!(
            "Padding is even: at {h}×{w} pixels every layer reads as much of it at the top as at the bottom, at the left as \
             at the right."
        );
    }
    let told: Vec<String> = alike(check)
        .iter()
        .map(|(_, what, names)| format!("{what} at {}", listed(names, NAMED)))
        .collect();
    format!(
        "At {h}×{w} pixels padding is uneven at {}, so that the network can tell one border from the other: {}. {}",
        counted(check.uneven.len(), "layer"),
        told.join("; "),
        even_sizes(check.size, &check.even_sizes)
    )
}

/// Layers on which padding acts alike: the first of them, what it does, and the names of all.
pub(super) fn alike(check: &Check) -> Vec<(&Uneven, String, Vec<&str>)> {
    let mut alike: Vec<(&Uneven, String, Vec<&str>)> = Vec::new();
    for layer in &check.uneven {
        let what = of_layer(layer);
        match alike.iter_mut().find(|(_, other, _)| *other == what) {
            Some((.., names)) => names.push(&layer.name),
            None => alike.push((layer, what, vec![&layer.name])),
        }
    }
    alike
}

/// The first `most` names, and how many more there are.
pub(super) fn listed(names: &[&str], most: usize) -> String {
    match names.len().saturating_sub(most) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..most].join(", ")),
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
