//! What training made of a pattern, as a table and in words.

use super::table::{Cell, Table};
use super::text::short;
use crate::ppp::Metric;
use crate::study::learned::{Effect, effects};
use crate::study::results::Results;
use crate::study::summary::Estimate;
use crate::words::counted;

/// nRMS at the last layer under every padding, trained and untrained.
pub fn table(results: &Results) -> Option<Table> {
    let last = at_the_last_layer(results);
    let layer = &last.first()?.layer;
    let caption = format!("nRMS at {layer}, trained and untrained");
    let columns = [
        "under",
        "trained",
        "untrained",
        "trained / untrained",
        "p (Holm)",
    ];
    let mut table = Table::new(caption, &columns);
    for found in &last {
        let own = if found.own { " (its own)" } else { "" };
        let factor = factor(found).map_or_else(Cell::none, Cell::text);
        table.push(vec![
            Cell::text(format!("{}{own}", found.padding)),
            Cell::estimate(Estimate::of_network(&found.trained)),
            found
                .untrained
                .map_or_else(Cell::none, |v| Cell::text(short(v))),
            factor,
            found
                .p_holm
                .map_or_else(Cell::none, |p| Cell::text(short(p))),
        ]);
    }
    Some(table)
}

/// The same for a reader who has met none of its words; nothing where there is nothing to compare.
pub fn in_short(results: &Results) -> Option<String> {
    let last = at_the_last_layer(results);
    let own = last.iter().find(|found| found.own)?;
    let factor = own.factor?.value;
    let under = format!(
        "the position pattern under {}, with which the network was trained,",
        own.padding
    );
    let did = match (own.is_claimed(), factor > 1.0) {
        (true, true) => format!(
            "Training strengthened {under} to ×{} of what untrained networks show",
            short(factor)
        ),
        (true, false) => format!(
            "Training weakened {under} to ×{} of what untrained networks show",
            short(factor)
        ),
        (false, _) => {
            format!("Untrained networks may well show {under} as much as the trained one")
        }
    };
    let others = last.iter().filter(|found| !found.own);
    let stronger = others
        .clone()
        .filter(|found| found.is_claimed() && found.factor.is_some_and(|f| f.value > 1.0));
    let others = others.count();
    let met = match others {
        0 => String::new(),
        _ => format!(
            "; under {} of {} it never met, it shows more than they do",
            stronger.count(),
            counted(others, "padding")
        ),
    };
    Some(format!("{did}{met}."))
}

/// Whether the pattern under the network's own padding is learned.
pub fn sentence(results: &Results) -> String {
    let last = at_the_last_layer(results);
    let Some(own) = last.iter().find(|found| found.own) else {
        return "The pattern was not measured at any layer.".into();
    };
    let (Some(factor), Some(text)) = (&own.factor, factor(own)) else {
        return format!(
            "Under its own {}, trained or untrained, no pattern is above chance at {}: there is nothing to compare.",
            own.padding, own.layer
        );
    };
    let verdict = match (own.is_claimed(), factor.value > 1.0) {
        (true, true) => "training made it stronger than chance among untrained networks explains",
        (true, false) => "training made it weaker than chance among untrained networks explains",
        (false, _) => "an untrained network may well have as much",
    };
    let others: Vec<String> = (last.iter().filter(|found| !found.own && found.is_claimed()))
        .filter_map(|found| Some(format!("{} ×{}", found.padding, short(found.factor?.value))))
        .collect();
    let never_met = match others.is_empty() {
        true => "Under paddings it was not trained with, it does not clearly differ from untrained networks.".into(),
        false => format!("Under paddings it was not trained with, it differs too: {}.", others.join(", ")),
    };
    format!(
        "At {} the trained network's pattern under its own {} is {text} of that of untrained ones, against the spread of \
         content: {verdict}. {never_met} Intervals are those in which one more untrained network would lie.",
        own.layer, own.padding
    )
}

fn at_the_last_layer(results: &Results) -> Vec<Effect> {
    let mut all = effects(results, Metric::NRms);
    if let Some(last) = all.last().map(|found| found.layer.clone()) {
        all.retain(|found| found.layer == last);
    }
    all
}

/// The factor with its interval, where there is one.
fn factor(found: &Effect) -> Option<String> {
    let factor = found.factor?;
    let [value, lo, hi] = [factor.value, factor.lo, factor.hi].map(short);
    Some(format!("×{value} [{lo}, {hi}]"))
}
