//! A padding as a value: an extent and a scheme, or one per axis.

use std::fmt;

use super::axis::Axis;
use super::geometry::{Extent, Sides};
use super::scheme::{Rule, Scheme};
use crate::error::{Error, Result};
use crate::rng::Seed;

/// A padding: the [`Extent`] says how many pixels, the scheme says with which values.
///
/// There is a constructor for every scheme. Written as `scheme[:argument][+detach][@extent]`, for example
/// `reflect`, `constant:0.5`, `circular+detach`, `zeros@full`, `replicate@1,2,0,3`; `valid` alone is no
/// padding. Two schemes with a slash are those of the rows and of the columns: `replicate/circular@1`.
/// Where no extent is written it is `same`.
///
/// ```
/// use padgrad::padding::{Extent, Padding};
/// let padding = Padding::reflect(1);
/// assert_eq!(padding.to_string(), "reflect@1");
/// assert_eq!(Padding::parse("edge")?.extent(Extent::Full).to_string(), "replicate@full");
/// let globe = Padding::per_axis(Padding::replicate(1), Padding::circular(1))?;
/// assert_eq!(globe.to_string(), "replicate/circular@1");
/// # Ok::<(), padgrad::error::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Padding {
    /// The values above and below (rows), and left and right (columns).
    pub(super) values: [Values; 2],
    pub(super) extent: Option<Extent>,
    pub(super) detach: bool,
}

/// A scheme with its argument.
#[derive(Clone, Copy)]
pub(super) struct Values {
    pub scheme: &'static Scheme,
    pub argument: Option<f64>,
    pub rule: Rule,
}

impl Values {
    /// Whether both give the same values.
    pub fn same(&self, other: &Values) -> bool {
        self.scheme.name == other.scheme.name && self.argument == other.argument
    }
}

impl Padding {
    /// The padding of a scheme, which need not be in the registry: any `static` [`Scheme`] will do.
    ///
    /// # Errors
    /// Where the scheme cannot use the argument.
    pub fn new(scheme: &'static Scheme, argument: Option<&str>) -> Result<Padding> {
        let values = Values {
            scheme,
            argument: argument.and_then(|a| a.parse().ok()),
            rule: (scheme.rule)(argument)?,
        };
        Ok(Padding {
            values: [values; 2],
            extent: None,
            detach: false,
        })
    }

    /// What the constructors of the schemes share.
    pub(super) fn without_argument(scheme: &'static Scheme, extent: impl Into<Extent>) -> Padding {
        match Padding::new(scheme, None) {
            Ok(padding) => padding.extent(extent),
            Err(error) => unreachable!("{} needs no argument: {error}", scheme.name),
        }
    }

    /// No padding at all.
    pub fn valid() -> Padding {
        Padding::zeros(Extent::Valid)
    }

    /// The scheme of `rows` above and below, that of `columns` left and right; a corner takes the rows'
    /// map of the columns' map.
    ///
    /// # Errors
    /// Where the two cannot go together: one is computed from the whole map or leaves pixels out, both are
    /// constants, one alone stops gradients, or their extents differ.
    pub fn per_axis(rows: Padding, columns: Padding) -> Result<Padding> {
        let refuse = |problem: String| {
            Error::usage(
                "padding per axis",
                problem,
                "combine reflect, replicate, circular and symmetric, or one of them and a constant",
            )
        };
        let values = [rows.values[0], columns.values[1]];
        if values[0].same(&values[1]) {
            return Ok(Padding { values, ..rows });
        }
        let whole = |v: &&Values| matches!(v.rule, Rule::Computed(_) | Rule::Excluded);
        if let Some(v) = values.iter().find(whole) {
            let name = v.scheme.name;
            return Err(refuse(format!(
                "`{name}` is defined for both axes together"
            )));
        }
        if values.iter().all(|v| matches!(v.rule, Rule::Constant(_))) {
            return Err(refuse(
                "two constants do not say what a corner holds".into(),
            ));
        }
        if rows.detach != columns.detach || rows.extent != columns.extent {
            let problem = format!("`{rows}` and `{columns}` differ in more than the scheme");
            return Err(refuse(problem));
        }
        Ok(Padding { values, ..rows })
    }

    /// The same scheme over another extent.
    pub fn extent(self, extent: impl Into<Extent>) -> Padding {
        Padding {
            extent: Some(extent.into()),
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

    /// The same scheme over the extent of `other`, where this one has none and that one has.
    pub fn or_extent_of(self, other: Padding) -> Padding {
        Padding {
            extent: self.extent.or(other.extent),
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

    /// The padding for one pass, whose random values come from `seed`; see [`Drawn`].
    pub fn drawn(self, seed: Seed, first_sample: u64) -> Drawn {
        Drawn {
            padding: self,
            seed,
            first_sample,
        }
    }

    /// The registry's name of the scheme; of the rows' where the axes differ.
    pub fn name(&self) -> &'static str {
        self.scheme().name
    }

    /// The registry entry of the scheme; of the rows' where the axes differ.
    pub fn scheme(&self) -> &'static Scheme {
        self.values[0].scheme
    }

    /// How values are found; where the axes differ, how those are found that no table gives.
    pub fn rule(&self) -> Rule {
        match self.values.map(|v| v.rule) {
            [Rule::Index(_), columns] => columns,
            [rows, _] => rows,
        }
    }

    /// How far it reaches: the extent, `Same` where none was given.
    pub fn reach(&self) -> Extent {
        self.extent.unwrap_or(Extent::Same)
    }

    /// Whether gradients stop at padded values that depend on the image: by `detach`, or because the
    /// scheme is defined so.
    pub fn stops_gradient(&self) -> bool {
        self.values.iter().any(|v| match v.rule {
            Rule::Index(_) => self.detach,
            Rule::Computed(rule) => self.detach || !rule.passes_gradient(),
            Rule::Constant(_) | Rule::Excluded => false,
        })
    }

    /// Whether an axis is padded with `zeros`, which max-pool treats as PyTorch does.
    pub fn is_zeros(&self) -> bool {
        self.values.iter().any(|v| v.scheme.name == "zeros")
    }

    /// The tables of both axes (rows, columns) for `sides` around a map of `size`.
    ///
    /// # Panics
    /// If an index rule points outside the axis.
    #[track_caller]
    pub fn axes(&self, sides: Sides, size: [usize; 2]) -> [Axis; 2] {
        [0, 1].map(|axis| {
            let Values { scheme, rule, .. } = self.values[axis];
            let read = |i: isize, n: usize| {
                let Rule::Index(source) = rule else {
                    return None;
                };
                let at = source(i, n);
                let name = scheme.name;
                assert!(
                    at < n,
                    "padding scheme {name}: coordinate {i} of an axis of {n} pixels reads pixel {at}, \
                     which it does not have"
                );
                Some(at)
            };
            Axis::new(size[axis], sides.before(axis), sides.after(axis), read)
        })
    }
}

impl fmt::Debug for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Padding({self})")
    }
}

/// A padding as one pass uses it: with the source of its random draws.
///
/// A draw depends on the seed, the sample's index and the channel alone: the same padding draws the same
/// values each time it is used, and a sample's draws do not depend on the batch in which it comes.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    /// The padding.
    pub padding: Padding,
    /// Where the draws come from.
    pub seed: Seed,
    /// The index of the batch's first sample.
    pub first_sample: u64,
}

impl Drawn {
    /// The seed of the draws for one map of a batch.
    pub fn map_seed(&self, sample: usize, channel: usize) -> Seed {
        self.seed
            .child(self.first_sample + sample as u64)
            .child(channel)
    }
}

impl From<Padding> for Drawn {
    /// Draws from seed 0.
    fn from(padding: Padding) -> Drawn {
        padding.drawn(Seed(0), 0)
    }
}
