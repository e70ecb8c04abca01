use crate::padding::geometry::Extent;
use crate::padding::scheme::{Rule, Scheme};
use crate::padding::spec::Padding;

pub const SCHEME: Scheme = Scheme {
    name: "circular",
    aliases: &["wrap"],
    argument: None,
    picture: "DEF|ABCDEF|ABC",
    values: "the opposite side: i mod n",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='circular', NumPy mode='wrap'",
    samples: &[None],
    rule: |_| Ok(Rule::Index(source)),
};

impl Padding {
    /// The opposite side.
    pub fn circular(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Index(source), extent)
    }
}

fn source(i: isize, n: usize) -> usize {
    i.rem_euclid(n as isize) as usize
}
