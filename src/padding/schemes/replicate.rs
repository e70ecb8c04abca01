use crate::padding::geometry::Extent;
use crate::padding::scheme::{Rule, Scheme};
use crate::padding::spec::Padding;

pub const SCHEME: Scheme = Scheme {
    name: "replicate",
    aliases: &["edge"],
    argument: None,
    picture: "AAA|ABCDEF|FFF",
    values: "the nearest edge pixel",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='replicate', NumPy mode='edge'",
    samples: &[None],
    rule: |_| Ok(Rule::Index(source)),
};

impl Padding {
    /// The nearest edge pixel.
    pub fn replicate(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Index(source), extent)
    }
}

fn source(i: isize, n: usize) -> usize {
    i.clamp(0, n as isize - 1) as usize
}
