//! Rank correlation.

/// The rank of every value, counted from 1; equal values share the average of their ranks.
///
/// ```
/// use padgrad::probes::rank::ranks;
/// assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
/// ```
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let average = first as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|&i| ranks[i] = average);
        first += equal.len();
    }
    ranks
}

/// Spearman's correlation: Pearson's r of the [`ranks`]; 0 where one side is constant.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    correlation(&ranks(a), &ranks(b))
}

/// Pearson's r = Σ(a - ā)(b - b̄) / √(Σ(a - ā)² · Σ(b - b̄)²); 0 where one side is constant.
///
/// # Panics
/// If the lengths differ.
#[track_caller]
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    assert!(
        a.len() == b.len(),
        "correlation: {} values against {}",
        a.len(),
        b.len()
    );
    let n = a.len().max(1) as f64;
    let [mean_a, mean_b] = [a, b].map(|v| v.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        (ab, aa, bb) = (ab + x * y, aa + x * x, bb + y * y);
    }
    if aa == 0.0 || bb == 0.0 {
        return 0.0;
    }
    ab / (aa * bb).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of SciPy's `spearmanr`.
    #[test]
    fn agrees_with_scipy_with_and_without_ties() {
        let cases: [(&[f64], &[f64], f64); 4] = [
            (
                &[1.0, 2.0, 3.0, 4.0, 5.0],
                &[5.0, 6.0, 7.0, 8.0, 7.0],
                0.820_782_681_668_123_3,
            ),
            (
                &[1.0, 2.0, 2.0, 3.0, 3.0, 3.0],
                &[6.0, 5.0, 5.0, 1.0, 2.0, 2.0],
                -0.953_462_589_245_592_2,
            ),
            (
                &[0.3, -1.2, 4.5, 0.0, 0.0, 7.0, -3.0],
                &[1.0, 1.0, 0.0, 2.0, 5.0, 5.0, 5.0],
                -0.207_695_100_813_574_26,
            ),
            (&[1.0, 2.0, 3.0], &[4.0, 5.0, 9.0], 1.0),
        ];
        for (a, b, expected) in cases {
            let found = spearman(a, b);
            assert!((found - expected).abs() < 1e-12, "{a:?} {b:?}: {found}");
        }
    }

    #[test]
    fn a_constant_correlates_with_nothing() {
        assert_eq!(spearman(&[2.0; 4], &[1.0, 2.0, 3.0, 4.0]), 0.0);
        assert_eq!(spearman(&[], &[]), 0.0);
    }
}
