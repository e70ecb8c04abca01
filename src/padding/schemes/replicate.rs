use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "replicate",
    aliases: &["edge"],
    picture: "AAA|ABCDEF|FFF",
    values: "the nearest edge pixel",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='replicate', NumPy mode='edge'",
    rule: |_| Ok(Rule::Index(source)),
    ..Scheme::BASE
};

fn source(i: isize, n: usize) -> usize {
    i.clamp(0, n as isize - 1) as usize
}
