//! How a gradient is checked.

use crate::rng::Seed;

/// Finite differences of second or of fourth order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stencil {
    /// (f(x+h) - f(x-h)) / 2h, error O(h²).
    Two,
    /// (8(f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h, error O(h⁴).
    Four,
}

/// How a gradient is checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The step relative to max(1, |x|); `None` takes the one that balances truncation against
    /// rounding, ε^(1/3) for two points and ε^(1/5) for four.
    pub step: Option<f64>,
    /// The finite-difference formula.
    pub stencil: Stencil,
    /// An element passes where |analytic - numeric| ≤ atol + rtol · max(|analytic|, |numeric|)
    /// + 4ε·Σ|c·f(x)| / step; the last term is what the rounding of f does to a finite difference.
    pub rtol: f64,
    /// See `rtol`.
    pub atol: f64,
    /// How many elements of each input are checked, drawn at random; `None` checks all.
    pub sample: Option<usize>,
    /// One-sided slopes that differ by more than this share of max(1, |slope|), whatever the step, are
    /// a kink.
    pub kink: f64,
    /// How far from the nearest border an element of an N×C×H×W input still counts as border.
    pub border: usize,
    /// Where the cotangent and the sample are drawn from.
    pub seed: Seed,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            step: None,
            stencil: Stencil::Two,
            rtol: 1e-6,
            atol: 1e-8,
            sample: None,
            kink: 1e-4,
            border: 1,
            seed: Seed(0),
        }
    }
}
