//! The names and units of everything that results hold; [the guide](crate::guide::schema) explains them.

use crate::ppp::Metric;

/// The share of test images that a network classifies correctly.
pub const TEST_ACCURACY: &str = "test_accuracy";

/// The share of pixels that two crops of an image classify differently.
pub const CROP_DISAGREEMENT: &str = "crop_disagreement";

/// The share of objects that a network classifies correctly at a distance from the border.
pub const PLACED_ACCURACY: &str = "placed_accuracy";

/// The metrics that are none of PPP, with their units. A name that ends in `…` is one of many.
const OTHERS: [(&str, &str); 34] = [
    (TEST_ACCURACY, "share"),
    ("accuracy_change", "share"),
    ("padding_affected_0.1", "share"),
    ("padding_affected_0.3", "share"),
    ("padding_affected_0.5", "share"),
    ("border_detectors_0.8", "share"),
    ("ks_excess_c…", "share"),
    ("similar_accuracy", "share"),
    ("dissimilar_accuracy", "share"),
    ("fresh_similar_accuracy", "share"),
    ("fresh_dissimilar_accuracy", "share"),
    ("gap", "share"),
    ("ceiling", "share"),
    ("epochs_trained", "epochs"),
    ("spc", "correlation"),
    ("mae", "target"),
    ("equivariance_db", "dB"),
    ("equivariance_error", "share"),
    (CROP_DISAGREEMENT, "share"),
    (PLACED_ACCURACY, "share"),
    ("placed_change", "share"),
    ("null_value", "measure"),
    ("value", "measure"),
    ("planted_response", "measure"),
    ("sign_flip_claims", "share"),
    ("nulls", "count"),
    ("false_positive_rate", "share"),
    ("seed_spread", "ratio"),
    ("rank_correlation", "correlation"),
    ("per_tenfold", "factor"),
    ("lowest_detected", "deviations"),
    ("seconds", "s"),
    ("majority_share", "share"),
    ("ended_at_majority", "flag"),
];

/// Every metric that a row can be of, with its unit.
pub fn metrics() -> impl Iterator<Item = (&'static str, &'static str)> {
    Metric::all().map(|m| (m.name(), m.unit())).chain(OTHERS)
}

/// The unit of a metric's values; empty for one that is not known.
pub fn unit(metric: &str) -> &'static str {
    let named = |name: &str| match name.strip_suffix('…') {
        Some(begins) => metric.starts_with(begins),
        None => metric == name,
    };
    metrics()
        .find(|(name, _)| named(name))
        .map_or("", |(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::csv::{epochs_csv, growth_csv, results_csv};
    use crate::study::learned::effects_csv;
    use crate::study::results::Results;
    use crate::train::checkpoint::Binding;

    const PAGE: &str = include_str!("../guide/schema.md");

    /// The first cells of the rows of the table under a heading of the page, without backticks.
    fn column(heading: &str, number: usize) -> Vec<String> {
        let (_, section) = PAGE.split_once(&format!("## {heading}\n")).expect(heading);
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.map(|row| row.split('|').nth(number + 1).unwrap_or_default());
        cells.map(|cell| cell.trim().replace('`', "")).collect()
    }

    #[test]
    fn the_page_names_every_column_in_its_order() {
        let results = Results::default();
        for (file, text) in [
            ("results.csv", results_csv(&results)),
            ("growth.csv", growth_csv(&results.growth)),
            ("epochs.csv", epochs_csv(&results.epochs)),
            ("learned.csv", effects_csv(&results)),
        ] {
            let header = text.lines().next().unwrap_or_default();
            assert_eq!(column(file, 0).join(","), header, "{file}");
        }
    }

    #[test]
    fn the_page_names_every_key_of_the_results() {
        let row = r#"{"scheme":"a","layer":"b","metric":"c","from":"d","to":"e","comparison":"factor",
            "value":1.0,"lo":null,"hi":null,"interval":"seeds","seeds":2,"p":null,"p_holm":null}"#;
        let diverged = r#"{"scheme":"a","seed":0,"what":"b","problem":"c","remedy":"d"}"#;
        let results = Results {
            growth: vec![serde_json::from_str(row).expect("a row")],
            diverged: vec![serde_json::from_str(diverged).expect("a network")],
            binding: Some(Binding::default()),
            settings: Some(toml::Table::new()),
            rows_left_out: 1,
            ..Results::default()
        };
        let written = serde_json::to_value(&results).expect("JSON");
        let keys: Vec<&String> = written.as_object().expect("an object").keys().collect();
        let mut named = column("results.json", 0);
        named.sort();
        assert_eq!(named.iter().collect::<Vec<_>>(), keys);
    }

    #[test]
    fn the_page_names_every_metric_with_its_unit() {
        let named = column("Metrics", 0).into_iter().zip(column("Metrics", 1));
        let known = metrics().map(|(name, unit)| (name.to_string(), unit.to_string()));
        assert_eq!(named.collect::<Vec<_>>(), known.collect::<Vec<_>>());
        assert_eq!((unit("ks_excess_c12"), unit("nothing")), ("share", ""));
    }
}
