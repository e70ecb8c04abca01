use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "symmetric",
    picture: "CBA|ABCDEF|FED",
    values: "mirror with the edge, period 2n; replicate for one pixel",
    gradient: "to the pixels read",
    source: "NumPy mode='symmetric'",
    rule: |_| Ok(Rule::Index(source)),
    ..Scheme::BASE
};

/// -i-1 on the left, 2n-1-i on the right.
fn source(i: isize, n: usize) -> usize {
    let period = 2 * n as isize;
    let phase = i.rem_euclid(period);
    phase.min(period - 1 - phase) as usize
}
