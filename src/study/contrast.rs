//! What the matrix of a swap says: its diagonal, networks under their own padding, against the rest.

use super::claims::CONTENT;
use super::results::{Results, Row};
use super::schema::TEST_ACCURACY;
use super::summary::Summary;
use crate::statistics::{Inference, Interval};

/// A square of values of one seed: [trained under][run under].
type Square = Vec<Vec<f64>>;

/// Diagonal against the rest of a swap's matrix, with what the interval is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// The difference with its interval.
    pub inference: Inference,
    /// What the interval is over.
    pub interval: Interval,
    /// Networks that were compared.
    pub networks: usize,
    /// Share of the squares between running paddings, and between training ones.
    pub between: [f64; 2],
}

/// Whether a network's pattern belongs to the padding that it was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// A network makes more of the padding that it was trained with.
    Partly,
    /// A network shows less pattern under the padding that it was trained with.
    Adapted,
    /// No difference is clear.
    Unclear,
}

/// What a swap says about how far the pattern is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SwapFinding {
    /// By which factor nRMS under a network's own padding differs from that under others; shares of the
    /// variation are those of its logarithm.
    pub pattern: Contrast,
    /// By how many percentage points accuracy does.
    pub accuracy: Option<Contrast>,
}

impl SwapFinding {
    /// The finding at a layer; `None` where there is no [`contrast`] of the pattern, as where a network shows none.
    pub fn at(results: &Results, layer: &str) -> Option<SwapFinding> {
        // Where nothing is measurable there is no logarithm.
        let of_strength = |row: &Row| Some(row.value.filter(|_| row.lo > Some(0.0))?.ln());
        let mut pattern = contrast(&squares(results, layer, CONTENT, &of_strength))?;
        pattern.inference = pattern.inference.exp();
        let accuracy = squares(results, "model", TEST_ACCURACY, &|row| {
            row.value.map(|accuracy| 100.0 * accuracy)
        });
        Some(SwapFinding {
            pattern,
            accuracy: contrast(&accuracy),
        })
    }

    /// What the interval of the pattern's factor allows to say.
    pub fn learned(&self) -> Learned {
        let Inference { lo, hi, .. } = self.pattern.inference;
        match (lo > 1.0, hi < 1.0) {
            (true, _) => Learned::Partly,
            (_, true) => Learned::Adapted,
            _ => Learned::Unclear,
        }
    }
}

/// By how much values on the diagonal, networks under their own padding, lie above the others, in the model
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

/// For each seed the square over all padded schemes that are both trained and run under.
fn squares(
    results: &Results,
    layer: &str,
    metric: &str,
    scale: &dyn Fn(&Row) -> Option<f64>,
) -> Vec<Square> {
    let rows = |seed| {
        let rows = results.rows.iter();
        rows.filter(move |r| r.seed == seed && r.layer == layer && r.is_of(metric))
    };
    let runs_under = |scheme: &str| {
        let mut rows = results.rows.iter();
        rows.any(|r| r.under.as_deref() == Some(scheme))
    };
    let mut both = Summary::new(results).padded_schemes();
    both.retain(|scheme| runs_under(scheme));
    let value = |seed, trained: &str, run: &str| {
        let mut rows = rows(seed);
        let found = rows.find(|r| r.scheme == trained && r.under.as_deref() == Some(run));
        found.and_then(scale).unwrap_or(f64::NAN)
    };
    let of_seed = |seed: u64| -> Square {
        let of_network =
            |trained: &&str| both.iter().map(|run| value(seed, trained, run)).collect();
        both.iter().map(of_network).collect()
    };
    let seeds = Summary::new(results).seeds();
    seeds.into_iter().map(of_seed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// log nRMS = scheme run under + network + match, of three schemes.
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
        assert_eq!(SwapFinding::at(&Results::default(), "conv5"), None);
    }
}
