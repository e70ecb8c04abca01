use crate::padding::geometry::Extent;
use crate::padding::scheme::{Rule, Scheme};
use crate::padding::spec::Padding;

pub const SCHEME: Scheme = Scheme {
    name: "partial",
    aliases: &[],
    argument: None,
    picture: "   |ABCDEF|   ",
    values: "left out: a convolution is scaled by taps / taps inside",
    gradient: "none through the border; the ratio is a constant",
    source: "Liu et al. 2018, arXiv 1811.11718",
    samples: &[None],
    rule: |_| Ok(Rule::Excluded),
};

impl Padding {
    /// Nothing: padded taps are left out.
    pub fn partial(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Excluded, extent)
    }
}
