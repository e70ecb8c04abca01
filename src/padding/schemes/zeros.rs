use crate::padding::geometry::Extent;
use crate::padding::scheme::{Rule, Scheme};
use crate::padding::spec::Padding;

pub const SCHEME: Scheme = Scheme {
    name: "zeros",
    aliases: &["zero"],
    argument: None,
    picture: "000|ABCDEF|000",
    values: "0 (in max-pool: never the maximum, as in PyTorch)",
    gradient: "none through the border",
    source: "PyTorch padding_mode='zeros'",
    samples: &[None],
    rule: |_| Ok(Rule::Constant(0.0)),
};

impl Padding {
    /// Zeros all around, over the given extent.
    pub fn zeros(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Constant(0.0), extent)
    }
}
