use crate::padding::geometry::Extent;
use crate::padding::scheme::{Rule, Scheme};
use crate::padding::spec::Padding;

pub const SCHEME: Scheme = Scheme {
    name: "reflect",
    aliases: &[],
    argument: None,
    picture: "DCB|ABCDEF|EDC",
    values: "mirror without the edge, bouncing with period 2(n-1)",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='reflect', NumPy mode='reflect'",
    samples: &[None],
    rule: |_| Ok(Rule::Index(source)),
};

impl Padding {
    /// The mirror image without the edge.
    pub fn reflect(extent: impl Into<Extent>) -> Padding {
        Padding::of(&SCHEME, Rule::Index(source), extent)
    }
}

/// -i on the left, 2(n-1)-i on the right; a single pixel is its own mirror image.
pub(super) fn source(i: isize, n: usize) -> usize {
    let last = n as isize - 1;
    if last == 0 {
        return 0;
    }
    let phase = i.rem_euclid(2 * last);
    phase.min(2 * last - phase) as usize
}
