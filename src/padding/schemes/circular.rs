use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "circular",
    aliases: &["wrap"],
    argument: None,
    picture: "DEF|ABCDEF|ABC",
    values: "the opposite side: i mod n",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='circular', NumPy mode='wrap'",
    samples: &[None],
    rule: |_| Ok(Rule::Index(|i, n| i.rem_euclid(n as isize) as usize)),
};
