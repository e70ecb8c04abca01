//! What the readout is trained to paint.

use std::f64::consts::TAU;

/// A map that depends on the position alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// x: from left to right.
    Hor,
    /// y: from top to bottom.
    Ver,
    /// exp(-((x-c)² + (y-c)²) / 2σ²) around the centre c with σ half a side.
    Gau,
    /// ½(1 + cos(2π·2.5·(y+½)/S)): stripes along the rows.
    Horstp,
    /// The same along the columns.
    Verstp,
}

/// Periods of the stripes on a side.
const PERIODS: f64 = 2.5;

impl Target {
    /// Every target, in the order of the paper.
    pub const ALL: [Target; 5] = [
        Target::Hor,
        Target::Ver,
        Target::Gau,
        Target::Horstp,
        Target::Verstp,
    ];

    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Target::Hor => "hor",
            Target::Ver => "ver",
            Target::Gau => "gau",
            Target::Horstp => "horstp",
            Target::Verstp => "verstp",
        }
    }

    fn value(self, y: f64, x: f64, side: f64) -> f64 {
        let stripes = |at: f64| 0.5 * (1.0 + (TAU * PERIODS * (at + 0.5) / side).cos());
        let (centre, sigma) = ((side - 1.0) / 2.0, side / 2.0);
        match self {
            Target::Hor => x,
            Target::Ver => y,
            Target::Gau => {
                let square = (x - centre).powi(2) + (y - centre).powi(2);
                (-square / (2.0 * sigma * sigma)).exp()
            }
            Target::Horstp => stripes(y),
            Target::Verstp => stripes(x),
        }
    }

    /// The map on `side`×`side` pixels, row by row, stretched to [0, 1]; zeros where it is constant.
    pub fn map(self, side: usize) -> Vec<f64> {
        let at = |i: usize| self.value((i / side) as f64, (i % side) as f64, side as f64);
        let map: Vec<f64> = (0..side * side).map(at).collect();
        let low = map.iter().copied().fold(f64::INFINITY, f64::min);
        let high = map.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = if high > low { high - low } else { 1.0 };
        map.into_iter().map(|v| (v - low) / range).collect()
    }

    /// The mean absolute error of the best guess without any position: the median of the map.
    pub fn blind_error(self, side: usize) -> f64 {
        let mut map = self.map(side);
        map.sort_unstable_by(f64::total_cmp);
        let median = map.get(map.len() / 2).copied().unwrap_or(0.0);
        map.iter().map(|v| (v - median).abs()).sum::<f64>() / map.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(found: &[f64], expected: &[f64]) {
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
        let same = found.len() == expected.len() && found.iter().zip(expected).all(close);
        assert!(same, "{found:?} is not {expected:?}");
    }

    #[test]
    fn targets_on_three_pixels_have_their_values() {
        let third = 0.5;
        assert_close(
            &Target::Hor.map(3),
            &[0.0, third, 1.0, 0.0, third, 1.0, 0.0, third, 1.0],
        );
        assert_close(
            &Target::Ver.map(3),
            &[0.0, 0.0, 0.0, third, third, third, 1.0, 1.0, 1.0],
        );
        // σ = 1.5: edges e^(-1/4.5), corners e^(-2/4.5).
        let [edge, corner] = [-1.0f64 / 4.5, -2.0 / 4.5].map(f64::exp);
        let edge = (edge - corner) / (1.0 - corner);
        assert_close(
            &Target::Gau.map(3),
            &[0.0, edge, 0.0, edge, 1.0, edge, 0.0, edge, 0.0],
        );
    }

    #[test]
    fn stripes_turn_from_light_to_dark_two_and_a_half_times() {
        // At (y + ½)/5 the cosine of π·(y + ½) is 0 for every y: use ten rows, π/4, 3π/4, …
        let rows: Vec<f64> = Target::Horstp.map(10).chunks(10).map(|r| r[0]).collect();
        assert_close(&rows, &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
        let (along, across) = (Target::Horstp.map(32), Target::Verstp.map(32));
        for y in 0..32 {
            for x in 0..32 {
                assert_eq!(along[y * 32 + x], across[x * 32 + y]);
            }
        }
    }

    #[test]
    fn a_blind_guess_errs_by_a_quarter_on_a_ramp() {
        assert!((Target::Hor.blind_error(32) - 0.25).abs() < 0.01);
        assert_eq!(Target::Gau.map(1), [0.0]);
    }
}
