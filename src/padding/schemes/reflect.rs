use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "reflect",
    picture: "DCB|ABCDEF|EDC",
    values: "mirror without the edge, bouncing with period 2(n-1)",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='reflect', NumPy mode='reflect'",
    rule: |_| Ok(Rule::Index(source)),
    ..Scheme::BASE
};

/// -i on the left, 2(n-1)-i on the right; a single pixel is its own mirror image.
pub(super) fn source(i: isize, n: usize) -> usize {
    let last = n as isize - 1;
    if last == 0 {
        return 0;
    }
    let phase = i.rem_euclid(2 * last);
    phase.min(2 * last - phase) as usize
}
