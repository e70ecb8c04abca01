//! How each measure answers to planted signals, from the rows of a finished run.

use std::collections::BTreeMap;

use super::measures::Measure;
use super::summary::mean;
use crate::study::results::{Results, Row};
use crate::study::summary::Estimate;

/// The responses of a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Its name in sentences.
    pub measure: &'static str,
    /// Every strength with the response to it, as a share of that to the strongest signal: the mean over seeds, with
    /// the lowest and the highest as its ends.
    pub shares: Vec<(f64, Estimate)>,
}

/// The responses of every measure that was put to the test; one that does not answer even to the strongest signal has
/// shares of 0.
pub fn responses(results: &Results) -> Vec<Response> {
    let of = |measure: Measure| {
        let mut by_strength: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        let planted = results
            .rows
            .iter()
            .filter(|row| row.is_of("planted_response"));
        for row in planted.filter(|row| row.layer == measure.name()) {
            if let Some((strength, value)) = strength(row).zip(row.value) {
                // The bits of values above 0 are in the order of the values.
                by_strength
                    .entry(strength.to_bits())
                    .or_default()
                    .push(value);
            }
        }
        let whole = by_strength.values().next_back().map_or(0.0, |v| mean(v));
        let scale = if whole > 0.0 { 1.0 / whole } else { 0.0 };
        let share = |(strength, values): (&u64, &Vec<f64>)| {
            let range = Estimate::range(values)?.scaled(scale);
            Some((f64::from_bits(*strength), range))
        };
        let shares: Vec<_> = by_strength.iter().filter_map(share).collect();
        let measure = measure.title();
        (!shares.is_empty()).then_some(Response { measure, shares })
    };
    Measure::all().filter_map(of).collect()
}

/// The strength that was planted.
fn strength(row: &Row) -> Option<f64> {
    let strength: f64 = row.stage.strip_prefix("strength-")?.parse().ok()?;
    (strength > 0.0).then_some(strength)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_shares_of_that_to_the_strongest_signal() {
        let row = |strength: &str, seed, value| Row {
            layer: "nrms".into(),
            metric: "planted_response".into(),
            stage: format!("strength-{strength}"),
            seed,
            value: Some(value),
            ..Row::default()
        };
        let rows = [
            ("1", 0, 3.0),
            ("0.1", 0, 0.3),
            ("0.1", 1, 0.5),
            ("1", 1, 5.0),
        ];
        let results = Results {
            rows: rows.map(|(s, seed, v)| row(s, seed, v)).into(),
            ..Results::default()
        };
        let [only] = responses(&results).try_into().expect("one measure");
        assert_eq!(only.measure, "nRMS");
        let found: Vec<(f64, f64)> = only.shares.iter().map(|(s, e)| (*s, e.value)).collect();
        assert_eq!(found, [(0.1, 0.1), (1.0, 1.0)]);
        assert_eq!(only.shares[0].1.hi, Some(0.125));
    }
}
