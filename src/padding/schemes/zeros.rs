use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "zeros",
    aliases: &["zero"],
    picture: "000|ABCDEF|000",
    values: "0 (in max-pool: never the maximum, as in PyTorch)",
    gradient: "none through the border",
    source: "PyTorch padding_mode='zeros'",
    rule: |_| Ok(Rule::Constant(0.0)),
    ..Scheme::BASE
};
