use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "circular",
    aliases: &["wrap"],
    picture: "DEF|ABCDEF|ABC",
    values: "the opposite side: i mod n",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='circular', NumPy mode='wrap'",
    rule: |_| Ok(Rule::Index(source)),
    ..Scheme::BASE
};

fn source(i: isize, n: usize) -> usize {
    i.rem_euclid(n as isize) as usize
}
