use rand_distr::{Distribution, StandardNormal};

use crate::padding::frame::Frame;
use crate::padding::scheme::{Computed, Rule, Scheme};
use crate::rng::Seed;

pub const SCHEME: Scheme = Scheme {
    name: "randn",
    picture: "~~~|ABCDEF|~~~",
    values: "a normal draw with the mean and deviation of its map",
    gradient: "to mean and deviation; the draw is frozen",
    source: "padgrad's own formula, named after Lin et al., ICML 2023",
    rule: |_| Ok(Rule::Computed(&Randn)),
    ..Scheme::BASE
};

/// Padded pixel = μ + σ·z with z drawn from N(0, 1), μ and σ the mean and the standard deviation
/// (divided by n, so that a single pixel has 0) of the map.
struct Randn;

impl Computed for Randn {
    fn fill(&self, map: &[f64], _frame: &Frame, seed: Seed, ring: &mut [f64]) {
        let (mean, deviation) = moments(map);
        for (value, z) in ring.iter_mut().zip(draws(seed)) {
            *value = mean + deviation * z;
        }
    }

    fn passes_gradient(&self) -> bool {
        true
    }

    /// ∂μ/∂x = 1/n and ∂σ/∂x = (x - μ)/(n σ); a flat map has no direction in which σ grows.
    fn backward(
        &self,
        map: &[f64],
        _frame: &Frame,
        seed: Seed,
        ring_grad: &[f64],
        map_grad: &mut [f64],
    ) {
        let (mean, deviation) = moments(map);
        let n = map.len() as f64;
        let to_mean: f64 = ring_grad.iter().sum::<f64>() / n;
        let to_deviation: f64 = ring_grad.iter().zip(draws(seed)).map(|(g, z)| g * z).sum();
        let slope = if deviation > 0.0 {
            to_deviation / (n * deviation)
        } else {
            0.0
        };
        for (grad, x) in map_grad.iter_mut().zip(map) {
            *grad += to_mean + slope * (x - mean);
        }
    }
}

fn moments(map: &[f64]) -> (f64, f64) {
    let n = map.len() as f64;
    let mean = map.iter().sum::<f64>() / n;
    let variance = map.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

fn draws(seed: Seed) -> impl Iterator<Item = f64> {
    let mut rng = seed.rng();
    std::iter::repeat_with(move || StandardNormal.sample(&mut rng))
}
