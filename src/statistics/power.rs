//! The power of what images share, from products of different blocks of images, with calibrated intervals.
//!
//! A power is quadratic, so the error of its estimate has two parts (Hoeffding, *A Class of Statistics with
//! Asymptotically Normal Distribution*, Annals of Mathematical Statistics 19, 1948): one linear in the noise
//! of the blocks, which vanishes with the pattern, and one quadratic, which is all that is left without one and
//! is skewed. The jackknife sees twice the variance of the second; so both are drawn here by themselves.

use std::sync::LazyLock;

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::jackknife::{BLOCKS, Measured};
use crate::rng::Seed;

/// Draws of signs for the blocks; p values are multiples of 1/(`FLIPS` + 1).
const FLIPS: usize = 1999;
/// The first of them, which make the intervals.
pub(super) const DRAWS: usize = 999;
/// A strength is claimed where the probability of one as large by chance is at most this.
pub(super) const SIGNIFICANCE: f64 = 0.05;
/// Student's quantile with 19 degrees of freedom over the normal one: the spread of blocks is estimated.
const STUDENT: f64 = 1.067_9;

type Blocks = [f64; BLOCKS];

/// The same for every layer and network, so that errors on the same images can be compared.
static SIGNS: LazyLock<Vec<Blocks>> = LazyLock::new(|| {
    let mut rng = Seed(0).child("sign flips").rng();
    let mut signs = || std::array::from_fn(|_| if rng.random::<bool>() { 1.0 } else { -1.0 });
    (0..FLIPS).map(|_| signs()).collect()
});

/// The products ⟨M_b, M_c⟩ of the blocks' means, averaged over channels and positions.
pub type Products = [Blocks; BLOCKS];

/// The power θ = |mean|² of what images share, or its ratio to another power; with draws of its error.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Power {
    /// Unbiased, and so below 0 about as often as above where nothing is shared.
    pub value: f64,
    /// The probability of a value as large if every block's mean could as well have had the other sign.
    ///
    /// Exact for noise that is symmetric around 0: each flip of the blocks' signs keeps their sizes and destroys
    /// what they share. Source: Fisher, *The Design of Experiments*, 1935, section 21.
    pub p: f64,
    /// What chance alone exceeds in 5% of cases.
    pub chance: f64,
    linear: Vec<f64>,
    quadratic: Vec<f64>,
    /// Of the ratio alone, as a share of it: what the power below it adds.
    relative: Vec<f64>,
}

impl Power {
    /// The strength, the root of a power, that chance alone exceeds in 5% of cases.
    pub fn strength_by_chance(&self) -> f64 {
        self.chance.sqrt()
    }

    /// Whether chance alone gives as much in at most 5% of cases.
    pub fn is_above_chance(&self) -> bool {
        self.p <= SIGNIFICANCE
    }

    /// The power from all products of different blocks: (|Σ M|² - Σ|M|²) / (g(g-1)) over g blocks.
    ///
    /// Blocks share no image, so that their noise has no part in it, even where neighbouring images resemble
    /// each other. The quadratic error is that of random signs on the products after their additive part is
    /// taken out (Székely and Rizzo, *Partial Distance Correlation with Methods for Dissimilarities*, Annals of
    /// Statistics 42, 2014, whose U-centring makes Σ c²/(g(g-3)) unbiased for tr Σ², Σ the covariance of the
    /// blocks' means); the linear one has the variance that is left of the rows' when tr Σ²/(g-2) is taken off.
    pub fn new(products: &Products) -> Power {
        let g = BLOCKS as f64;
        let rows: Blocks = std::array::from_fn(|b| {
            let others = (0..BLOCKS).filter(|c| *c != b);
            others.map(|c| products[b][c]).sum()
        });
        let total: f64 = rows.iter().sum();
        let value = total / (g * (g - 1.0));
        let mut centred = *products;
        for (b, row) in centred.iter_mut().enumerate() {
            for (c, product) in row.iter_mut().enumerate() {
                *product += total / ((g - 1.0) * (g - 2.0)) - (rows[b] + rows[c]) / (g - 2.0);
            }
            row[b] = 0.0;
        }
        let squares: f64 = centred.iter().flatten().map(|c| c * c).sum();
        let trace_of_square = squares / (g * (g - 3.0));
        let trace = (0..BLOCKS).map(|b| products[b][b]).sum::<f64>() / g - value;
        // Over g(g-1) products random signs have the variance of Σ c², which is short by this.
        let widened = ((g - 1.0) / (g - 3.0)).sqrt();
        let quadratic: Vec<f64> = (SIGNS[..DRAWS].iter())
            .map(|signs| widened * signed(&centred, signs))
            .collect();
        let chance = quantile(&mut quadratic.clone(), 1.0 - SIGNIFICANCE).max(0.0);
        let towards: Blocks = rows.map(|row| (row - (g - 1.0) * value) / (g - 2.0));
        let spread: f64 = towards.iter().map(|t| t * t).sum();
        let variance = (spread / (g - 1.0) - trace_of_square / (g - 2.0)).max(0.0);
        // The noise's variance along the pattern. Where the pattern is lost in the noise nothing tells its direction:
        // a quarter of the way, in logarithms, from one drawn like the noise to that of the most noise.
        let most = trace_of_square.sqrt();
        let typical = trace_of_square / trace.max(f64::MIN_POSITIVE);
        let unknown = typical.powf(0.75) * most.powf(0.25);
        let weight = 0.5 * chance;
        let along = (variance + weight * unknown) / (value.max(0.0) + weight);
        let along = if along.is_finite() {
            along.min(most).sqrt()
        } else {
            0.0
        };
        let scale = if spread > 0.0 {
            along * (g / spread).sqrt()
        } else {
            0.0
        };
        let larger = SIGNS.iter().filter(|s| signed(products, s) >= value);
        let p = match value.is_finite() {
            true => (1.0 + larger.count() as f64) / (1.0 + FLIPS as f64),
            false => f64::NAN,
        };
        Power {
            value,
            p,
            chance,
            linear: means_of_flips(&towards.map(|t| t * scale)),
            quadratic,
            relative: vec![0.0; DRAWS],
        }
    }

    /// Its ratio to a power that is far from 0, given with each block left out.
    pub fn over(&self, power: f64, without: &[f64]) -> Power {
        let g = without.len() as f64;
        let mean = without.iter().sum::<f64>() / g;
        let factor = (g * (g - 1.0)).sqrt() / power;
        let deviations = std::array::from_fn(|b| {
            let left_out = without.get(b).copied().unwrap_or(mean);
            (mean - left_out) * factor
        });
        let divided = |values: &[f64], by: f64| values.iter().map(|v| v / by).collect();
        Power {
            value: self.value / power,
            p: self.p,
            chance: self.chance / power,
            linear: divided(&self.linear, power.sqrt()),
            quadratic: divided(&self.quadratic, power),
            // By its logarithm, as it is positive.
            relative: means_of_flips(&deviations)
                .iter()
                .map(|log| (-log).exp_m1())
                .collect(),
        }
    }

    /// Draws of the estimate's error where the truth is `theta`.
    pub(super) fn errors(&self, theta: f64) -> Vec<f64> {
        let root = 2.0 * theta.sqrt();
        let parts = self.linear.iter().zip(&self.quadratic).zip(&self.relative);
        parts
            .map(|((linear, quadratic), relative)| root * linear + quadratic + theta * relative)
            .collect()
    }

    /// The 95% interval: every θ ≥ 0 under which the value lies between the quantiles of its draws.
    ///
    /// At θ = 0 all 5% are above, so that the interval ends at 0 where no pattern is claimed; from `chance` on
    /// half of them are on each side. Any such split covers 95% (Puza and O'Neill, *Interval Estimation via
    /// Tail Functions*, Canadian Journal of Statistics 34, 2006); this one never leaves an interval empty, as in
    /// Feldman and Cousins, *Unified Approach to the Classical Statistical Analysis of Small Signals*, 1998.
    pub fn interval(&self) -> [f64; 2] {
        let half = SIGNIFICANCE / 2.0;
        let below = |theta: f64| match self.chance > 0.0 {
            true => half * (theta / self.chance).min(1.0),
            false => half,
        };
        let lowest = |theta: f64| theta + quantile(&mut self.errors(theta), below(theta));
        let highest = |theta: f64| {
            let share = 1.0 - SIGNIFICANCE + below(theta);
            theta + quantile(&mut self.errors(theta), share)
        };
        let reaches = |end: &dyn Fn(f64) -> f64| {
            let short = |theta: f64| self.value - end(theta);
            crossing(&short, self.value.max(self.chance))
        };
        let lo = match self.is_claimed() {
            true if self.value > highest(0.0) => reaches(&highest).min(self.value),
            _ => 0.0,
        };
        [lo, reaches(&lowest).max(self.value).max(0.0)]
    }

    /// Whether chance alone gives a value as large in at most 5% of cases.
    pub fn is_claimed(&self) -> bool {
        self.p <= SIGNIFICANCE
    }

    /// The power with its [`interval`](Power::interval), which is widened to a value below 0.
    pub fn measured(&self) -> Measured {
        if !self.value.is_finite() {
            return Measured::default();
        }
        let [lo, hi] = self.interval();
        Measured {
            lo: Some(lo.min(self.value)),
            hi: Some(hi),
            ..Measured::exact(self.value)
        }
    }

    /// √max(θ, 0) with its interval.
    pub fn root(&self) -> Measured {
        self.measured().root()
    }
}

/// Where a decreasing function passes 0, beyond 0 and perhaps near `first`: by false position, where the end that
/// stays counts half the next time (the Illinois method: Dowell and Jarratt, BIT 11, 1971).
pub(super) fn crossing(function: &dyn Fn(f64) -> f64, first: f64) -> f64 {
    const STEPS: usize = 40;
    const CLOSE: f64 = 1e-6;
    let mut low = [0.0, function(0.0)];
    let mut high = [first, function(first)];
    for _ in 0..STEPS {
        if high[1] <= 0.0 {
            break;
        }
        low = high;
        high = [2.0 * high[0], function(2.0 * high[0])];
    }
    for _ in 0..STEPS {
        if low[1] <= 0.0 || high[0] - low[0] <= CLOSE * high[0] {
            break;
        }
        let between = (low[0] * high[1] - high[0] * low[1]) / (high[1] - low[1]);
        let at = [between, function(between)];
        match at[1] > 0.0 {
            true => (low, high[1]) = (at, 0.5 * high[1]),
            false => (high, low[1]) = (at, 0.5 * low[1]),
        }
    }
    high[0]
}

/// The mean product of different blocks after each has taken its sign.
fn signed(products: &Products, signs: &Blocks) -> f64 {
    let of_row = |b: usize| {
        let row = products[b][..b].iter().zip(signs);
        signs[b] * row.map(|(product, sign)| product * sign).sum::<f64>()
    };
    let total: f64 = (1..BLOCKS).map(of_row).sum();
    2.0 * total / (BLOCKS * (BLOCKS - 1)) as f64
}

/// The means of the blocks' deviations under every draw of signs.
fn means_of_flips(deviations: &Blocks) -> Vec<f64> {
    let mean = |signs: &Blocks| {
        let terms = signs.iter().zip(deviations).map(|(s, d)| s * d);
        STUDENT * terms.sum::<f64>() / BLOCKS as f64
    };
    SIGNS[..DRAWS].iter().map(mean).collect()
}

/// The value below which a share of the values lies, between its two neighbours; reorders them.
pub(super) fn quantile(values: &mut [f64], share: f64) -> f64 {
    let at = share * (values.len() - 1) as f64;
    let below = at.floor() as usize;
    let (_, value, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    match next.is_finite() {
        true => *value + (at - below as f64) * (next - *value),
        false => *value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Products of blocks that are alike but for ±`noise`, of one value each.
    fn products(mean: f64, noise: f64) -> Products {
        let block = |b: usize| mean + noise * if b.is_multiple_of(2) { 1.0 } else { -1.0 };
        std::array::from_fn(|b| std::array::from_fn(|c| block(b) * block(c)))
    }

    #[test]
    fn what_is_the_same_in_every_block_is_known_for_certain() {
        let power = Power::new(&products(3.0, 0.0));
        assert!((power.value - 9.0).abs() < 1e-12 && power.is_claimed());
        let [lo, hi] = power.interval();
        assert!(
            (lo - 9.0).abs() < 1e-6 && (hi - 9.0).abs() < 1e-6,
            "{lo} {hi}"
        );
        let nothing = Power::new(&products(0.0, 0.0));
        assert_eq!(
            (nothing.value, nothing.p, nothing.interval()),
            (0.0, 1.0, [0.0, 0.0])
        );
        assert_eq!(nothing.root().hi, Some(0.0));
    }

    #[test]
    fn one_value_has_students_interval_for_its_mean() {
        // The mean 3 of 20 blocks ±1 has the standard error 1/√19, and t is 2.093.
        let power = Power::new(&products(3.0, 1.0));
        let found = power.root();
        let half = 2.093 / 19f64.sqrt();
        for (end, expected) in [(found.lo, 3.0 - half), (found.hi, 3.0 + half)] {
            let end = end.expect("an end");
            assert!((end - expected).abs() < 0.1 * half, "{end} for {expected}");
        }
    }

    #[test]
    fn chance_is_claimed_of_nothing_and_no_factor_comes_from_it() {
        let nothing = Power::new(&products(0.0, 1.0));
        assert!(!nothing.is_claimed() && nothing.interval()[0] == 0.0);
        let pattern = Power::new(&products(3.0, 1.0));
        assert_eq!(pattern.factor(&nothing), None);
        let doubled = Power::new(&products(6.0, 2.0));
        let factor = doubled.factor(&pattern).expect("both are claimed");
        // Twice as much of everything on the same images leaves little doubt about the factor.
        assert!(
            (factor.value - 2.0).abs() < 1e-9 && factor.hi - factor.lo < 0.1,
            "{factor:?}"
        );
        let grown = doubled.minus(&pattern);
        assert!(grown.lo > 0.0 && grown.p < 0.05 && pattern.minus(&pattern).p == 1.0);
        assert!(Power::new(&products(f64::NAN, 1.0)).root().value.is_none());
    }
}
