//! Paddings: an extent (how far) times a scheme (with which values).
//!
//! This layer knows index maths and value rules, and no tensors. A scheme is one file in
//! `schemes/` and one line in its registry; everything else loops over [`schemes`].

pub mod axis;
pub mod frame;
pub mod geometry;
pub mod scheme;
mod schemes;

use std::fmt;

pub use axis::{Axis, HALO};
pub use frame::Frame;
pub use geometry::{Extent, Sides, Window};
pub use scheme::{Computed, Rule, Scheme};

use crate::error::{Error, Result};
use crate::rng::Seed;

/// Every padding scheme that padgrad knows, in the order in which tables show them.
pub fn schemes() -> &'static [Scheme] {
    schemes::REGISTRY
}

/// Every scheme with each of its sample arguments, plain and detached: what tests loop over.
pub fn samples() -> impl Iterator<Item = Padding> {
    let written = |scheme, argument: &Option<&str>| match Padding::new(scheme, *argument) {
        Ok(padding) => padding,
        Err(error) => unreachable!("a scheme refuses its own sample: {error}"),
    };
    let plain = schemes()
        .iter()
        .flat_map(move |s| s.samples.iter().map(move |a| written(s, a)));
    plain
        .flat_map(|p| [Some(p), p.detach().stops_gradient().then(|| p.detach())])
        .flatten()
}

/// A padding: the [`Extent`] says how many pixels, the scheme says with which values.
///
/// Written as `scheme[:argument][+detach][@extent]`, for example `reflect`, `constant:0.5`,
/// `circular+detach`, `zeros@full`, `replicate@1,2,0,3`; `valid` alone is no padding. Where no
/// extent is written it is `same`.
///
/// ```
/// use padgrad::padding::{Extent, Padding};
/// let padding = Padding::parse("reflect")?.extent(Extent::Uniform(1));
/// assert_eq!(padding.to_string(), "reflect@1");
/// assert_eq!(Padding::parse("edge")?.name(), "replicate");
/// # Ok::<(), padgrad::error::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Padding {
    scheme: &'static Scheme,
    argument: Option<f64>,
    rule: Rule,
    extent: Option<Extent>,
    detach: bool,
    seed: Seed,
    first_sample: u64,
}

impl Padding {
    /// Reads a padding as it is written.
    ///
    /// # Errors
    /// A usage error that lists the names where the text is none of them.
    pub fn parse(text: &str) -> Result<Padding> {
        let (rest, extent) = match text.split_once('@') {
            Some((rest, extent)) => (rest, Some(Extent::parse(extent)?)),
            None if text == "valid" => return Ok(Padding::valid()),
            None => (text, None),
        };
        let (name, detach) = match rest.strip_suffix("+detach") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let (scheme, argument) = find(name)?;
        Ok(Padding {
            extent,
            detach,
            ..Padding::new(scheme, argument)?
        })
    }

    /// The padding of a scheme, which need not be in the registry: any `static` [`Scheme`] will do.
    ///
    /// # Errors
    /// Where the scheme cannot use the argument.
    pub fn new(scheme: &'static Scheme, argument: Option<&str>) -> Result<Padding> {
        Ok(Padding {
            scheme,
            argument: argument.and_then(|a| a.parse().ok()),
            rule: (scheme.rule)(argument)?,
            extent: None,
            detach: false,
            seed: Seed(0),
            first_sample: 0,
        })
    }

    /// No padding at all.
    pub fn valid() -> Padding {
        Padding::zeros(Extent::Valid)
    }

    /// Zeros over the given extent.
    pub fn zeros(extent: Extent) -> Padding {
        Padding {
            scheme: &schemes::REGISTRY[0],
            argument: None,
            rule: Rule::Constant(0.0),
            extent: Some(extent),
            detach: false,
            seed: Seed(0),
            first_sample: 0,
        }
    }

    /// The same scheme over another extent.
    pub fn extent(self, extent: Extent) -> Padding {
        Padding {
            extent: Some(extent),
            ..self
        }
    }

    /// The same padding, over `extent` where none was written: what a layer of a model makes of the
    /// padding that the whole model was given.
    pub fn or_extent(self, extent: Extent) -> Padding {
        Padding {
            extent: self.extent.or(Some(extent)),
            ..self
        }
    }

    /// The same forward pass, with no gradient through the padded values.
    pub fn detach(self) -> Padding {
        Padding {
            detach: true,
            ..self
        }
    }

    /// The same padding with its random draws taken from `seed`.
    ///
    /// A draw depends on the seed, the sample's index and the channel alone: the same padding draws
    /// the same values each time it is used.
    pub fn seed(self, seed: Seed) -> Padding {
        Padding { seed, ..self }
    }

    /// The same padding for a batch whose first sample has this index, so that a sample's draws do
    /// not depend on the batch in which it comes.
    pub fn first_sample(self, index: u64) -> Padding {
        Padding {
            first_sample: index,
            ..self
        }
    }

    /// The seed of the draws for one map of a batch.
    pub fn map_seed(&self, sample: usize, channel: usize) -> Seed {
        self.seed
            .child(self.first_sample + sample as u64)
            .child(channel)
    }

    /// The registry's name of the scheme.
    pub fn name(&self) -> &'static str {
        self.scheme.name
    }

    /// The registry entry of the scheme.
    pub fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// How values are found.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// How far it reaches: the extent, `Same` where none was given.
    pub fn reach(&self) -> Extent {
        self.extent.unwrap_or(Extent::Same)
    }

    /// Whether gradients stop at padded values that depend on the image: by `detach`, or because the
    /// scheme is defined so.
    pub fn stops_gradient(&self) -> bool {
        match self.rule {
            Rule::Index(_) => self.detach,
            Rule::Computed(rule) => self.detach || !rule.passes_gradient(),
            Rule::Constant(_) | Rule::Excluded => false,
        }
    }

    /// Whether the scheme is `zeros`, which max-pool treats as PyTorch does.
    pub fn is_zeros(&self) -> bool {
        self.scheme.name == "zeros"
    }

    /// The tables of both axes (rows, columns) for `sides` around a map of `size`.
    pub fn axes(&self, sides: Sides, size: [usize; 2]) -> [Axis; 2] {
        [0, 1].map(|axis| {
            let (n, before, after) = (size[axis], sides.before(axis), sides.after(axis));
            match self.rule {
                Rule::Index(source) => Axis::new(n, before, after, |i, n| Some(source(i, n))),
                _ => Axis::new(n, before, after, |_, _| None),
            }
        })
    }
}

/// The registry entry for a name or alias, and the argument after a colon.
fn find(name: &str) -> Result<(&'static Scheme, Option<&str>)> {
    let exact = |s: &&Scheme| s.name == name || s.aliases.contains(&name);
    if let Some(scheme) = schemes()
        .iter()
        .find(exact)
        .filter(|s| s.argument.is_none())
    {
        return Ok((scheme, None));
    }
    let (head, argument) = match name.split_once(':') {
        Some((head, argument)) => (head, Some(argument)),
        None => (name, None),
    };
    schemes()
        .iter()
        .find(|s| s.argument.is_some() && s.name == head)
        .map(|scheme| (scheme, argument))
        .ok_or_else(|| {
            let written = |s: &Scheme| match s.argument {
                Some(argument) => format!("{}:{argument}", s.name),
                None => s.name.to_string(),
            };
            let known: Vec<String> = schemes().iter().map(written).collect();
            Error::usage(
                "padding scheme",
                format!("`{name}` is not known"),
                format!("use valid or one of {}", known.join(", ")),
            )
        })
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.extent == Some(Extent::Valid) {
            return f.write_str("valid");
        }
        f.write_str(self.scheme.name)?;
        if let Some(argument) = self.argument {
            // Padding is part of file names, which hundreds of zeros would make too long.
            match argument.abs() {
                0.0 | 1e-5..1e16 => write!(f, ":{argument}")?,
                _ => write!(f, ":{argument:e}")?,
            }
        }
        if self.detach {
            f.write_str("+detach")?;
        }
        self.extent.map_or(Ok(()), |extent| write!(f, "@{extent}"))
    }
}

impl fmt::Debug for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Padding({self})")
    }
}

impl std::str::FromStr for Padding {
    type Err = Error;

    fn from_str(text: &str) -> Result<Padding> {
        Padding::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paddings_are_read_as_they_are_written() {
        for text in [
            "zeros",
            "constant:0.5",
            "constant:-3e30",
            "reflect+detach",
            "circular@full",
            "valid",
            "symmetric@1,2,0,3",
            "distribution:interp@2",
            "distribution:reflect",
            "randn",
            "partial@1",
        ] {
            assert_eq!(
                Padding::parse(text).map(|p| p.to_string()).ok().as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            "mirror",
            "constant",
            "constant:",
            "constant:nan",
            "constant:1e39",
            "zeros:1",
            "zeros@x",
            "valid+detach",
        ] {
            let error = Padding::parse(text).err().map(|e| e.exit_code());
            assert_eq!(error, Some(2), "{text:?}");
        }
    }

    #[test]
    fn index_schemes_paint_their_pictures() {
        for scheme in schemes() {
            let Ok(Rule::Index(source)) = (scheme.rule)(None) else {
                continue;
            };
            let axis = Axis::new(6, 3, 3, |i, n| Some(source(i, n)));
            let row: String = axis
                .source
                .iter()
                .map(|&s| char::from(b"ABCDEF"[s as usize]))
                .collect();
            let picture = format!("{}|{}|{}", &row[..3], &row[3..9], &row[9..]);
            assert_eq!(picture, scheme.picture, "{}", scheme.name);
        }
    }

    #[test]
    fn index_schemes_stay_inside_far_beyond_the_image() {
        for scheme in schemes() {
            let Ok(Rule::Index(source)) = (scheme.rule)(None) else {
                continue;
            };
            for n in 1..6 {
                assert!(
                    (-40..40).all(|i| source(i, n) < n),
                    "{} on {n} pixels",
                    scheme.name
                );
            }
        }
        let Ok(Rule::Index(reflect)) = (schemes()[2].rule)(None) else {
            panic!("reflect is an index map")
        };
        assert_eq!(
            [-3, -2, -1, 3, 4, 5].map(|i| reflect(i, 3)),
            [1, 2, 1, 1, 0, 1]
        );
    }
}
