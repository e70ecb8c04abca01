//! What a padding scheme is: a rule for the values, and what the world should know about it.

use std::fmt;

use super::frame::Frame;
use crate::error::Result;
use crate::rng::Seed;

/// How a scheme finds the value of a padded pixel.
#[derive(Clone, Copy)]
pub enum Rule {
    /// It reads the image at a source index, found per axis from (virtual coordinate, size).
    Index(fn(isize, usize) -> usize),
    /// It is this value.
    Constant(f64),
    /// It does not count: the operator works with the pixels of the image alone.
    Excluded,
    /// It is computed from the whole map of its sample and channel.
    Computed(&'static dyn Computed),
}

/// A rule that computes the ring around one map, in f64 whatever the tensor's type.
pub trait Computed: Send + Sync {
    /// Writes the value of every padded pixel of `frame` around `map` (row-major, H×W) into `ring`.
    ///
    /// What is random in it comes from `seed` alone.
    fn fill(&self, map: &[f64], frame: &Frame, seed: Seed, ring: &mut [f64]);

    /// Whether gradients pass through the padded values.
    fn passes_gradient(&self) -> bool {
        false
    }

    /// Adds to `map_grad` what flows back from `ring_grad`; nothing where the scheme stops gradients.
    fn backward(
        &self,
        _map: &[f64],
        _frame: &Frame,
        _seed: Seed,
        _ring_grad: &[f64],
        _map_grad: &mut [f64],
    ) {
    }
}

/// An entry of the registry: all that padgrad knows of one scheme.
pub struct Scheme {
    /// The name, PyTorch's where it has one.
    pub name: &'static str,
    /// Other names that mean the same, such as NumPy's.
    pub aliases: &'static [&'static str],
    /// The name of its argument, for example `v` in `constant:v`.
    pub argument: Option<&'static str>,
    /// Three padded pixels on each side of the row ABCDEF.
    pub picture: &'static str,
    /// One line on the values.
    pub values: &'static str,
    /// One line on what flows back.
    pub gradient: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Arguments with which tests, gradcheck and benches try it; `None` for no argument.
    pub samples: &'static [Option<&'static str>],
    /// Builds the rule from the argument.
    pub rule: fn(Option<&str>) -> Result<Rule>,
}

impl Scheme {
    /// What most have in common: no alias, no argument. A scheme overwrites the rest.
    pub const BASE: Scheme = Scheme {
        name: "",
        aliases: &[],
        argument: None,
        picture: "",
        values: "",
        gradient: "",
        source: "",
        samples: &[None],
        rule: |_| Ok(Rule::Excluded),
    };
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
