//! What training made of a pattern: the trained network among untrained ones.

use std::collections::BTreeMap;

use super::super::csv::{document, field, optional};
use super::super::moments::{FINAL, INIT};
use super::super::results::{Results, Row};
use crate::ppp::Metric;
use crate::statistics::{Inference, Measured, holm};

/// The metrics in which trained and untrained networks are compared.
const COMPARED: [Metric; 5] = [
    Metric::NRms,
    Metric::Rms,
    Metric::Coherence,
    Metric::Halo,
    Metric::ImpactChanged,
];

/// A metric of one layer under one padding, of the trained network and of untrained ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Layer; `output` for what becomes of predictions.
    pub layer: String,
    /// Metric.
    pub metric: String,
    /// What the networks run under.
    pub padding: String,
    /// Whether it is the padding of training.
    pub own: bool,
    /// The trained network's value, with its interval over images.
    pub trained: Measured,
    /// The geometric mean of the untrained networks; `None` where one is not above chance.
    pub untrained: Option<f64>,
    /// trained / untrained, with the interval in which one more untrained network would lie in 95 of 100 cases:
    /// exp(ln trained - m ± t·s·√(1 + 1/n)), m and s the mean and deviation of the n untrained networks' logarithms.
    pub factor: Option<Inference>,
    /// The p value of a factor of 1 after Holm's correction for the paddings at this layer.
    pub p_holm: Option<f64>,
}

impl Effect {
    /// Whether training changed it: an untrained network would hardly have the trained one's value.
    pub fn is_claimed(&self) -> bool {
        self.p_holm.is_some_and(|p| p < 0.05)
    }
}

/// The effects of `metric`, layer by layer in the order of the results and padding by padding.
pub fn effects(results: &Results, metric: Metric) -> Vec<Effect> {
    let metric = metric.name();
    let of_metric = |row: &&Row| row.is_of(metric);
    let mut cases: Vec<(&str, &str)> = Vec::new();
    let mut values: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in results.rows.iter().filter(of_metric) {
        let padding = row.under.as_deref().unwrap_or(&row.scheme);
        let case = (row.layer.as_str(), padding);
        if !values.contains_key(&case) {
            cases.push(case);
        }
        values.entry(case).or_default().push(row);
    }
    // Rows come layer by layer under one padding after the other.
    let layers: Vec<&str> = cases.iter().map(|(layer, _)| *layer).collect();
    cases.sort_by_key(|(layer, _)| layers.iter().position(|known| known == layer));
    let mut found: Vec<Effect> = (cases.iter())
        .filter_map(|case| effect(metric, case, &values[case]))
        .collect();
    correct(&mut found);
    found
}

fn effect(metric: &str, (layer, padding): &(&str, &str), rows: &[&Row]) -> Option<Effect> {
    let trained = rows.iter().find(|row| row.stage == FINAL)?;
    let untrained = rows.iter().filter(|row| row.stage == INIT);
    // Of a pattern that chance alone may have made no ratio means anything.
    let logarithm = |row: &&&Row| row.value.filter(|_| row.lo > Some(0.0)).map(f64::ln);
    let logarithms: Option<Vec<f64>> = untrained.map(|row| logarithm(&row)).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let factor = (logarithms.as_deref().zip(logarithm(&trained))).and_then(|(untrained, own)| {
        let (n, m) = (untrained.len(), mean(untrained));
        let squares: f64 = untrained.iter().map(|v| (v - m).powi(2)).sum();
        let deviation = (squares / (n.saturating_sub(1)) as f64).sqrt();
        let error = deviation * (1.0 + 1.0 / n as f64).sqrt();
        Some(Inference::student(own - m, error, n.checked_sub(1)?)?.exp())
    });
    Some(Effect {
        layer: (*layer).to_string(),
        metric: metric.to_string(),
        padding: (*padding).to_string(),
        own: trained.under.is_none(),
        trained: Measured {
            value: trained.value,
            lo: trained.lo,
            hi: trained.hi,
        },
        untrained: logarithms.filter(|l| !l.is_empty()).map(|l| mean(&l).exp()),
        factor,
        p_holm: None,
    })
}

/// The effects on every metric that is compared, for pandas, polars, R and spreadsheets.
pub fn effects_csv(results: &Results) -> String {
    let header = "arch,layer,metric,under,own,trained,trained_lo,trained_hi,untrained,factor,lo,hi,p,p_holm,images";
    let found = COMPARED
        .into_iter()
        .flat_map(|metric| effects(results, metric));
    let lines = found.map(|effect| {
        let factor = |of: fn(&Inference) -> f64| optional(effect.factor.as_ref().map(of));
        [
            field(&results.arch),
            field(&effect.layer),
            effect.metric.clone(),
            field(&effect.padding),
            effect.own.to_string(),
            optional(effect.trained.value),
            optional(effect.trained.lo),
            optional(effect.trained.hi),
            optional(effect.untrained),
            factor(|f| f.value),
            factor(|f| f.lo),
            factor(|f| f.hi),
            factor(|f| f.p),
            optional(effect.p_holm),
            results.images.to_string(),
        ]
    });
    document(header, lines)
}

/// Holm's correction within every layer.
fn correct(found: &mut [Effect]) {
    for of_layer in found.chunk_by_mut(|a, b| a.layer == b.layer) {
        let mut compared: Vec<&mut Effect> =
            of_layer.iter_mut().filter(|c| c.factor.is_some()).collect();
        let p: Vec<f64> = compared
            .iter()
            .filter_map(|c| c.factor)
            .map(|f| f.p)
            .collect();
        for (effect, p) in compared.iter_mut().zip(holm(&p)) {
            effect.p_holm = Some(p);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(stage: &str, seed: u64, under: Option<&str>, value: f64) -> Row {
        Row {
            scheme: "zeros".into(),
            under: under.map(String::from),
            seed,
            stage: stage.into(),
            layer: "last".into(),
            metric: Metric::NRms.to_string(),
            value: Some(value),
            lo: Some(0.9 * value),
            ..Row::default()
        }
    }

    fn results(trained: [f64; 2], untrained: [[f64; 3]; 2]) -> Results {
        let mut results = Results::default();
        for (under, (trained, untrained)) in [None, Some("reflect")]
            .into_iter()
            .zip(trained.into_iter().zip(untrained))
        {
            results.rows.push(row(FINAL, 0, under, trained));
            for (seed, value) in untrained.into_iter().enumerate() {
                results.rows.push(row(INIT, seed as u64, under, value));
            }
        }
        results
    }

    #[test]
    fn a_trained_network_is_told_from_untrained_ones_by_their_spread() {
        let found = results([4.0, 0.11], [[1.0, 1.1, 0.9], [0.1, 0.12, 0.09]]);
        let [own, reflect] = effects(&found, Metric::NRms).try_into().unwrap();
        assert!(own.own && own.is_claimed() && !reflect.is_claimed() && !reflect.own);
        let factor = own.factor.unwrap();
        // By hand: logarithms 0, 0.09531, -0.10536, mean -0.00335, deviation 0.10038; t of two degrees 4.3027.
        assert!((own.untrained.unwrap() - (-0.003_35f64).exp()).abs() < 1e-4);
        assert!((factor.value / (4.0 * 0.003_35f64.exp()) - 1.0).abs() < 1e-4);
        let half = 4.3027 * 0.100_38 * (4.0f64 / 3.0).sqrt();
        assert!((factor.hi / factor.value / half.exp() - 1.0).abs() < 1e-3);
        // Two paddings are compared: Holm doubles the smaller p value.
        assert_eq!(own.p_holm, Some(2.0 * factor.p));
    }

    #[test]
    fn layers_come_one_after_the_other_whatever_the_order_of_rows() {
        let mut found = results([4.0, 0.11], [[1.0, 1.1, 0.9], [0.1, 0.12, 0.09]]);
        let first = found.rows.iter().map(|row| Row {
            layer: "first".into(),
            ..row.clone()
        });
        // first, last, first, last: as a network is measured under one padding after the other.
        let pairs = first
            .collect::<Vec<_>>()
            .into_iter()
            .zip(found.rows.clone());
        found.rows = pairs.flat_map(|(a, b)| [a, b]).collect();
        let layers: Vec<String> = (effects(&found, Metric::NRms).into_iter())
            .map(|effect| effect.layer)
            .collect();
        assert_eq!(layers, ["first", "first", "last", "last"]);
    }

    #[test]
    fn nothing_is_claimed_from_a_pattern_that_is_not_there() {
        let found = results([4.0, 0.1], [[0.0, 1.1, 0.9], [0.1, 0.12, 0.09]]);
        let own = &effects(&found, Metric::NRms)[0];
        assert_eq!(
            (own.factor, own.untrained, own.is_claimed()),
            (None, None, false)
        );
    }
}
