//! By how much the roots of two powers differ that were measured on the same images.

use super::inference::Inference;
use super::power::{DRAWS, Power, SIGNIFICANCE, crossing, quantile};

impl Power {
    /// By how much its root exceeds that of `earlier`, measured on the same images.
    ///
    /// The interval holds every difference δ under which the found one lies between the quantiles of its draws, and
    /// p is the probability of one as far out under δ = 0: a test of every δ, turned round. What the test of δ
    /// leaves open, how strong the earlier one is, is set to what fits the two found roots best (hybrid
    /// resampling: Chuang and Lai, *Hybrid Resampling Methods for Confidence Intervals*, Statistica Sinica 10,
    /// 2000). It is of roots, whose spread hardly depends on it, and so holds near 0 as far from it.
    pub fn minus(&self, earlier: &Power) -> Inference {
        let pair = Pair::new(self, earlier);
        let value = pair.roots[0] - pair.roots[1];
        if !(self.value.is_finite() && earlier.value.is_finite()) {
            let nothing = f64::NAN;
            return Inference {
                value: nothing,
                lo: nothing,
                hi: nothing,
                p: nothing,
            };
        }
        // How far off in either direction a difference may lie.
        let reach = |sign: f64| {
            let beyond = |far: f64| {
                let mut drawn = pair.drawn(value + sign * far);
                drawn.iter_mut().for_each(|drawn| *drawn *= -sign);
                quantile(&mut drawn, 1.0 - SIGNIFICANCE / 2.0) + sign * value
            };
            match beyond(0.0) > 0.0 {
                true => crossing(&beyond, pair.spread().max(f64::MIN_POSITIVE)),
                false => 0.0,
            }
        };
        Inference {
            value,
            lo: value - reach(-1.0),
            hi: value + reach(1.0),
            p: pair.as_equal(value),
        }
    }

    /// How many times its root is that of `earlier`, likewise; `None` where either is not claimed.
    ///
    /// The ends of the two roots' own intervals are combined as their errors are correlated (Zou and Donner,
    /// *Construction of Confidence Limits about Effect Measures*, Statistics in Medicine 27, 2008).
    pub fn factor(&self, earlier: &Power) -> Option<Inference> {
        if !(self.is_claimed() && earlier.is_claimed()) {
            return None;
        }
        let errors = |power: &Power| power.errors(power.value.max(0.0));
        let correlation = correlation(&errors(self), &errors(earlier));
        let log = |theta: f64| 0.5 * theta.ln();
        // How far the ends lie below and above each.
        let ends = |power: &Power| {
            let [lo, hi] = power.interval().map(log);
            [log(power.value) - lo, hi - log(power.value)]
        };
        let ([own_below, own_above], [below, above]) = (ends(self), ends(earlier));
        let both = |a: f64, b: f64| match (a + b).is_finite() {
            true => (a * a + b * b - 2.0 * correlation * a * b).max(0.0).sqrt(),
            false => f64::INFINITY,
        };
        let value = log(self.value) - log(earlier.value);
        let logarithm = Inference {
            value,
            lo: value - both(own_below, above),
            hi: value + both(own_above, below),
            p: self.minus(earlier).p,
        };
        Some(logarithm.exp())
    }
}

/// Two powers and draws of what their roots are found to be.
struct Pair<'a> {
    powers: [&'a Power; 2],
    /// √max(E, 0) of each.
    roots: [f64; 2],
    /// The variance of each root's draws.
    variances: [f64; 2],
}

impl<'a> Pair<'a> {
    fn new(later: &'a Power, earlier: &'a Power) -> Pair<'a> {
        let powers = [later, earlier];
        let roots = powers.map(|power| root(power.value));
        let variance = |power: &Power, at: f64| {
            let drawn = roots_drawn(power, at);
            let mean = drawn.iter().sum::<f64>() / DRAWS as f64;
            drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / DRAWS as f64
        };
        Pair {
            powers,
            roots,
            variances: [0, 1].map(|i| variance(powers[i], roots[i])),
        }
    }

    /// What the difference of the roots is found to be where in truth it is `delta`.
    fn drawn(&self, delta: f64) -> Vec<f64> {
        let [of_later, of_earlier] = self.variances;
        let share = match of_later + of_earlier > 0.0 {
            true => of_earlier / (of_later + of_earlier),
            false => 0.5,
        };
        let fitted = share * (self.roots[0] - delta) + (1.0 - share) * self.roots[1];
        let earlier = fitted.max(0.0).max(-delta);
        let later = roots_drawn(self.powers[0], (earlier + delta).max(0.0));
        let pairs = later.iter().zip(roots_drawn(self.powers[1], earlier));
        pairs.map(|(later, earlier)| later - earlier).collect()
    }

    /// The two-sided probability of a difference as large if both roots were equal.
    fn as_equal(&self, value: f64) -> f64 {
        let drawn = self.drawn(0.0);
        let beyond = |sign: f64| drawn.iter().filter(|d| sign * **d >= sign * value).count();
        let beyond = beyond(1.0).min(beyond(-1.0));
        (2.0 * (1.0 + beyond as f64) / (1.0 + DRAWS as f64)).min(1.0)
    }

    fn spread(&self) -> f64 {
        self.variances.iter().sum::<f64>().sqrt()
    }
}

fn root(theta: f64) -> f64 {
    theta.max(0.0).sqrt()
}

/// What a root is found to be where in truth it is `at`; the same draw for every power.
fn roots_drawn(power: &Power, at: f64) -> Vec<f64> {
    let theta = at * at;
    let errors = power.errors(theta).into_iter();
    errors.map(|error| root(theta + error)).collect()
}

/// Pearson's correlation; 0 where one of the two does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |a: &[f64], b: &[f64], of_a: f64, of_b: f64| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| (a - of_a) * (b - of_b)).sum()
    };
    let scale = (product(a, a, mean_a, mean_a) * product(b, b, mean_b, mean_b)).sqrt();
    match scale > 0.0 {
        true => product(a, b, mean_a, mean_b) / scale,
        false => 0.0,
    }
}
