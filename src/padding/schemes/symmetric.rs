use crate::padding::geometry::Extent;
use crate::padding::scheme::{Rule, Scheme};
use crate::padding::spec::Padding;

pub const SCHEME: Scheme = Scheme {
    name: "symmetric",
    aliases: &[],
    argument: None,
    picture: "CBA|ABCDEF|FED",
    values: "mirror with the edge, period 2n; replicate for one pixel",
    gradient: "to the pixels read",
    source: "NumPy mode='symmetric'",
    samples: &[None],
    rule: |_| Ok(Rule::Index(source)),
};

impl Padding {
    /// The mirror image with the edge.
    pub fn symmetric(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Index(source), extent)
    }
}

/// -i-1 on the left, 2n-1-i on the right.
fn source(i: isize, n: usize) -> usize {
    let period = 2 * n as isize;
    let phase = i.rem_euclid(period);
    phase.min(period - 1 - phase) as usize
}
