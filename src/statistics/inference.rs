//! Inference on means and on differences between moments: Student's t, and Holm's correction.
//!
//! Two kinds of uncertainty are kept apart, because they answer different questions. Over *seeds*: would
//! other networks show it? Over *images* (the [jackknife](super::jackknife()), [`Power`](super::Power)): would other
//! images show it on these networks?

use serde::{Deserialize, Serialize};

/// What an interval is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    /// Networks that differ in their seed alone.
    Seeds,
    /// Images, with the networks as they are.
    Images,
    /// Networks that were trained under different schemes.
    Networks,
}

impl Interval {
    /// Its name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Interval::Seeds => "seeds",
            Interval::Images => "images",
            Interval::Networks => "networks",
        }
    }
}

/// A number with its 95% interval, and the probability of one so far from 0 if the truth were 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// The estimate.
    pub value: f64,
    /// Lower end of its interval.
    pub lo: f64,
    /// Upper end of its interval.
    pub hi: f64,
    /// Two-sided.
    pub p: f64,
}

impl Inference {
    /// The mean of independent `values`, by Student's t: mean ± t·√(Σ(v - mean)²/(n(n - 1))).
    ///
    /// `None` for fewer than two values, or values that are not finite. Pairs are compared by giving their
    /// differences, or the differences of their logarithms.
    pub fn of_mean(values: &[f64]) -> Option<Inference> {
        let n = values.len();
        if n < 2 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Inference::student(mean, (squares / (n * (n - 1)) as f64).sqrt(), n - 1)
    }

    /// An estimate with its standard error, itself estimated with `degrees` degrees of freedom.
    ///
    /// `None` without degrees of freedom, or for numbers that are not finite.
    pub fn student(value: f64, error: f64, degrees: usize) -> Option<Inference> {
        if degrees == 0 || !(value.is_finite() && error.is_finite()) {
            return None;
        }
        let half = quantile_975(degrees) * error;
        let p = match (value == 0.0, error == 0.0) {
            (true, _) => 1.0,
            (false, true) => 0.0,
            (false, false) => two_sided_p(value / error, degrees),
        };
        Some(Inference {
            value,
            lo: value - half,
            hi: value + half,
            p,
        })
    }

    /// The same inference about the exponential: factors from differences of logarithms.
    pub fn exp(self) -> Inference {
        Inference {
            value: self.value.exp(),
            lo: self.lo.exp(),
            hi: self.hi.exp(),
            p: self.p,
        }
    }
}

/// The probability that Student's t with `degrees` degrees of freedom is as far from 0 as `t`.
///
/// It is the regularised incomplete beta function I(ν/(ν + t²); ν/2, ½): Abramowitz and Stegun 26.7.1.
pub fn two_sided_p(t: f64, degrees: usize) -> f64 {
    let nu = degrees as f64;
    incomplete_beta(nu / (nu + t * t), nu / 2.0, 0.5)
}

/// The 97.5% quantile of Student's t: a two-sided 95% interval reaches this many standard errors.
///
/// Infinite for no degrees of freedom.
pub fn quantile_975(degrees: usize) -> f64 {
    if degrees == 0 {
        return f64::INFINITY;
    }
    // The largest is that of one degree, 12.7; halving 60 times leaves nothing of the interval.
    let (mut low, mut high) = (1.0, 13.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if two_sided_p(middle, degrees) > 0.05 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// P values corrected for their number, in the order given: those of Holm's step-down procedure.
///
/// With p₍₁₎ ≤ … ≤ p₍ₘ₎ the k-th becomes max over j ≤ k of min(1, (m - j + 1)·p₍ⱼ₎). Rejecting where this is
/// below 0.05 keeps the chance of any false claim among all m below 5%, however they depend on each other.
///
/// Source: Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scandinavian Journal of
/// Statistics 6, 1979.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut corrected = vec![1.0; p.len()];
    let mut least = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        least = least.max((p[i] * (p.len() - rank) as f64).min(1.0));
        corrected[i] = least;
    }
    corrected
}

/// The p value of several tests together: whether any of their effects is there at all. `None` without a test.
///
/// With p₍₁₎ ≤ … ≤ p₍ₘ₎ it is the least of m·p₍ₖ₎/k. Many tests that all end at the least p value that a number of
/// permutations can give keep it, while the least times m would reach 1. Exact where they are independent.
///
/// Source: Simes, *An Improved Bonferroni Procedure for Multiple Tests of Significance*, Biometrika 73, 1986.
pub fn simes(p: &[f64]) -> Option<f64> {
    let mut ordered = p.to_vec();
    ordered.sort_by(f64::total_cmp);
    let scaled = (1..)
        .zip(&ordered)
        .map(|(k, p)| p * ordered.len() as f64 / f64::from(k));
    scaled.reduce(f64::min)
}

/// Whether `found` of `tested` intervals of 95% that lie above 0 are more than chance explains.
///
/// Of intervals for nothing one in forty lies above 0. So many or more of them do with the chance P(X ≥ found),
/// X ~ B(tested, 0.025), which is to be below 0.05: one of one or two, two of three to fourteen.
pub fn more_than_chance(found: usize, tested: usize) -> bool {
    const ABOVE: f64 = 0.025;
    found > 0
        && found <= tested
        && incomplete_beta(ABOVE, found as f64, (tested - found + 1) as f64) < 0.05
}

/// I(x; a, b), by its continued fraction: Abramowitz and Stegun 26.5.8.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges quickly on one side of the mean only.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = a * x.ln() + b * (1.0 - x).ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    front.exp() / a * beta_fraction(x, a, b)
}

/// 1/(1 + d₁/(1 + d₂/(1 + …))), evaluated from its front by Lentz's method.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TERMS: usize = 500;
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..TERMS {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() < 1e-15 * fraction.abs() {
            break;
        }
    }
    fraction
}

/// ln Γ(z) for z > 0: Stirling's series after shifting the argument to where it is exact to 1e-14.
fn ln_gamma(z: f64) -> f64 {
    const SERIES: [f64; 5] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
    ];
    let mut shifted = z;
    let mut product = 1.0;
    while shifted < 12.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let tail = SERIES
        .iter()
        .rev()
        .fold(0.0, |sum, c| sum * inverse * inverse + c)
        * inverse;
    let half_ln_two_pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
    (shifted - 0.5) * shifted.ln() - shifted + half_ln_two_pi + tail - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use rand::RngExt;

    #[test]
    fn students_t_has_the_quantiles_of_its_tables() {
        for (degrees, expected) in [
            (1, 12.706_204_736),
            (2, 4.302_652_730),
            (4, 2.776_445_105),
            (9, 2.262_157_163),
            (19, 2.093_024_054),
            (30, 2.042_272_456),
            (1000, 1.962_339_081),
        ] {
            let found = quantile_975(degrees);
            assert!((found - expected).abs() < 2e-9, "t({degrees}) is {found}");
        }
        assert_eq!(quantile_975(0), f64::INFINITY);
    }

    #[test]
    fn probabilities_follow_their_closed_forms() {
        // One degree of freedom is Cauchy's distribution, two have p = 1 - t/√(2 + t²).
        for t in [0.1f64, 1.0, 3.0, 40.0, 1e6] {
            let cauchy = 1.0 - 2.0 / std::f64::consts::PI * t.atan();
            assert!((two_sided_p(t, 1) - cauchy).abs() < 1e-12, "t = {t}");
            let two = 2.0 / (2.0 + t * t + t * (2.0 + t * t).sqrt());
            assert!((two_sided_p(-t, 2) / two - 1.0).abs() < 1e-9, "t = {t}");
        }
        assert_eq!(two_sided_p(0.0, 7), 1.0);
    }

    #[test]
    fn a_mean_has_its_hand_computed_interval() {
        // 1, 2, 3: mean 2, standard error 1/√3, two degrees of freedom.
        let found = Inference::of_mean(&[1.0, 2.0, 3.0]).expect("three values");
        let half = 4.302_652_730 / 3f64.sqrt();
        assert!((found.hi - 2.0 - half).abs() < 1e-8 && (2.0 - found.lo - half).abs() < 1e-8);
        let t = 2.0 * 3f64.sqrt();
        assert!((found.p - (1.0 - t / (2.0 + t * t).sqrt())).abs() < 1e-9);
        assert_eq!(Inference::of_mean(&[1.0]), None);
        assert_eq!(Inference::of_mean(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn values_that_agree_leave_no_doubt() {
        let same = Inference::of_mean(&[0.5, 0.5, 0.5]).expect("values");
        assert_eq!((same.lo, same.hi, same.p), (0.5, 0.5, 0.0));
        let nothing = Inference::of_mean(&[0.0, 0.0]).expect("values");
        assert_eq!((nothing.value, nothing.p), (0.0, 1.0));
    }

    #[test]
    fn simes_is_right_for_nothing_and_does_not_grow_with_many_tests() {
        assert_eq!(simes(&[]), None);
        assert_eq!(simes(&[0.04]), Some(0.04));
        assert_eq!(simes(&[0.9, 0.01]), Some(0.02));
        let many = simes(&[0.001; 2000]).expect("a p value");
        assert!((many - 0.001).abs() < 1e-12, "{many}");
        // Without any effect p values are uniform: 5% of families lie below 0.05, within four standard errors.
        let mut rng = Seed(7).rng();
        let families = (0..4000).map(|_| [0.0; 7].map(|_| rng.random::<f64>()));
        let claims = families
            .filter(|p| simes(p).is_some_and(|p| p < 0.05))
            .count();
        assert!((145..=255).contains(&claims), "{claims} of 4000");
    }

    #[test]
    fn a_few_of_many_intervals_above_zero_are_chance() {
        // The least count that is more than chance, by the binomial sums.
        let least = [(1, 1), (2, 1), (3, 2), (14, 2), (15, 3), (40, 4), (100, 6)];
        for (tested, found) in least {
            assert!(more_than_chance(found, tested), "{found} of {tested}");
            assert!(!more_than_chance(found - 1, tested), "{found} of {tested}");
        }
        assert!(!more_than_chance(0, 0));
    }

    #[test]
    fn holm_steps_down() {
        // Three: 0.01·3, 0.02·2, 0.03·1 raised to the one before.
        let close = |found: &[f64], expected: &[f64]| {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-15)
        };
        assert!(close(&holm(&[0.03, 0.01, 0.02]), &[0.04, 0.03, 0.04]));
        assert!(close(&holm(&[0.9, 0.8]), &[1.0, 1.0]));
        assert!(close(&holm(&[0.04]), &[0.04]));
        assert!(holm(&[]).is_empty());
    }
}
