use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "partial",
    picture: "   |ABCDEF|   ",
    values: "left out: a convolution is scaled by taps / taps inside",
    gradient: "none through the border; the ratio is a constant",
    source: "Liu et al. 2018, arXiv 1811.11718",
    rule: |_| Ok(Rule::Excluded),
    ..Scheme::BASE
};
