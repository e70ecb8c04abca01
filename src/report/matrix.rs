//! A swap as a matrix, and what its diagonal says against the rest.

use super::number::short;
use super::table::{Cell, Table};
use crate::statistics::{Inference, Interval};
use crate::study::results::{Results, Row};
use crate::study::summary::{CONTROL, Summary};

/// The pattern against the spread of content.
const PATTERN: &str = "nmae";

/// A square of numbers of one seed: [trained under][run under].
type Square = Vec<Vec<f64>>;

/// Diagonal against the rest of a swap's matrix, with what the interval is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    pub inference: Inference,
    pub interval: Interval,
    /// Networks that were compared.
    pub networks: usize,
    /// Share of the squares between running paddings, and between training ones.
    pub between: [f64; 2],
}

/// By how much numbers on the diagonal, networks under their own padding, lie above the others, in the model
/// M_ij = mean + network_i + padding_j + δ·\[i = j\] + error; so neither what a padding does to every network nor
/// what a network does under every padding counts.
///
/// Over two or more seeds the interval of δ is Student's t over the seeds' estimates, otherwise that of the
/// model's own residuals, with n(n - 2) degrees of freedom for n networks. `None` for fewer than two paddings,
/// three where there is one seed, or a matrix with gaps.
pub fn contrast(squares: &[Square]) -> Option<Contrast> {
    let networks = squares.iter().map(Vec::len).sum();
    let (inference, interval) = match squares {
        [only] => (of_one_seed(only)?, Interval::Networks),
        several => {
            let of_seeds: Vec<f64> = several.iter().map(of_match).collect::<Option<_>>()?;
            (Inference::of_mean(&of_seeds)?, Interval::Seeds)
        }
    };
    Some(Contrast {
        inference,
        interval,
        networks,
        between: shares(squares),
    })
}

/// δ of one seed by least squares: the mean of the diagonal minus that of the rest.
fn of_match(square: &Square) -> Option<f64> {
    let n = square.len();
    if n < 2 || square.iter().flatten().any(|v| !v.is_finite()) {
        return None;
    }
    let diagonal: f64 = (0..n).map(|i| square[i][i]).sum();
    let all: f64 = square.iter().flatten().sum();
    Some(diagonal / n as f64 - (all - diagonal) / (n * (n - 1)) as f64)
}

/// δ with the error that the residuals leave: √(Σe²/(n(n - 2))/(n - 1)).
fn of_one_seed(square: &Square) -> Option<Inference> {
    let delta = of_match(square)?;
    let n = square.len();
    let columns = column_means(square);
    let grand = columns.iter().sum::<f64>() / n as f64;
    let mut squares = 0.0;
    for (i, row) in square.iter().enumerate() {
        let mean = row.iter().sum::<f64>() / n as f64;
        for (j, value) in row.iter().enumerate() {
            let matched = f64::from(u8::from(i == j)) - 1.0 / n as f64;
            squares += (value - mean - columns[j] + grand - delta * matched).powi(2);
        }
    }
    let degrees = n * (n - 2);
    let variance = squares / degrees.max(1) as f64 / (n - 1) as f64;
    Inference::student(delta, variance.sqrt(), degrees)
}

fn column_means(square: &Square) -> Vec<f64> {
    let n = square.len();
    let mean = |j: usize| square.iter().map(|row| row[j]).sum::<f64>() / n as f64;
    (0..n).map(mean).collect()
}

/// Shares of the sum of squares about the mean: between columns, and between rows.
fn shares(squares: &[Square]) -> [f64; 2] {
    let (mut columns, mut rows, mut total) = (0.0, 0.0, 0.0);
    for square in squares {
        let n = square.len() as f64;
        let of_columns = column_means(square);
        let grand = of_columns.iter().sum::<f64>() / n;
        columns += n * of_columns.iter().map(|m| (m - grand).powi(2)).sum::<f64>();
        for row in square {
            rows += n * (row.iter().sum::<f64>() / n - grand).powi(2);
            total += row.iter().map(|v| (v - grand).powi(2)).sum::<f64>();
        }
    }
    match total > 0.0 {
        true => [columns / total, rows / total],
        false => [0.0; 2],
    }
}

/// The matrices of accuracy and of the pattern at the last layer, means over seeds.
pub fn tables(results: &Results) -> Vec<Table> {
    let summary = Summary::new(results);
    let mut tables = vec![table(
        results,
        "model",
        "test_accuracy",
        100.0,
        "Test accuracy [%]",
    )];
    if let Some(layer) = summary.last_layer() {
        let caption = format!("nMAE at {layer}");
        tables.push(table(results, layer, PATTERN, 1.0, &caption));
    }
    tables
}

fn table(results: &Results, layer: &str, metric: &str, unit: f64, caption: &str) -> Table {
    let (trained, under) = (schemes(results, |r| Some(&r.scheme)), run_under(results));
    let columns: Vec<&str> = std::iter::once("trained under")
        .chain(under.iter().map(String::as_str))
        .collect();
    let caption = format!("{caption}; columns: run under");
    let mut table = Table::new(caption, &columns);
    for scheme in &trained {
        let mut cells = vec![Cell::text(scheme)];
        for under in &under {
            let values: Vec<f64> = rows(results, layer, metric)
                .filter(|r| r.scheme == *scheme && r.under.as_ref() == Some(under))
                .filter_map(|r| r.value)
                .collect();
            cells.push(match values.len() {
                0 => Cell::none(),
                n => Cell::text(short(unit * values.iter().sum::<f64>() / n as f64)),
            });
        }
        table.push(cells);
    }
    table
}

/// What the swap says about how far the pattern is learned, from its numbers.
pub fn sentence(results: &Results) -> String {
    let summary = Summary::new(results);
    let Some(layer) = summary.last_layer() else {
        return "The pattern was not measured at any layer.".into();
    };
    let pattern = squares(results, layer, PATTERN, &f64::ln);
    let Some(pattern) = contrast(&pattern) else {
        return "Learned and inherent cannot be told apart here: that takes networks of three padded \
                schemes, or of two with several seeds, and a pattern above 0 under each."
            .into();
    };
    let factor = pattern.inference.exp();
    let verdict = match (factor.lo > 1.0, factor.hi < 1.0) {
        (true, _) => "a network makes more of the padding it was trained with: part is learned",
        (_, true) => {
            "a network shows less pattern under the padding it was trained with: it has adapted to \
             it, so the pattern depends on training and not on the scheme alone"
        }
        _ => "no difference is clear here, as if the pattern belonged to scheme and weights alone",
    };
    let [columns, rows] = pattern.between.map(|share| short(100.0 * share));
    let mut text = format!(
        "At {layer} the pattern (nMAE) under the padding that a network was trained with is ×{} [{}, \
         {}] of that under the others, the level of each scheme taken off: {verdict}. Of the \
         variation of its logarithm {columns}% lies between the schemes run under and {rows}% between \
         those trained under. ",
        short(factor.value),
        short(factor.lo),
        short(factor.hi)
    );
    let accuracy = squares(results, "model", "test_accuracy", &|v| 100.0 * v);
    if let Some(accuracy) = contrast(&accuracy) {
        let Inference { value, lo, hi, .. } = accuracy.inference;
        text += &format!(
            "Accuracy under the own padding is {} [{}, {}] points above that under the others. ",
            short(value),
            short(lo),
            short(hi)
        );
    }
    let over = pattern.interval.name();
    text + &format!("95% intervals over {over} ({} networks).", pattern.networks)
}

/// For each seed the square over all padded schemes that are both trained and run under.
fn squares(
    results: &Results,
    layer: &str,
    metric: &str,
    scale: &dyn Fn(f64) -> f64,
) -> Vec<Square> {
    let under = run_under(results);
    let mut both = schemes(results, |r| Some(&r.scheme));
    both.retain(|scheme| scheme != CONTROL && under.contains(scheme));
    let number = |seed: u64, trained: &String, run: &String| {
        let found = rows(results, layer, metric)
            .find(|r| r.seed == seed && r.scheme == *trained && r.under.as_ref() == Some(run));
        found.and_then(|r| r.value).map_or(f64::NAN, scale)
    };
    let of_seed = |seed: u64| -> Square {
        let of_network = |trained| both.iter().map(|run| number(seed, trained, run)).collect();
        both.iter().map(of_network).collect()
    };
    let seeds = Summary::new(results).seeds();
    seeds.into_iter().map(of_seed).collect()
}

fn rows<'a>(
    results: &'a Results,
    layer: &'a str,
    metric: &'a str,
) -> impl Iterator<Item = &'a Row> {
    let of_metric = move |r: &&Row| r.layer == layer && r.metric == metric;
    results.rows.iter().filter(of_metric)
}

fn run_under(results: &Results) -> Vec<String> {
    schemes(results, |r| r.under.as_ref())
}

/// Names of the rows in the order of their first appearance.
fn schemes(results: &Results, name: impl Fn(&Row) -> Option<&String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for name in results.rows.iter().filter_map(name) {
        if !seen.contains(name) {
            seen.push(name.clone());
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// log nMAE = scheme run under + network + match, of three schemes.
    fn square(of_match: f64) -> Square {
        let value = |i: usize, j: usize| {
            let matched = if i == j { of_match } else { 0.0 };
            j as f64 + 0.1 * i as f64 + matched
        };
        (0..3)
            .map(|i| (0..3).map(|j| value(i, j)).collect())
            .collect()
    }

    #[test]
    fn only_the_match_of_training_and_running_counts() {
        let found = contrast(&[square(0.5), square(0.5)]).expect("a contrast");
        assert!((found.inference.value - 0.5).abs() < 1e-12);
        assert_eq!((found.interval, found.networks), (Interval::Seeds, 6));
        let none = contrast(&[square(0.0)]).expect("a contrast");
        assert!(none.inference.value.abs() < 1e-12);
        assert_eq!(none.interval, Interval::Networks);
        // Columns 0, 1, 2 and rows 0, 0.1, 0.2: shares 1 to 0.01.
        assert!((none.between[0] - 1.0 / 1.01).abs() < 1e-12);
        assert!((none.between[1] - 0.01 / 1.01).abs() < 1e-12);
    }

    #[test]
    fn residuals_give_the_interval_of_one_seed() {
        // Added 1 at (0, 1): δ falls by 1/6. Its double centring less δ leaves Σe² = 4/9 - 2/36 = 7/18.
        let mut square = square(0.5);
        square[0][1] += 1.0;
        let found = contrast(&[square]).expect("a contrast").inference;
        assert!((found.value - (0.5 - 1.0 / 6.0)).abs() < 1e-12);
        let half = 3.182_446_305 * (7.0f64 / 18.0 / 3.0 / 2.0).sqrt();
        assert!((found.hi - found.value - half).abs() < 1e-8, "{found:?}");
    }

    #[test]
    fn a_gap_or_a_single_scheme_gives_no_contrast() {
        let mut gap = square(0.5);
        gap[1][2] = f64::NAN;
        assert_eq!(contrast(&[gap]), None);
        let two = vec![vec![1.0, 2.0], vec![3.0, 5.0]];
        assert_eq!(contrast(std::slice::from_ref(&two)), None);
        assert!(contrast(&[two.clone(), two]).is_some());
        assert_eq!(contrast(&[vec![vec![1.0]]]), None);
        assert_eq!(contrast(&[]), None);
        assert!(sentence(&Results::default()).contains("not measured"));
    }
}
